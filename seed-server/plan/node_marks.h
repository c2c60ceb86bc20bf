/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/json.h"

/* What a node says about itself to the kubelet's command line: kubespray's node_labels, node_taints
 * and kubelet_custom_flags in all the forms that they are written in. out may be NULL: only
 * checked. -EINVAL with what is expected. */

/* A dict, or "key=value,…" → "a=b,c=d". Labels that a kubelet may not set on itself (the
 * apiserver's NodeRestriction, and the kubelet's own start-up check) are refused. */
int node_labels_text(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* A list of "key=value:effect", or one text with commas → "key=value:effect,…". */
int node_taints_text(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* A list of "--name=value", or one text with blanks → the same with blanks. */
int kubelet_flags_text(const json_t *value, struct buf *out, struct error *e) _must_check_;
