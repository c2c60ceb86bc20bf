/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "kube_api.h"

/* Which objects were made of the config's addons, so that one that the configuration has no more
 * can go. The ConfigMap kube-system/nodeseed-addons lists them, and each has the annotation
 * nodeseed/addon: what somebody else has made anew under such a name is theirs. Namespaces,
 * volumes, claims and definitions of resources go with what others keep in them, and are never
 * deleted. */

/* The object with the annotation; a new reference, NULL without memory. */
json_t *addon_mark(const json_t *object, const char *addon) _must_check_;

/* Deletes what is listed and not in addons, then lists what is. */
int addon_record_renew(struct context *c, struct kube_api *api, const json_t *addons,
                       struct error *e) _must_check_;

/* ---- decided apart from acting ---- */

/* [{"apiVersion", "kind", "metadata": {"name", "namespace"}}] of all objects of addons; a new
 * reference, NULL without memory. */
json_t *addon_list(const json_t *addons) _must_check_;
/* Those of listed that are in no item of wanted, an object being the same in another version of its
 * API; a new reference, NULL without memory. */
json_t *addon_list_gone(const json_t *listed, const json_t *wanted) _must_check_;
