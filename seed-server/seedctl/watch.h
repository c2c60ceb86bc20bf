/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "client.h"

struct watch_options {
    uint64_t timeout_ms;  /* 0: none; ends the watch when not all is ready by then */
    uint64_t patience_ms; /* how long a failure may stand with nothing moving */
};

/* Shows what happens until all hosts are ready (0, "Successful" and its summary on stdout) or one
 * failed for good or the time is over (COMMAND_REFUSED, the reason on stderr). A server that stops
 * answering is waited for a minute. */
int watch_run(struct client *c, const struct watch_options *options, struct error *e) _must_check_;
