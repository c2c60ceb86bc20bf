/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/json.h"

/* What a node says about itself to the kubelet's command line: kubespray's node_labels, node_taints
 * and kubelet_custom_flags in all the forms that they are written in. out may be NULL: only
 * checked. -EINVAL with what is expected. */

/* A dict, or "key=value,…" → "a=b,c=d". Labels that Kubernetes' own programs set are refused. */
int node_labels_text(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* A list of "key=value:effect", or one text with commas → "key=value:effect,…". No key and effect
 * is there twice, which the API server would refuse the Node for; nor taints of Kubernetes' own. */
int node_taints_text(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* A list of "--name=value", or one text with blanks → the same with blanks. */
int kubelet_flags_text(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* Of such a text of labels, those that a kubelet may set on itself (NodeRestriction of the API
 * server, and the kubelet's own start-up check); the others are the init master's to set. */
void node_labels_flag(const char *labels, struct buf *out);

/* What the config's "node" says of them, new references; NULL for NULL, where json_pack's "o*"
 * leaves the member out, and without memory. Labels by key; taints by "key:effect", which is what
 * Kubernetes tells them apart by, each with its value, which may be empty. */
json_t *node_labels_json(const char *labels);
json_t *node_taints_json(const char *taints);
