/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "progress.h"
#include "seed-server/plan/plan.h"

/* Whether a host may begin a step: the roles before it must be ready. Pure: states, settings and
 * the time in, an answer out. */

struct gate_member {
    const char *name;
    const struct progress *progress; /* NULL: never reported */
    bool quarantined;
};

struct gate_input {
    enum step gate; /* STEP_ETCD, STEP_CONTROL_PLANE, STEP_NODE or STEP_ADDONS */
    const struct gate_member *self;
    unsigned roles;
    bool init_master;
    const struct gate_member *etcd, *masters;
    size_t etcd_n, masters_n;
    size_t init; /* index of the init master in masters; SIZE_MAX: none */
    uint64_t now_ms;
    uint64_t grace_ms; /* with enough members ready, how long to wait for the rest */
};

struct gate_answer {
    bool granted;
    bool exclusive;    /* granted only to one host at a time: a slot is needed as well */
    uint64_t again_ms; /* when the answer may change by time alone; 0: it does not */
    char reason[256];  /* when not granted, for people: "etcd 2 of 3: node2 preparing disks" */
};

/* 0, or -EPERM when the host's roles have nothing to do with this gate. */
int gate_decide(const struct gate_input *input, struct gate_answer *ret,
                struct error *e) _must_check_;

/* "node2 preparing disks", "node2 not seen yet", "node2 failed preparing disks: …". */
void gate_member_doing(const struct gate_member *m, char *ret, size_t size);
