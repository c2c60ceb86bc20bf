/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Certificates of this machine that are renewed before they end: its own, by which the taskbox
 * knows it, etcd's, the API server's for etcd, the kubelet's serving one, and what kubeadm made of
 * the cluster's CAs on a master. The kubelet's client certificate is renewed by the kubelet itself;
 * only when that did not happen is it done here. */

/* The machine's own: a newer one for the same key, where it is due. */
int renew_identity(struct context *c, struct error *e) _must_check_;

/* The machine's own, when it has ended: by enrolling the same key again. */
int renew_ended(struct context *c, struct error *e) _must_check_;

/* Each that is due, one attempt; one that cannot be renewed keeps none of the others from it, and
 * the first error is returned. * *ret_next_ms: when to look again, an hour at most. */
int renew_all(struct context *c, uint64_t *ret_next_ms, struct error *e) _must_check_;
