/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "local_client.h"

/* The few calls of Kubernetes' REST API that a node and the init master need. */
struct kube_api {
    struct local_client client;
    const char *server; /* "https://…:6443", borrowed */
};

void kube_api_done(struct kube_api *k);
#define _cleanup_kube_api_ _cleanup_(kube_api_done)

/* As the holder of a certificate in files. */
int kube_api_open(const struct context *c, const char *server, const char *ca,
                  const char *certificate, const char *key, struct kube_api *ret,
                  struct error *e) _must_check_;

/* As the user of a kubeconfig with embedded certificates, as kubeadm writes it. The server in it is
 * not used. */
int kube_api_open_kubeconfig(const struct context *c, const char *server, const char *path,
                             struct kube_api *ret, struct error *e) _must_check_;

/* GET of a path ("/api/v1/nodes/node1"). -ENOENT for 404, -EAGAIN for 429 and 5xx, -EACCES for 401
 * and 403, -ESTALE for 409 (the object has changed meanwhile), -EINVAL for other statuses, with the
 * API's own words; fetch()'s for what did not arrive.
 */
int kube_get(struct kube_api *k, const char *path, json_t **ret, struct error *e) _must_check_;
/* POST to the object's collection. -EEXIST when there is one of that name; otherwise as kube_apply.
 */
int kube_create(struct kube_api *k, const json_t *object, struct error *e) _must_check_;
int kube_delete(struct kube_api *k, const char *path, struct error *e) _must_check_;
int kube_patch(struct kube_api *k, const char *path, const char *content_type, const json_t *patch,
               struct error *e) _must_check_;

/* Creates the object or makes it so, on the server's side (PATCH application/apply-patch+yaml with
 * fieldManager nodeseed, forced); servers before 1.16 get a create or a merge patch instead. Errors
 * as kube_get's, naming the object; -ENOENT also for a kind that the API server does not know. */
int kube_apply(struct kube_api *k, const json_t *object, struct error *e) _must_check_;

/* Is the whole API server ready (/readyz: also its RBAC hooks)? An error says why not. */
int kube_ready(struct kube_api *k, struct error *e) _must_check_;

/* The path of an object by its apiVersion, kind, namespace and name. What kinds there are beside
 * those that every plan has, the API server is asked; k NULL: there is none to ask, -EINVAL. */
#define KUBE_PATH_SIZE 1024
int kube_path(struct kube_api *k, const json_t *object, char *ret, size_t size,
              struct error *e) _must_check_;

/* Does the Node object say Ready? If not, *ret_why (borrowed from node) says why. */
bool kube_node_is_ready(const json_t *node, const char **ret_why);
