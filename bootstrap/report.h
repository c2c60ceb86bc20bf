/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/protocol.h"
#include "seed_client.h"

/* What people see of a first boot: for each step its state, posted to the server (/v1/reports),
 * shown as systemd's STATUS, and as plain lines on stderr, which the unit sends to the journal and
 * the console. Reports are kept until the server has them; of one step only the newest counts. */
struct reporter;

enum report_state { REPORT_NONE, REPORT_RUNNING, REPORT_WAITING, REPORT_DONE, REPORT_FAILED };

/* All borrowed. */
int reporter_new(struct seed_client *client, const char *boot_id, struct reporter **ret,
                 struct error *e) _must_check_;
void reporter_free(struct reporter *r); /* NULL ok */
DEFINE_CLEANUP(struct reporter *, reporter_free);

/* An installer's reports: of STEP_INSTALL alone, to a path of their own, and with progress on the
 * console, where nobody else shows it. */
void reporter_for_installer(struct reporter *r);

/* For the lines on stderr; copied. */
void reporter_set_host(struct reporter *r, const char *host);

/* Step's clock starts. */
void reporter_begin(struct reporter *r, enum step step);
/* Step is found done from an earlier run: the server is told, but no line is printed. */
void reporter_found_done(struct reporter *r, enum step step);
/* percent -1: unknown. Sends at once when state changed, else at most once a second. */
void reporter_set(struct reporter *r, enum step step, enum report_state state, int percent,
                  const char *message);

/* To be called at least every second or so while something is under way: systemd's watchdog,
 * reports that are due, and a heartbeat every ten seconds, which keeps a lease. Never waits longer
 * than one short attempt; does nothing when called from within itself. */
void reporter_tick(struct reporter *r);

/* Delivers what is outstanding, and keeps trying while the server is away. An error is the server's
 * refusal. */
int reporter_deliver(struct reporter *r, struct error *e) _must_check_;

/* The server has forgotten what it was told: it is to hear again how each step ended. */
void reporter_repeat(struct reporter *r);

/* The last reports arrived, and none is on its way: the server can be told more. */
bool reporter_gets_through(const struct reporter *r);

/* Between true and false, which nest, reports are kept back: the caller itself waits for the
 * server. */
void reporter_hold(struct reporter *r, bool hold);
