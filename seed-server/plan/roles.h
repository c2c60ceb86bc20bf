/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Who is what: kubespray's groups by their old and new names (kube-master and kube_control_plane,
 * kube-node and kube_node, etcd), children included. */

/* Fills r->roles and reports empty groups, hosts without a role and hosts that k8s-cluster misses
 * (where there is no such group it is master ∪ node, as newer kubespray makes it). */
int roles_read(struct reader *r, struct error *e) _must_check_;

/* The plan's lists of hosts by role, in the groups' order, once its hosts are known. Uses r->roles
 * up. */
int roles_list(struct reader *r, struct error *e) _must_check_;

/* "etcd", "master", "node" to its bit and back; 0 and NULL for others. */
unsigned role_find(const char *name);
const char *role_name(enum role role);
