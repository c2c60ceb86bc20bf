/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http.h"

/* What happened lately, for whoever watches: a bounded ring of events numbered upwards. Numbers go
 * on across restarts (they start at the clock's milliseconds), so that a watcher notices that it
 * missed some. Any thread. */
#define EVENTS_KEPT 1024
#define EVENTS_WATCHERS_MAX 64

struct events;
int events_new(struct events **ret, struct error *e) _must_check_;
/* Answers all watchers with 503. */
void events_stop(struct events *v);
void events_free(struct events *v); /* NULL ok */

/* kind: "progress", "identity", "quarantine", "plan"; host may be NULL. */
void events_add(struct events *v, const char *kind, const char *host, const char *message);

/* GET /admin/events?since=N&wait=S: {"now","reset","events":[…]}, at once when there is something
 * after since, or else within wait_ms. reset: some after since are gone: look at the whole. */
void events_ask(struct events *v, struct http_request *r, uint64_t since, uint64_t wait_ms);
/* Answers watchers whose time is over; call it about once a second. */
void events_tick(struct events *v);
