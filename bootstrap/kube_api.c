/* SPDX-License-Identifier: Apache-2.0 */
#include "kube_api.h"

#include "kubeconfig.h"

/* A handshake that is given up costs a starting server as much as one more. */
#define READY_MS 15000
#define PATH_SIZE KUBE_PATH_SIZE
#define FIELD_MANAGER "nodeseed"

#define RBAC "rbac.authorization.k8s.io/v1"
#define EXTENSIONS "apiextensions.k8s.io/"
#define ADMISSION "admissionregistration.k8s.io/v1"
#define CALICO "crd.projectcalico.org/v1"

/* Kinds that a plan may hold. REST paths need a kind's plural and whether it lives in a namespace;
 * the API's own reference (and its discovery documents) say both. */
static const struct kind {
    const char *api, *kind, *plural;
    bool namespaced;
} kinds[] = {
    {"v1",                   "Namespace",                      "namespaces",                      false},
    {"v1",                   "Node",                           "nodes",                           false},
    {"v1",                   "PersistentVolume",               "persistentvolumes",               false},
    {"v1",                   "ConfigMap",                      "configmaps",                      true },
    {"v1",                   "Secret",                         "secrets",                         true },
    {"v1",                   "Service",                        "services",                        true },
    {"v1",                   "ServiceAccount",                 "serviceaccounts",                 true },
    {"v1",                   "PersistentVolumeClaim",          "persistentvolumeclaims",          true },
    {"v1",                   "Pod",                            "pods",                            true },
    {"apps/v1",              "DaemonSet",                      "daemonsets",                      true },
    {"apps/v1",              "Deployment",                     "deployments",                     true },
    {"apps/v1",              "StatefulSet",                    "statefulsets",                    true },
    {"batch/v1",             "Job",                            "jobs",                            true },
    {"policy/v1beta1",       "PodDisruptionBudget",            "poddisruptionbudgets",            true },
    {"policy/v1",            "PodDisruptionBudget",            "poddisruptionbudgets",            true },
    {"policy/v1beta1",       "PodSecurityPolicy",              "podsecuritypolicies",             false},
    {"networking.k8s.io/v1", "NetworkPolicy",                  "networkpolicies",                 true },
    {RBAC,                   "Role",                           "roles",                           true },
    {RBAC,                   "RoleBinding",                    "rolebindings",                    true },
    {RBAC,                   "ClusterRole",                    "clusterroles",                    false},
    {RBAC,                   "ClusterRoleBinding",             "clusterrolebindings",             false},
    {"storage.k8s.io/v1",    "StorageClass",                   "storageclasses",                  false},
    {"storage.k8s.io/v1",    "CSIDriver",                      "csidrivers",                      false},
    {"scheduling.k8s.io/v1", "PriorityClass",                  "priorityclasses",                 false},
    {EXTENSIONS "v1",        "CustomResourceDefinition",       "customresourcedefinitions",       false},
    {EXTENSIONS "v1beta1",   "CustomResourceDefinition",       "customresourcedefinitions",       false},
    {ADMISSION,              "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false},
    {ADMISSION,              "MutatingWebhookConfiguration",   "mutatingwebhookconfigurations",   false},
    {CALICO,                 "IPPool",                         "ippools",                         false},
    {CALICO,                 "FelixConfiguration",             "felixconfigurations",             false},
    {CALICO,                 "BGPConfiguration",               "bgpconfigurations",               false},
};

void kube_api_done(struct kube_api *k)
{
    local_client_done(&k->client);
}

int kube_api_open(const struct context *c, const char *server, const char *ca,
                  const char *certificate, const char *key, struct kube_api *ret, struct error *e)
{
    ret->server = server;
    return local_client_open(c, ca, certificate, key, &ret->client, e);
}

int kube_api_open_kubeconfig(const struct context *c, const char *server, const char *path,
                             struct kube_api *ret, struct error *e)
{
    _cleanup_kubeconfig_ struct kubeconfig k = {.ca = NULL};
    int r = kubeconfig_read(c, path, &k, e);

    if (r < 0)
        return r;
    ret->server = server;
    return local_client_take(TAKE_PTR(k.ca), TAKE_PTR(k.certificate), TAKE_PTR(k.key), &ret->client,
                             e);
}

/* The API's reason: a Status object's message. */
static int answer_error(int status, const json_t *answer, const char *what, struct error *e)
{
    const char *message = json_string_value(json_object_get(answer, "message"));
    int code = status == 404                    ? -ENOENT
               : status == 401 || status == 403 ? -EACCES
               : status == 429 || status >= 500 ? -EAGAIN
               : status == 409                  ? -ESTALE
                                                : -EINVAL;

    return error_set(e, code, "%s: HTTP status %d%s%s", what, status, message ? ": " : "",
                     message ? message : "");
}

static int call(struct kube_api *k, const char *method, const char *path, const char *content_type,
                const json_t *body, int *ret_status, json_t **ret, struct error *e)
{
    _cleanup_free_ char *url = NULL;
    struct local_request request = {.method = method, .content_type = content_type, .body = body};

    if (asprintf(&url, "%s%s", k->server, path) < 0) {
        url = NULL;
        return error_oom(e);
    }
    request.url = url;
    return local_client_call(&k->client, &request, ret_status, ret, e);
}

int kube_get(struct kube_api *k, const char *path, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    int status, r = call(k, "GET", path, NULL, NULL, &status, &answer, e);

    if (r < 0)
        return r;
    if (status != 200)
        return answer_error(status, answer, path, e);
    if (!answer)
        return error_set(e, -EPROTO, "%s: the answer is not JSON", path);
    *ret = TAKE_PTR(answer);
    return 0;
}

int kube_delete(struct kube_api *k, const char *path, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    int status, r = call(k, "DELETE", path, NULL, NULL, &status, &answer, e);

    if (r < 0)
        return r;
    return status == 200 || status == 202 || status == 404 ? 0
                                                           : answer_error(status, answer, path, e);
}

int kube_patch(struct kube_api *k, const char *path, const char *content_type, const json_t *patch,
               struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    int status, r = call(k, "PATCH", path, content_type, patch, &status, &answer, e);

    if (r < 0)
        return r;
    return status == 200 ? 0 : answer_error(status, answer, path, e);
}

int kube_ready(struct kube_api *k, struct error *e)
{
    _cleanup_free_ char *url = NULL;
    struct local_request request = {.method = "GET", .timeout_ms = READY_MS};
    int status, r;

    if (asprintf(&url, "%s/readyz", k->server) < 0) {
        url = NULL;
        return error_oom(e);
    }
    request.url = url;
    r = local_client_call(&k->client, &request, &status, NULL, e);
    if (r < 0)
        return r;
    return status == 200 ? 0 : answer_error(status, NULL, url, e);
}

static const struct kind *find_kind(const char *api, const char *kind)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(kinds); i++)
        if (!strcmp(kinds[i].api, api) && !strcmp(kinds[i].kind, kind))
            return &kinds[i];
    return NULL;
}

/* A kind that is not in the table, such as a custom resource: the API server's own list says how
 * it is called in paths. -ENOENT where it has none (yet). */
static int discover(struct kube_api *k, const char *api, const char *kind, char *ret_plural,
                    size_t size, bool *ret_namespaced, struct error *e)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *item;
    char path[PATH_SIZE];
    size_t i;
    int r;

    if (!k)
        return error_set(e, -EINVAL, "%s %s: this kind is not known here", api, kind);
    (void)snprintf(path, sizeof(path), "/%s/%.900s", strchr(api, '/') ? "apis" : "api", api);
    r = kube_get(k, path, &list, e);
    if (r < 0)
        return error_wrap(e, "%s %s", api, kind);
    json_array_foreach(json_object_get(list, "resources"), i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));
        const char *of = json_string_value(json_object_get(item, "kind"));

        /* "pods/status" is a part of one */
        if (!name || !of || strchr(name, '/') || strcmp(of, kind) != 0 || strlen(name) >= size)
            continue;
        (void)snprintf(ret_plural, size, "%s", name); /* it fits */
        *ret_namespaced = json_is_true(json_object_get(item, "namespaced"));
        return 0;
    }
    return error_set(e, -ENOENT, "%s %s: the API server knows no such kind", api, kind);
}

/* The collection's path, and the object's name. */
static int collection_path(struct kube_api *k, const json_t *object, char *ret, size_t size,
                           const char **ret_name, struct error *e)
{
    const char *api, *kind, *namespace;
    const struct kind *row;
    char plural[256];
    json_t *metadata;
    bool namespaced = false;
    int r, n;

    if ((r = json_get_string(object, "apiVersion", &api, e)) < 0 ||
        (r = json_get_string(object, "kind", &kind, e)) < 0 ||
        (r = json_get_object(object, "metadata", &metadata, e)) < 0 ||
        (r = json_get_string(metadata, "name", ret_name, e)) < 0 ||
        (r = json_get_string_or(metadata, "namespace", "default", &namespace, e)) < 0)
        return error_wrap(e, "object");
    row = find_kind(api, kind);
    if (row) {
        namespaced = row->namespaced;
    } else {
        r = discover(k, api, kind, plural, sizeof(plural), &namespaced, e);
        if (r < 0)
            return r;
    }
    n = snprintf(ret, size, "/%s/%s%s%s/%s", strchr(api, '/') ? "apis" : "api", api,
                 namespaced ? "/namespaces/" : "", namespaced ? namespace : "",
                 row ? row->plural : plural);
    return n < 0 || (size_t)n >= size
               ? error_set(e, -E2BIG, "%s %s: its path is too long", kind, *ret_name)
               : 0;
}

int kube_path(struct kube_api *k, const json_t *object, char *ret, size_t size, struct error *e)
{
    char collection[PATH_SIZE];
    const char *name;
    int n, r = collection_path(k, object, collection, sizeof(collection), &name, e);

    if (r < 0)
        return r;
    n = snprintf(ret, size, "%s/%s", collection, name);
    return n < 0 || (size_t)n >= size ? error_set(e, -E2BIG, "%s: its path is too long", name) : 0;
}

int kube_create(struct kube_api *k, const json_t *object, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    char collection[PATH_SIZE];
    const char *name;
    int status, r = collection_path(k, object, collection, sizeof(collection), &name, e);

    if (r < 0)
        return r;
    r = call(k, "POST", collection, "application/json", object, &status, &answer, e);
    if (r < 0)
        return error_wrap(e, "%s/%s", collection, name);
    if (status == 409)
        return error_set(e, -EEXIST, "%s/%s: there is one already", collection, name);
    return status == 200 || status == 201 ? 0 : answer_error(status, answer, collection, e);
}

/* For servers without server-side apply. */
static int create_or_merge(struct kube_api *k, const json_t *object, const char *path,
                           const char *collection, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    int status, r = call(k, "POST", collection, "application/json", object, &status, &answer, e);

    if (r < 0)
        return r;
    if (status == 409)
        return kube_patch(k, path, "application/merge-patch+json", object, e);
    return status == 200 || status == 201 ? 0 : answer_error(status, answer, path, e);
}

int kube_apply(struct kube_api *k, const json_t *object, struct error *e)
{
    char collection[PATH_SIZE], path[PATH_SIZE], with_query[PATH_SIZE + 64];
    _cleanup_json_ json_t *answer = NULL;
    const char *name;
    int status, r;

    if ((r = collection_path(k, object, collection, sizeof(collection), &name, e)) < 0 ||
        (r = kube_path(k, object, path, sizeof(path), e)) < 0)
        return r;
    (void)snprintf(with_query, sizeof(with_query), "%s?fieldManager=" FIELD_MANAGER "&force=true",
                   path); /* path has its own limit */
    r = call(k, "PATCH", with_query, "application/apply-patch+yaml", object, &status, &answer, e);
    if (r < 0)
        return error_wrap(e, "%s", path);
    if (status == 415)
        return create_or_merge(k, object, path, collection, e);
    return status == 200 || status == 201 ? 0 : answer_error(status, answer, path, e);
}

bool kube_node_is_ready(const json_t *node, const char **ret_why)
{
    const json_t *conditions = json_object_get(json_object_get(node, "status"), "conditions");
    const json_t *item;
    size_t i;

    *ret_why = "the kubelet has not said anything yet";
    json_array_foreach(conditions, i, item)
    {
        const char *type = json_string_value(json_object_get(item, "type"));
        const char *status = json_string_value(json_object_get(item, "status"));
        const char *message = json_string_value(json_object_get(item, "message"));

        if (!type || strcmp(type, "Ready") != 0)
            continue;
        if (message && message[0])
            *ret_why = message;
        return status && !strcmp(status, "True");
    }
    return false;
}
