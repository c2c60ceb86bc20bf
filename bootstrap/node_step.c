/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "kube_api.h"
#include "kubelet.h"
#include "node.h"
#include "steps.h"

#define POLL_MS 1000
#define MERGE_PATCH "application/merge-patch+json"

int node_read(struct context *c, struct node *ret, struct error *e)
{
    int64_t timeout_s;
    json_t *node;
    int r;

    if ((r = json_get_object(c->config, "node", &node, e)) < 0 ||
        (r = json_get_string(node, "name", &ret->name, e)) < 0 ||
        (r = json_get_string(node, "api", &ret->api, e)) < 0 ||
        (r = json_get_string(node, "ca", &ret->ca, e)) < 0 ||
        (r = json_get_string(node, "cert", &ret->cert, e)) < 0 ||
        (r = json_get_string(node, "key", &ret->key, e)) < 0 ||
        (r = json_get_string_or(node, "pod_cidr", "", &ret->pod_cidr, e)) < 0 ||
        (r = json_get_int(node, "timeout_s", &timeout_s, e)) < 0)
        return error_wrap(e, "node config: node");
    if (timeout_s <= 0 || timeout_s > INT32_MAX)
        return error_set(
            e, -EINVAL, "node config: node: timeout_s must be positive, and at most %d", INT32_MAX);
    ret->timeout_ms = (uint64_t)timeout_s * 1000;
    return 0;
}

static int get_node(struct kube_api *api, const struct node *n, json_t **ret, struct error *e)
{
    char path[300];

    (void)snprintf(path, sizeof(path), "/api/v1/nodes/%.253s", n->name);
    return kube_get(api, path, ret, e);
}

/* The plan allots pod networks and the controller-manager none, so that the Node object learns its
 * own from here; Kubernetes allows to set it once. */
static int set_pod_cidr(struct kube_api *api, const struct node *n, const json_t *node,
                        struct error *e)
{
    _cleanup_json_ json_t *patch = NULL;
    const char *have = json_string_value(json_object_get(json_object_get(node, "spec"), "podCIDR"));
    char path[300];

    if (!n->pod_cidr[0] || (have && !strcmp(have, n->pod_cidr)))
        return 0;
    if (have && have[0])
        return error_set(e, -EEXIST,
                         "node %s has the pod network %s and the plan says %s: delete the Node "
                         "object to let it be made anew",
                         n->name, have, n->pod_cidr);
    patch = json_pack("{s:{s:s, s:[s]}}", "spec", "podCIDR", n->pod_cidr, "podCIDRs", n->pod_cidr);
    if (!patch)
        return error_oom(e);
    (void)snprintf(path, sizeof(path), "/api/v1/nodes/%.253s", n->name);
    return kube_patch(api, path, MERGE_PATCH, patch, e);
}

/* 0 when the Node is Ready; -EAGAIN with why not. */
static int look(struct kube_api *api, const struct node *n, struct error *e)
{
    _cleanup_json_ json_t *node = NULL;
    const char *why;
    int r;

    if ((r = get_node(api, n, &node, e)) < 0 || (r = set_pod_cidr(api, n, node, e)) < 0)
        return r;
    return kube_node_is_ready(node, &why) ? 0 : error_set(e, -EAGAIN, "%s", why);
}

int node_is_done(struct context *c, bool *ret, struct error *e)
{
    return kubelet_check(c, ret, e);
}

int node_run(struct context *c, struct error *e)
{
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    uint64_t began_ms;
    struct node n;
    int r = node_read(c, &n, e);

    if (r < 0)
        return r;
    r = kubelet_claim(c, e);
    if (r < 0)
        return r == -EPERM ? step_refuse(c, r) : r;
    if ((r = kubelet_bring_up(c, e)) < 0 ||
        (r = kube_api_open(c, n.api, n.ca, n.cert, n.key, &api, e)) < 0)
        return r;
    for (began_ms = clock_monotonic_ms();;) {
        uint64_t waited_ms = clock_monotonic_ms() - began_ms;
        struct error why = ERROR_INIT;

        r = look(&api, &n, &why);
        if (r == 0)
            return 0;
        /* 403 and 404 are what the API says before the kubelet has made its Node */
        if (!local_error_passes(r) && r != -ENOENT && r != -EACCES)
            return error_set(e, r, "%s", why.message);
        if (waited_ms > n.timeout_ms)
            return error_set(e, -ETIMEDOUT, "node %s is not Ready after %llu s: %s", n.name,
                             (unsigned long long)waited_ms / 1000, why.message);
        step_progress(c, (int)(waited_ms * 90 / n.timeout_ms), "waiting to be Ready: %s",
                      why.message);
        step_wait(c, POLL_MS);
    }
}
