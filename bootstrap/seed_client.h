/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/fetch.h"
#include "common/json.h"
#include "common/protocol.h"

/* The server's HTTP API (seed-server/openapi.json) as the node uses it. A call tries again by
 * itself, for ever, while the server cannot be reached or answers 429, 5xx (full jitter, 1 to 120
 * s, or its Retry-After), and tells the waiting callback why; it returns an error only for an
 * answer that trying again will not change: -EACCES (401, 403), -ENOENT (404), -EEXIST (409),
 * -EPROTO (an answer that cannot be understood), -EKEYREJECTED (the server is not the one that is
 * pinned). */
struct seed_client;
struct settings;

/* Called before each pause of ms with one line of why; it does the sleeping. */
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
