/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "artifacts.h"
#include "cluster.h"
#include "http.h"
#include "seed-server/plan/plan.h"

/* A plan in use: the plan, where its hosts stand, its artifacts, and the per-host answers, rendered
 * at first use and kept. Reference-counted; a request holds the one it began with. */
struct serving {
    unsigned refs;
    struct plan *plan;
    struct cluster *cluster;
    struct artifacts *artifacts;
    struct problems warnings;
    uint64_t loaded_ms;
    struct prepared *prepared; /* atomic pointers, private */
    uint64_t *config_tags;     /* atomic, private; NULL before somebody asked */
    size_t prepared_bytes;     /* atomic */
};

/* Takes references on plan; takes over cluster, artifacts and warnings when it succeeds. */
int serving_new(struct plan *plan, struct cluster *cluster, struct artifacts *artifacts,
                struct problems *warnings, uint64_t now_ms, struct serving **ret,
                struct error *e) _must_check_;
struct serving *serving_ref(struct serving *s);
void serving_unref(struct serving *s); /* NULL ok */
DEFINE_CLEANUP(struct serving *, serving_unref);

enum document { DOCUMENT_CONFIG, DOCUMENT_META_DATA, DOCUMENT_USER_DATA, DOCUMENT_VENDOR_DATA };
#define DOCUMENT_COUNT 4

/* Answers with a host's document: 200 with its ETag, or 304. */
void serving_send(struct serving *s, struct http_request *r, size_t host, enum document document);
/* The plan's config of a host, which may not be what it is to carry out (applied.h): its text (out
 * may be NULL) and its SHA-256 in hex. */
int serving_config(struct serving *s, size_t host, struct buf *out, char ret[SHA256_TEXT_SIZE],
                   struct error *e) _must_check_;
/* Is the plan's config of a host that one, by the SHA-256 in hex? False also where it cannot be
 * rendered. What is needed for the answer is rendered once for a plan, and eight bytes of it kept,
 * so that it can be asked often and of every host. */
bool serving_config_is(struct serving *s, size_t host, const char *sha256);
/* As serving_send, a NoCloud document for a machine that the inventory does not know: nothing is
 * kept.
 */
void serving_send_to_stranger(struct serving *s, struct http_request *r, const char *name,
                              enum document document);
