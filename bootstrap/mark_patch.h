/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What makes a Node's labels and taints what they are to be. Pure.
 *
 * wanted is {"labels": {KEY: VALUE}, "taints": {"KEY:EFFECT": VALUE}, "before": {"labels": [KEY],
 * "taints": ["KEY:EFFECT"]}}, as GET /v1/nodes has it. What was set so is remembered in the Node's
 * annotations nodeseed/labels and nodeseed/taints, keys with commas: only what is there, and in
 * "before" as well, is taken away. All others stay as they are, whoever set them.
 *
 * *ret is a merge patch (RFC 7386), a new reference; NULL where the Node is as wanted. A patch of
 * taints, which are one list, has the Node's resourceVersion in it: it is refused (409) when the
 * Node has changed meanwhile. -EPERM for labels and taints of Kubernetes' own, -EINVAL for what is
 * no Node or not understood. */
int mark_patch(const json_t *node, const json_t *wanted, json_t **ret,
               struct error *e) _must_check_;
