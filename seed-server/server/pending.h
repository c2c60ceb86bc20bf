/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "enrol.h"
#include "x509.h"

/* Machines that asked to enrol and may not, or not yet, newest word kept per key. In memory only
 * and of bounded size: strangers can make it forget strangers, but cost no disk write. A machine
 * that still waits asks again within seconds of a restart. Any thread. */
#define PENDING_MAX 256
#define PENDING_HOST_MAX 16 /* that wait for approval as one host: more push each other out … */
#define PENDING_ADDRESS_MAX 64 /* … as do others from one address, and nobody else */

struct pending;
int pending_new(struct pending **ret, struct error *e) _must_check_;
void pending_free(struct pending *p); /* NULL ok */

struct pending_note {
    const struct enrol_claim *claim;
    const char *fingerprint; /* SHA-256 of its public key, hex */
    const char *host;        /* the host it would be, NULL if none */
    const char *reason;
    const char *address;
    const char *facts; /* what it says of itself (facts.h), JSON text or NULL */
    bool awaits_approval;
    uint64_t now_ms;
};
void pending_add(struct pending *p, const struct pending_note *note);
void pending_remove(struct pending *p, const char *fingerprint);
/* Drops all that claim to be this host. */
void pending_remove_host(struct pending *p, const char *host);

size_t pending_count(struct pending *p);
/* [{"fingerprint","host","claims","macs","uuid","serial","address","reason","awaits_approval",
 * "first_ms","last_ms","times","facts"}], newest first; NULL without memory. */
json_t *pending_json(struct pending *p);

/* The key that waits for approval as this host. -ENOENT when none does, -EEXIST when several do and
 * fingerprint (may be NULL or "") names none of them. */
int pending_candidate(struct pending *p, const char *host, const char *fingerprint,
                      char ret[SHA256_TEXT_SIZE], struct error *e) _must_check_;
/* Whether any does, and its fingerprint ("" when several do). */
bool pending_awaits_approval(struct pending *p, const char *host, char ret[SHA256_TEXT_SIZE]);
