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

/* When c->renewals says so: each that is due, one attempt, of what a step has obtained before. One
 * that cannot be renewed keeps none of the others from it; it is tried again within minutes, and
 * the first complaint is logged, once. Otherwise they are looked at again within the hour. Takes as
 * long as the taskbox and kubeadm need; the watchdog is fed; c's config is the same object as
 * before. Between steps, after the last one, and where a step waits for others without end. */
void renew_if_due(struct context *c);
