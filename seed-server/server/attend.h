/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "http.h"

/* GET /v1/attend: nodes that have done all their steps wait here for something to do. A request is
 * parked as one at a gate is, without a thread: the store's changes only mark that there may be
 * something new, and attend_tick looks. What may be asked of a node is a table, see attend.c. */
struct attend;
struct server;

int attend_new(struct server *server, struct attend **ret, struct error *e) _must_check_;
void attend_free(struct attend *a); /* NULL ok; after attend_stop */
/* Answers everyone who waits with 503, and whoever comes from now on. */
void attend_stop(struct attend *a);

/* Answers r with {"do","again_s"}, at once or within wait_ms. */
void attend_ask(struct attend *a, struct http_request *r, uint64_t wait_ms);
/* This key of the store changed: some are about what nodes are to do. */
void attend_store_changed(struct attend *a, const char *key);
/* About once a second: those who have something to do, and those whose time is over. */
void attend_tick(struct attend *a);
size_t attend_waiting(struct attend *a);
