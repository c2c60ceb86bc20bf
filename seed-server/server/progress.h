/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/json.h"
#include "common/protocol.h"

/* What nodes report, and what remains of it: the newest report and one line per step. Pure. */

enum report_state { REPORT_NONE, REPORT_RUNNING, REPORT_WAITING, REPORT_DONE, REPORT_FAILED };
/* "running", "waiting", "done", "failed"; NULL for REPORT_NONE. */
const char *report_state_name(enum report_state state);

#define REPORT_MESSAGE_MAX 500
#define REPORT_BOOT_ID_MAX 64
#define REPORT_DETAILS_MAX 4096 /* as compact JSON */

struct report {
    enum step step;
    enum report_state state;
    int percent; /* -1 unknown */
    double seconds;
    char boot_id[REPORT_BOOT_ID_MAX + 1];
    char message[REPORT_MESSAGE_MAX + 1];
    json_t *details; /* an object, or NULL */
};
/* The body of POST /v1/reports. -EINVAL says which member is wrong. */
int report_parse(const char *text, size_t len, struct report *ret, struct error *e) _must_check_;
void report_done(struct report *r);

struct step_progress {
    uint64_t at_ms; /* when this state came */
    float seconds;
    enum report_state state : 8;
};

/* A host's progress. The record under progress/HOST in the store is its JSON. */
struct progress {
    enum step step;
    enum report_state state; /* REPORT_NONE: never reported */
    int percent;
    uint64_t since_ms;   /* this step and state */
    uint64_t started_ms; /* first report of this run */
    uint64_t updated_ms; /* newest report */
    uint64_t ready_ms;   /* when the last step was done; 0: not yet */
    char *message, *boot_id;
    json_t *details;
    struct step_progress steps[STEP_COUNT];
};
#define PROGRESS_INIT                                                                              \
    {                                                                                              \
        .percent = -1                                                                              \
    }
void progress_done(struct progress *p);

/* Brings p up to date. A step that a rebooted host has not come to yet keeps its last state: what
 * others wait for does not flicker. */
int progress_apply(struct progress *p, const struct report *r, uint64_t now_ms,
                   struct error *e) _must_check_;

int progress_parse(const char *text, struct progress *ret, struct error *e) _must_check_;
/* {"step","state","message","progress","boot_id","since_ms","started_ms","updated_ms","ready_ms",
 * "steps":{NAME:{"state","at_ms","seconds"}},"details"} */
json_t *progress_json(const struct progress *p); /* NULL without memory */
/* Only the "steps" member. */
json_t *progress_steps_json(const struct progress *p);
