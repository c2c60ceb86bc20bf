/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* Talks to the running seed-server over its unix socket, which root and the group nodeseed may
 * use. For one thread. */
struct client;

#define CLIENT_SOCKET "/run/nodeseed/seed-server.sock"

/* socket NULL: $NODESEED_SOCKET, or else CLIENT_SOCKET. Does not connect yet. */
int client_new(const char *socket, struct client **ret, struct error *e) _must_check_;
void client_free(struct client *c); /* NULL ok */
DEFINE_CLEANUP(struct client *, client_free);

/* "/admin/logs/HOST" with whatever is no letter, digit, ".", "_" or "-" in host escaped. NULL host:
 * folder alone. */
int client_path(const char *folder, const char *host, struct buf *out,
                struct error *e) _must_check_;

/* Adds "?NAME=VALUE", escaped likewise. */
int client_query(const char *name, const char *value, struct buf *out,
                 struct error *e) _must_check_;

/* body: of a POST, JSON; NULL otherwise. The answer's body as it comes, for 200 (and 204: empty).
 * Errors carry the server's own words: -ENOENT for 404, -EPERM 403, -EBUSY 409, -EAGAIN 503,
 * -EREMOTEIO others; -ECONNREFUSED and its like say which socket, and what to do. */
int client_request(struct client *c, const char *method, const char *path, const char *body,
                   uint64_t timeout_ms, struct buf *answer, struct error *e) _must_check_;

int client_get_json(struct client *c, const char *path, uint64_t timeout_ms, json_t **ret,
                    struct error *e) _must_check_;

/* POST of body to "FOLDER/HOST"; the answer is an object, and its text is wiped (it may be a
 * token).
 */
int client_post(struct client *c, const char *folder, const char *host, const char *body,
                json_t **ret, struct error *e) _must_check_;

#define CLIENT_ANSWER_MAX (256 * 1024 * 1024) /* the status of 100,000 hosts, with room */
#define CLIENT_TIMEOUT_MS 30000
