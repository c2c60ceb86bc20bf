/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "route.h"
#include "store.h"

/* Labels and taints of Nodes that are there (mark_record.h has what is stored). A kubelet registers
 * its Node with them, once, and may not change its taints afterwards nor give itself labels of
 * Kubernetes' own name spaces; so the first master makes them what the hosts' carried-out configs
 * say, with the cluster's administrator's certificate. */
struct marks;

int marks_new(struct marks **ret, struct error *e) _must_check_;
void marks_free(struct marks *m); /* NULL ok */

/* GET /v1/nodes and POST /v1/nodes/made, for the first master alone */
route_handler handle_nodes, handle_nodes_made;

/* The host has carried out that config, whose text may be empty where nobody has it: what follows
 * for its Node goes into t. */
void marks_carried_out(const struct store_view *view, struct store_txn *t, const char *host,
                       const char *digest, const struct buf *text);

/* Is the node that asks the first master, and has it something to do, and is it time for it? True
 * counts as told. */
bool marks_due(struct server *s, const struct http_request *r);
/* The time has come for which the first master was put off. */
bool marks_come(struct server *s, uint64_t now_ms);
/* Has the first master still to make what hosts of the plan have carried out? Those whose Nodes are
 * not there do not count. */
bool marks_are_waiting(const struct serving *serving, const struct store_view *view);
