/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto.h"
#include "step.h"

/* The rows' functions, one pair per step, each in a file of its own; contracts as in step.h. */

int identify_run(struct context *c, struct error *e) _must_check_;

int enrol_run(struct context *c, struct error *e) _must_check_;
/* One attempt to have the same key certified again, whose certificate has ended, or which an
 * administrator had the server forget; what was reported goes out again after it. -EAGAIN while an
 * administrator has to act. */
int enrol_again(struct context *c, struct error *e) _must_check_;

int config_run(struct context *c, struct error *e) _must_check_;
/* The config of the last time, from the state folder, instead of the server's. */
int config_use_kept(struct context *c, struct error *e) _must_check_;
/* The kept one's SHA-256, as the server's ETag has it. */
int config_kept_digest(const struct context *c, char ret[SHA256_HEX_SIZE],
                       struct error *e) _must_check_;
/* Does the server have another one than the kept one for this host? One attempt; an error is no. */
bool config_has_news(struct context *c);

int preflight_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int preflight_run(struct context *c, struct error *e) _must_check_;

int host_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int host_run(struct context *c, struct error *e) _must_check_;

int disks_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int disks_run(struct context *c, struct error *e) _must_check_;

int artifacts_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int artifacts_run(struct context *c, struct error *e) _must_check_;

int etcd_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int etcd_run(struct context *c, struct error *e) _must_check_;

int control_plane_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int control_plane_run(struct context *c, struct error *e) _must_check_;

int node_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int node_run(struct context *c, struct error *e) _must_check_;

int addons_is_done(struct context *c, bool *ret, struct error *e) _must_check_;
int addons_run(struct context *c, struct error *e) _must_check_;

int report_run(struct context *c, struct error *e) _must_check_;
/* One attempt at what it could not tell (c->untold). -EAGAIN while the taskbox is away. */
int report_untold(struct context *c, struct error *e) _must_check_;

/* Of install_steps; install_network_run is in install_network.h. */
int install_run(struct context *c, struct error *e) _must_check_;
