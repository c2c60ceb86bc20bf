/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "enrol.h"
#include "enrolment.h"
#include "log_limit.h"
#include "server.h"

/* What enrolment.c (the installed system's key, for good) and enrolment_install.c (an installer's,
 * for a day) share; for these two alone. */

#define ENROL_ATTEMPTS_MAX 4 /* of a transaction that others keep coming before */

struct nonces;

struct enrolment {
    struct server *server;
    struct nonces *nonces;
    struct pending *pending;
    struct log_limit refusals;
};

/* One machine's request, while it is decided and stored. */
struct asking {
    struct enrolment *enrolment;
    struct http_request *request;
    json_t *body;
    struct enrol_claim claim;
    const char *nonce, *proof;
    char *facts; /* JSON text, or NULL */
    bool installs;
    struct x509_csr *csr;
    char fingerprint[SHA256_TEXT_SIZE];
    size_t host;
    char *certificate; /* what a commit will have stored */
    unsigned attempts;
    bool suspended;
};

const char *asking_host(const struct asking *a);

/* What the store says of one host, beside its installation; texts are borrowed from identity. */
struct stored {
    json_t *identity;
    const char *spki, *certificate;
    uint64_t identity_revision, arm_revision, quarantine_revision, approve_revision, token_revision;
    bool armed, removed, quarantined, approved;
    char token[128];
};
void stored_read(const struct store_view *view, const struct asking *a, struct stored *ret);
void stored_done(struct stored *s);

/* Answers. Each is followed by asking_end, at once or when a transaction is over. */
void asking_send_certificate(struct asking *a, const char *certificate);
void asking_send_wait(struct asking *a);
void asking_send_refusal(struct asking *a, const char *reason);
void asking_end(struct asking *a);

/* Signs the request by a profile of the plan into a->certificate; on failure it is answered, and
 * a has ended. */
bool asking_sign(struct asking *a, const char *purpose);
/* Takes t (NULL: no memory). The request is parked until over is called. */
void asking_submit(struct asking *a, struct store_txn *t, store_done *over);
/* Whether a failed transaction is worth another try; if not it is answered, and a has ended. */
bool asking_again(struct asking *a, int result);

/* Ends a: answers it now, or when a transaction is over. */
void install_enrolment_decide(struct asking *a);
