/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/fetch.h"
#include "common/json.h"
#include "common/protocol.h"

/* The server's HTTP API (seed-server/openapi.json) as the node uses it. A call tries again by
 * itself, for ever, while the server cannot be reached or answers 429 or 5xx (full jitter, 1 to
 * 120 s, not before its Retry-After), and tells the wait callback why; it returns an error only for
 * what trying again will not change:
 *   -EACCES (401, 403), -ENOENT (404), -EEXIST (409), -EPROTO (an answer that makes no sense),
 *   -EKEYREJECTED (the server is not the one that is pinned), -EKEYEXPIRED (its certificate has
 *   expired by its own clock). */
struct seed_client;
struct settings;
struct certificate;
struct key;

/* Called before each pause of ms with one line of why; it does the sleeping. After a call that had
 * to wait is through, called once more with 0 and NULL. */
typedef void seed_client_wait(uint64_t ms, const char *why, void *userdata);

/* settings are borrowed for life. */
int seed_client_new(const struct settings *settings, seed_client_wait *wait, void *userdata,
                    struct seed_client **ret, struct error *e) _must_check_;
void seed_client_free(struct seed_client *s); /* NULL ok */
DEFINE_CLEANUP(struct seed_client *, seed_client_free);

/* GET of a path of the TLS plane that answers a JSON object ("/v1/secrets/control-plane"), at most
 * max bytes. *ret is a new reference. */
int seed_client_get(struct seed_client *s, const char *path, size_t max, json_t **ret,
                    struct error *e) _must_check_;

/* POST of a body; *ret (may be NULL) is the JSON answer, NULL for 204. */
int seed_client_post(struct seed_client *s, const char *path, const char *content_type,
                     const void *body, size_t len, json_t **ret, struct error *e) _must_check_;

/* ---- for the steps that are the protocol's own: enrol, config, gates, reports ---- */

enum seed_plane {
    SEED_PLAIN,     /* HTTP, no secrets */
    SEED_ANONYMOUS, /* TLS, the pinned CA, no certificate of ours */
    SEED_NODE,      /* TLS as this node */
};

struct seed_call {
    enum seed_plane plane;
    const char *method, *path;
    const char *content_type; /* with a body */
    const void *body;
    size_t body_len;
    size_t max_answer;   /* 0: 64 KiB */
    uint64_t timeout_ms; /* of one attempt; 0: 30 s */
    const char *have;    /* digest of what is there already: answered 304 where it is the same */
    unsigned attempts;   /* 0: as the patience is, for ever at first; else -EAGAIN after so many */
};

struct seed_answer {
    int status;
    uint64_t retry_after_ms;
    struct buf text;
};
void seed_answer_done(struct seed_answer *a);
#define _cleanup_seed_answer_ _cleanup_(seed_answer_done)

/* 0 for any answer but 429 and 5xx: look at its status. *ret is to be seed_answer_done(), also
 * after an error. */
int seed_client_call(struct seed_client *s, const struct seed_call *call, struct seed_answer *ret,
                     struct error *e) _must_check_;

/* An answer as a JSON object (new reference). */
int seed_answer_json(const struct seed_answer *a, json_t **ret, struct error *e) _must_check_;
/* The error code for a status, as above, with the server's own words ({"error": "…"}). */
int seed_answer_error(const struct seed_answer *a, const char *path, struct error *e);

/* The CA: from the state folder, else from GET /ca.pem; in both cases only when its SPKI hash is
 * the pin. *ret is borrowed. */
int seed_client_ca(struct seed_client *s, const struct certificate **ret,
                   struct error *e) _must_check_;

/* What SEED_NODE speaks with from now on. Takes both; without a key the one that it has stays. */
void seed_client_set_identity(struct seed_client *s, struct certificate *certificate,
                              struct key *key);
/* Borrowed; NULL before. */
const struct certificate *seed_client_certificate(const struct seed_client *s);
const struct key *seed_client_key(const struct seed_client *s);
bool seed_client_has_identity(const struct seed_client *s);

/* Calls that would try for ever give up after so many attempts, with -EAGAIN; 0: for ever again.
 * Returns what it was before, for whoever puts it back. */
unsigned seed_client_set_patience(struct seed_client *s, unsigned attempts);

/* Sent as Nodeseed-Lease with each request as the node, which confirms and keeps it; NULL: none. */
int seed_client_set_lease(struct seed_client *s, const char *lease, struct error *e) _must_check_;

/* What to add to this machine's clock to get the server's, in milliseconds, as far as known: 0
 * until a call showed that certificates are not valid at our time. */
int64_t seed_client_clock_offset_ms(const struct seed_client *s);
/* Asks the server for its time now and, unless the clocks agree within tolerance, sets ours.
 * attempts as in struct seed_call. */
int seed_client_sync_clock(struct seed_client *s, uint64_t tolerance_ms, unsigned attempts,
                           int64_t *ret_offset_ms, struct error *e) _must_check_;
