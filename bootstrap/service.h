/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* systemd's units by systemctl(1), with nothing that systemd 229 lacks. Under --root it is the
 * tree's own ROOT/usr/bin/systemctl that is run. start and restart wait for the job, so that a
 * Type=notify unit is up when they return; after a failure the step's log has what the unit said.
 */

int service_daemon_reload(struct context *c, struct error *e) _must_check_;
int service_enable(struct context *c, const char *unit, struct error *e) _must_check_;
int service_disable(struct context *c, const char *unit, struct error *e) _must_check_;
int service_start(struct context *c, const char *unit, uint64_t timeout_ms,
                  struct error *e) _must_check_;
/* Without waiting for the job: for a unit that becomes ready only together with other machines'. */
int service_start_no_wait(struct context *c, const char *unit, struct error *e) _must_check_;
int service_restart_no_wait(struct context *c, const char *unit, struct error *e) _must_check_;
int service_restart(struct context *c, const char *unit, uint64_t timeout_ms,
                    struct error *e) _must_check_;
int service_stop(struct context *c, const char *unit, struct error *e) _must_check_;
int service_is_active(struct context *c, const char *unit, bool *ret, struct error *e) _must_check_;

/* *ret: does systemd know a unit of that name? */
int service_exists(struct context *c, const char *unit, bool *ret, struct error *e) _must_check_;
