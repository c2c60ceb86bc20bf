/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

/* From a plan to the JSON trees of node-config(5). What many hosts share is made once (shared_make)
 * and referred to; per host only what is its own is built. Every function that answers a json_t
 * answers a new reference, NULL without memory. */

int shared_make(struct plan *p, struct error *e) _must_check_;
void shared_done(struct shared *s);

/* Digest in hex of what one host's config is made from; needs plan->shared. */
int host_digest(const struct plan *p, const struct host *h, char ret[DIGEST_TEXT_SIZE],
                struct error *e) _must_check_;

/* A config in full; disks is the tree of its "disks". */
int render_full(const struct plan *p, const struct host *h, const char *digest, json_t *disks,
                unsigned incarnation, struct buf *out, struct error *e) _must_check_;

/* The same bytes for a host that has a prototype, from pieces that are text already. */
int prototypes_make(struct plan *p, struct error *e) _must_check_;
void prototypes_done(struct prototypes *all);
int prototype_render(const struct plan *p, const struct host *h, const char *digest,
                     const json_t *disks, struct buf *out, struct error *e) _must_check_;

/* "system.network" of a node config; null when the OS image sees to it. */
json_t *render_network(const struct host *h);
/* The least memory of a host with these roles, in MB. */
unsigned render_memory(const struct plan *p, unsigned roles);
/* How long a certificate that kubeadm made is used at most. */
#define KUBEADMS_LIFE_S (UINT64_C(365) * 24 * 3600)
uint64_t render_kubeadms_life_s(const struct plan *p);

/* Whole trees of node-config(5), for a host that has the role. */
json_t *render_etcd(const struct plan *p, const struct host *h);
json_t *render_kubelet(const struct plan *p, const struct host *h, struct error *e);
json_t *render_control_plane(const struct plan *p, const struct host *h, struct error *e);
json_t *render_node(const struct plan *p, const struct host *h);

/* Makers of shared parts. */
int render_etcd_shared(struct plan *p, struct error *e) _must_check_;
int render_kubelet_shared(struct plan *p, struct error *e) _must_check_;
int render_kubeadm_shared(struct plan *p, struct error *e) _must_check_;
json_t *render_cni(const struct plan *p, const struct host *h);   /* the FILE; bridge only */
json_t *render_own_addons(const struct plan *p, struct error *e); /* needs no hosts */
json_t *render_addons(const struct plan *p, struct error *e);     /* and conf/addons */
json_t *render_calico(const struct plan *p, struct error *e);
json_t *render_calico_pool(const struct plan *p);
json_t *render_storage(const struct plan *p);
json_t *render_local(const struct plan *p, struct error *e);
/* Waits until one pod of kube-system's kind ("daemonsets", "deployments") counts in field. */
json_t *addon_wait(const struct plan *p, const char *kind, const char *name, const char *field);
/* A JSON document as text, for a ConfigMap; value is stolen. */
json_t *json_as_text(json_t *value, struct error *e);

/* FILE and CERT entries. json is stolen. */
json_t *file_json(const char *path, const char *mode, json_t *json);
json_t *file_text(const char *path, const char *mode, const char *text);

/* Seconds of a time limit, times seed_timeout_factor. */
int scaled(const struct plan *p, unsigned seconds);

#define PKI "/etc/kubernetes/pki"
#define ETCD_PKI "/etc/etcd/pki"
#define KUBELET_PKI "/var/lib/kubelet/pki"
#define CONTAINERD_SOCKET "/run/containerd/containerd.sock"
#define CONTAINERD_CONFIG "/etc/containerd/config.toml"
