/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* Kubernetes objects as trees. All answer new references, NULL without memory, and take NULL where
 * a tree is stolen: build freely, check the last. */

/* {apiVersion, kind, metadata: {name, namespace}}; ns NULL for what belongs to no namespace. */
json_t *object_new(const char *api, const char *kind, const char *ns, const char *name);
/* Sets a member and answers the object; both are stolen. */
json_t *object_put(json_t *object, const char *key, json_t *value);
/* The same for metadata's "labels" or "annotations": one name and value. */
json_t *object_mark(json_t *object, const char *what, const char *name, const char *value);

json_t *object_service_account(const char *ns, const char *name);
/* Binds a ClusterRole to a ServiceAccount. */
json_t *object_cluster_binding(const char *name, const char *role, const char *ns,
                               const char *account);
/* One rule of a role; the lists are texts with commas ("get,list,watch"). */
json_t *object_rule(const char *groups, const char *resources, const char *verbs);

/* A volume of a pod that is a folder or file of the host; type may be NULL. */
json_t *object_host_path(const char *name, const char *path, const char *type);
/* An environment variable of a container: a text, or a field of its pod. */
json_t *object_env(const char *name, const char *value);
json_t *object_env_field(const char *name, const char *path);

/* An addon of node-config(5); objects and wait are stolen, wait may be NULL. */
json_t *addon_new(const char *name, json_t *objects, json_t *wait);
