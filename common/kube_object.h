/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "json.h"

/* What both sides must see alike in an object of Kubernetes (a manifest's). */

/* "StorageClass local", "Secret kube-system/key"; to free. NULL where it is no such object, or
 * without memory. */
char *kube_object_name(const json_t *object) _must_check_;

bool kube_object_is(const json_t *object, const char *kind);

/* An object that goes with others' data or others' objects when it is deleted: one that is not in
 * the configuration any more is left to an administrator. */
bool kube_object_is_kept(const json_t *object);

/* Labels and taints of a Node that Kubernetes' own programs set and go by: the kubelet's own of the
 * machine, kubeadm's of the control plane, the controllers' of its condition. Nobody else sets them
 * or takes them away. The key alone. */
bool kube_label_is_taken(const char *key);
bool kube_taint_is_taken(const char *key);
