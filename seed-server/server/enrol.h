/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "seed-server/plan/plan.h"

/* Whether a machine that asks gets a host's identity. Pure. */

struct enrol_facts {
    bool known;        /* it says which host it is, and the inventory has no objection */
    enum trust trust;  /* what that host needs */
    bool armed;        /* inside the window in which it may enrol for the first time */
    bool has_identity; /* a key is stored for it … */
    bool same_key;     /* … and it is this one */
    bool removed;      /* by an administrator */
    bool quarantined;
    bool proven;   /* by the host's one-time token */
    bool approved; /* an administrator accepted this very key */
};

enum enrol_verdict {
    ENROL_SIGN,     /* store the key, sign, answer the certificate */
    ENROL_REPEAT,   /* answer the stored certificate: the reply was lost */
    ENROL_WAIT,     /* for an administrator's approval */
    ENROL_REFUSE,   /* list it as pending, tell it nothing else */
    ENROL_CONFLICT, /* a second key: refuse, quarantine the host, raise the alarm */
};

/* *ret_reason (for the list of pending machines) is a literal. */
enum enrol_verdict enrol_decide(const struct enrol_facts *facts, const char **ret_reason);

/* What a machine says about itself. */
#define ENROL_MACS_MAX 32
struct enrol_claim {
    const char *host; /* NULL: it does not know its name */
    char macs[ENROL_MACS_MAX][MAC_TEXT_SIZE];
    size_t macs_n;
    char uuid[UUID_TEXT_SIZE]; /* "" when unset or a placeholder */
    char serial[128];
};
/* From the body of POST /v1/enrol; strings are borrowed from body. Identifiers that vendors leave
 * unset, and MACs that identify nobody, are dropped. */
int enrol_claim_read(const json_t *body, struct enrol_claim *ret, struct error *e) _must_check_;

/* The host that a claim is about: SIZE_MAX with the reason (a literal) when there is none, or its
 * parts speak of different ones. A name alone is enough only where the inventory gives the host no
 * other identifier. */
size_t enrol_find_host(const struct plan *plan, const struct enrol_claim *claim,
                       const char **ret_reason);
