/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/protocol.h"
#include "seed_client.h"

/* The log of the step that is running, in memory, the newest 64 KiB of it; and those that ended, in
 * the state folder as logs/STEP.log until the server has them (and after, for whoever looks). */
struct step_log;

int step_log_new(const char *folder, struct step_log **ret, struct error *e) _must_check_;
void step_log_free(struct step_log *log); /* NULL ok */
DEFINE_CLEANUP(struct step_log *, step_log_free);

/* Posted is STEP_INSTALL's alone, to the installers' path. */
void step_log_for_installer(struct step_log *log);

/* Begins a step's log anew; what was not ended is gone. */
void step_log_begin(struct step_log *log, enum step step);
void step_log_add(struct step_log *log, const char *data, size_t len);

/* What the step is doing, for the log: with the seconds since the step began, when the words are
 * new (other numbers alone are not) or half a minute has passed. */
void step_log_say(struct step_log *log, const char *words);

/* Once the step has run for a while, and every ten seconds from then on, posts what its log says so
 * far, when it grew: the server shows that until the step ends. One attempt, and after a failure
 * none for a minute. */
int step_log_post_running(struct step_log *log, struct seed_client *client,
                          struct error *e) _must_check_;

/* Writes logs/STEP.log of the step that is running and remembers that the server lacks it. */
int step_log_end(struct step_log *log, struct error *e) _must_check_;

/* Posts what the server lacks, one attempt each. -EAGAIN when something is left. */
int step_log_post(struct step_log *log, struct seed_client *client, struct error *e) _must_check_;
