/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/protocol.h"
#include "http.h"
#include "store.h"

/* Requests that wait at a gate, and the slot for steps that one host may take at a time. A waiting
 * request is a suspended connection: one thread answers it when gate.c's decision turns, or at the
 * request's own deadline with the reason.
 *
 * The slot is a lease, stored under lease/control-plane as {"id","host","granted_ms","confirmed"}.
 * Because a reply is not a delivery, it is tentative for 30 s, until a request of that host carries
 * its id; then it lives while such requests keep coming, and ends with the step's report. */
struct gates;
struct server;

int gates_new(struct server *server, struct gates **ret, struct error *e) _must_check_;
/* Answers everyone who waits with 503 and ends the thread. */
void gates_stop(struct gates *g);
void gates_free(struct gates *g); /* NULL ok; after gates_stop */

/* Answers r (200 or 202, 403), at once or within wait_ms. */
void gates_ask(struct gates *g, struct http_request *r, enum step step, uint64_t wait_ms);
/* The states or the plan changed. */
void gates_wake(struct gates *g);

/* A request of this host carried this lease: it confirms and prolongs it. */
void gates_lease_seen(struct gates *g, const char *host, const char *id);
bool gates_lease_held(struct gates *g, const char *host, const char *id);
/* Adds the end of whatever lease the host holds to a transaction. */
void gates_lease_end(struct gates *g, const char *host, struct store_txn *t);
/* The store's watch on LEASE_KEY. */
#define LEASE_KEY "lease/control-plane"
void gates_lease_changed(struct gates *g, const char *value, uint64_t revision);

/* Who has the slot: false when it is free. */
bool gates_slot(struct gates *g, char *ret_host, size_t size);
size_t gates_waiting(struct gates *g);
