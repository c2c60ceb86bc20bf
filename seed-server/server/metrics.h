/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"

/* Counters for GET /metrics, in Prometheus' text format 0.0.4. */
struct metrics;
struct server;

int metrics_new(struct metrics **ret, struct error *e) _must_check_;
void metrics_free(struct metrics *m); /* NULL ok */

/* route: an index of the route table, or routes_n for what had no route. */
void metrics_request(struct metrics *m, size_t route, unsigned status);

/* Everything: requests, connections, gates, the store, hosts by state, the last reload. */
void metrics_print(struct server *s, struct buf *out);
