/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/json.h"
#include "common/protocol.h"

/* What GET /admin/status answers, with names instead of members. Everything is borrowed from the
 * JSON value that it was read from. */

enum host_state {
    HOST_ABSENT,
    HOST_APPROVE, /* waits for `seedctl approve` */
    HOST_ENROLLED,
    HOST_RUNNING,
    HOST_WAITING,
    HOST_FAILED,
    HOST_QUARANTINED,
    HOST_READY,
    HOST_REMOVED, /* by `seedctl remove`: refused until it is rearmed */
    HOST_STATE_COUNT
};

const char *host_view_state_name(enum host_state s);

struct step_time {
    bool known, done;
    uint64_t ms;
};

struct host_view {
    const char *name;
    const char *message;     /* "" when there is none */
    const char *boot;        /* "pxe", "image" …; "" from an older server */
    const json_t *install;   /* of a PXE host: "state", "incarnation", "disk" …; or NULL */
    const char *fingerprint; /* of a key that waits for approval, or "" */
    char roles[32];          /* "etcd,master,node" */
    bool installs;           /* seed_boot=pxe: begins with STEP_INSTALL */
    enum host_state state;
    int step;                 /* enum step, -1 before the first */
    int percent;              /* of this step, -1 unknown */
    uint64_t since_ms;        /* of this state, realtime; 0 unknown */
    uint64_t started_ms;      /* first seen, realtime; 0 not yet */
    uint64_t ended_ms;        /* ready since, realtime; 0 not yet */
    uint64_t silent_since_ms; /* its newest report, where the next is overdue; 0: it is not */
    struct step_time steps[STEP_COUNT];
    bool outdated; /* has carried out another configuration than the plan's, and keeps it */
};

struct cluster_view {
    const char *plan, *id, *version;
    const char *refused; /* why the newest configuration is not in use; NULL when it is */
    size_t problems;     /* in it */
    size_t ready, total, outdated;
    size_t pending; /* machines that nobody knows or expects; hosts to approve are not among them */
    struct host_view *hosts;
    size_t n_hosts;
    const json_t *pending_list, *summary; /* may be NULL */
};

/* -EINVAL names the member that is missing or odd. *ret needs cluster_view_done(). */
int cluster_view_read(const json_t *status, struct cluster_view *ret, struct error *e) _must_check_;
void cluster_view_done(struct cluster_view *v);
#define _cleanup_view_ _cleanup_(cluster_view_done)

const struct host_view *cluster_view_find(const struct cluster_view *v, const char *name);

/* From the first host that was seen until now, or until the last one was ready. 0 before. */
uint64_t cluster_view_elapsed_ms(const struct cluster_view *v, uint64_t now_ms);
