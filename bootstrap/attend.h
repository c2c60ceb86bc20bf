/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* After the last step the program stays, for years: it waits at the taskbox (GET /v1/attend) for
 * something to do, and between times renews certificates that near their end. A taskbox that is
 * away costs a connection attempt every few minutes and nothing else; systemd's watchdog is fed. */

_Noreturn void attend_run(struct context *c);

/* When to come again, decided apart from asking. */
enum attend_result {
    ATTEND_NOTHING, /* the taskbox had nothing, after the time that it was asked for */
    ATTEND_DONE,    /* what it asked for is done */
    ATTEND_AGAIN,   /* so is this, which it asked for right before as well, and at once */
    ATTEND_EARLY,   /* nothing, but long before that time; or what it asked for failed */
    ATTEND_AWAY,    /* no answer, or one that passes */
    ATTEND_REFUSED, /* an answer that only people change */
};

/* Milliseconds until the next question. failures: how many results that are neither NOTHING nor
 * DONE came in a row, this one too; wanted_ms: what the taskbox asked for, 0 nothing. Full jitter,
 * at least a second after a failure. */
uint64_t attend_pause_ms(enum attend_result result, unsigned failures, uint64_t wanted_ms);
