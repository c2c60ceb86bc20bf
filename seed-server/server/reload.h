/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/json.h"
#include "seed-server/plan/plan.h"

/* Taking a configuration into use: whole or not at all. A thread watches the folder (inotify) and
 * makes a plan whenever something in it changed and then stayed unchanged for half a second. */
struct reload;
struct server;

/* Loads for the first time. On -EINVAL, *ret_problems has every problem. */
int reload_new(struct server *server, struct problems *ret_problems, struct reload **ret,
               struct error *e) _must_check_;
/* Begins to watch. */
int reload_start(struct reload *r, struct error *e) _must_check_;
void reload_request(struct reload *r); /* as SIGHUP does */
void reload_stop(struct reload *r);
void reload_free(struct reload *r); /* NULL ok; stops first */
DEFINE_CLEANUP(struct reload *, reload_free);

/* {"ok","at_ms","loaded_ms","error","problems":[{"file","line","message","fatal"}]}: of the newest
 * configuration, in use or not. NULL without memory. */
json_t *reload_json(struct reload *r);

struct reload_figures {
    uint64_t loaded, refused;
    bool last_good;
};
void reload_figures(struct reload *r, struct reload_figures *ret);
