/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "control_plane.h"

/* The certificates that kubeadm makes on a master from the cluster's CAs: the API server's own, its
 * clients' of kubelets and of extension servers, and those in the kubeconfig files. kubeadm writes
 * them in place and renews them only when Kubernetes is upgraded; they end after a year, and the
 * cluster with them. */

/* Are all there and whole, each with its key? -ENOENT with the first that is not. A kubeconfig that
 * has its certificate elsewhere is the administrator's own, as one of another CA is. */
int master_certs_check(struct context *c, struct error *e) _must_check_;

/* Sets aside (FILE.broken) what is there in halves, which kubeadm would trip over instead of making
 * it anew. Nothing else than such files is touched. */
int master_certs_clear(struct context *c, struct error *e) _must_check_;

/* Was renewing begun, and not ended? */
bool master_certs_pending(const struct context *c);

/* Has kubeadm renew all when one is due, and ends the containers of static pods, which read them at
 * their start and are started again by the kubelet. All must be whole; the administrator's own
 * are left alone. What a cut kept from its restart is
 * restarted by the next call. *ret_due_ms: until one is due again. */
int master_certs_renew(struct context *c, const struct control_plane *cp, uint64_t *ret_due_ms,
                       struct error *e) _must_check_;

/* The IDs of running tasks, from what `ctr containers ls -q` and `ctr tasks ls` say; called for
 * each in order until call returns an error, which is returned. */
int master_certs_each_running(const char *containers, const char *tasks,
                              int (*call)(const char *id, void *userdata), void *userdata);
