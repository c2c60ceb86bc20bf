/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "gate.h"
#include "install_state.h"
#include "progress.h"
#include "seed-server/plan/plan.h"
#include "store.h"
#include "x509.h"

/* Where each host of one plan stands, derived from the store's records and kept parsed. Records are
 * immutable: a change puts a new one in its place, so that whoever holds one may read it at
 * leisure. Every function may be called from any thread. */
struct cluster;

struct host_record {
    unsigned refs;
    bool enrolled, quarantined, removed;
    uint8_t spki[SHA256_SIZE];
    uint64_t enrolled_ms;
    char *quarantine_reason; /* NULL unless quarantined */
    /* Of install/HOST what is asked for at each request or for every host. */
    struct {
        bool has_key;
        enum install_state state;
        unsigned incarnation; /* 0: there is no record */
        uint8_t spki[SHA256_SIZE];
        uint64_t since_ms;
    } install;
    struct progress progress;
};
void host_record_unref(struct host_record *h); /* NULL ok */
DEFINE_CLEANUP(struct host_record *, host_record_unref);

enum host_state {
    HOST_ABSENT,
    HOST_APPROVE, /* its key waits for an administrator */
    HOST_ENROLLED,
    HOST_RUNNING,
    HOST_WAITING,
    HOST_FAILED,
    HOST_READY,
    HOST_QUARANTINED,
    HOST_REMOVED, /* by an administrator: refused until it is rearmed */
};
const char *host_state_name(enum host_state state);
enum host_state host_record_state(const struct host_record *h, bool awaits_approval);

/* Takes a reference on plan. Records that cannot be read are logged and count as absent. */
int cluster_new(struct plan *plan, const struct store_view *view, struct cluster **ret,
                struct error *e) _must_check_;
void cluster_free(struct cluster *c); /* NULL ok */
DEFINE_CLEANUP(struct cluster *, cluster_free);

/* One committed change of the store. Answers the host it concerned, or SIZE_MAX. */
size_t cluster_changed(struct cluster *c, const char *key, const char *value);

/* A reference; never NULL for a host of the plan. */
struct host_record *cluster_host(struct cluster *c, size_t host);

/* 0 when this key is the host's; -ENOKEY when the host has none and any may enrol, as after rearm;
 * -EPERM with the reason when it is removed, quarantined, or enrolled with another key. */
int cluster_check_identity(struct cluster *c, size_t host, const uint8_t spki[SHA256_SIZE],
                           struct error *e) _must_check_;

/* The same for the key of the host's installer. */
int cluster_check_installer(struct cluster *c, size_t host, const uint8_t spki[SHA256_SIZE],
                            struct error *e) _must_check_;

/* Decides a gate for many hosts from one moment's records. */
struct gate_round;
int gate_round_new(struct cluster *c, uint64_t now_ms, struct gate_round **ret,
                   struct error *e) _must_check_;
void gate_round_free(struct gate_round *r); /* NULL ok */
DEFINE_CLEANUP(struct gate_round *, gate_round_free);
int gate_round_decide(struct gate_round *r, size_t host, enum step gate, struct gate_answer *ret,
                      struct error *e) _must_check_;

/* Whether enough etcd members have done their step for a quorum. */
bool cluster_has_quorum(struct cluster *c);
