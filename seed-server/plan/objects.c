/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"

#define RBAC "rbac.authorization.k8s.io"

json_t *object_new(const char *api, const char *kind, const char *ns, const char *name)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s*}}", "apiVersion", api, "kind", kind, "metadata",
                     "name", name, "namespace", ns);
}

json_t *object_put(json_t *object, const char *key, json_t *value)
{
    if (!object) {
        json_decref(value);
        return NULL;
    }
    if (json_object_set_new(object, key, value) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *object_mark(json_t *object, const char *what, const char *name, const char *value)
{
    json_t *metadata = json_object_get(object, "metadata"),
           *marks = json_object_get(metadata, what);

    if (!marks) {
        marks = json_object();
        if (json_object_set_new(metadata, what, marks) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    if (json_object_set_new(marks, name, json_string(value)) < 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *object_service_account(const char *ns, const char *name)
{
    return object_new("v1", "ServiceAccount", ns, name);
}

json_t *object_cluster_binding(const char *name, const char *role, const char *ns,
                               const char *account)
{
    json_t *o = object_new(RBAC "/v1", "ClusterRoleBinding", NULL, name);

    o = object_put(
        o, "roleRef",
        json_pack("{s:s, s:s, s:s}", "apiGroup", RBAC, "kind", "ClusterRole", "name", role));
    return object_put(
        o, "subjects",
        json_pack("[{s:s, s:s, s:s}]", "kind", "ServiceAccount", "name", account, "namespace", ns));
}

static json_t *words(const char *text)
{
    json_t *list = json_array();
    size_t len;

    for (;; text += len + 1) {
        len = strcspn(text, ",");
        if (!list || json_array_append_new(list, json_stringn(text, len)) < 0) {
            json_decref(list);
            return NULL;
        }
        if (!text[len])
            return list;
    }
}

json_t *object_rule(const char *groups, const char *resources, const char *verbs)
{
    return json_pack("{s:o, s:o, s:o}", "apiGroups", words(groups), "resources", words(resources),
                     "verbs", words(verbs));
}

json_t *object_host_path(const char *name, const char *path, const char *type)
{
    return json_pack("{s:s, s:{s:s, s:s*}}", "name", name, "hostPath", "path", path, "type", type);
}

json_t *object_env(const char *name, const char *value)
{
    return json_pack("{s:s, s:s}", "name", name, "value", value);
}

json_t *object_env_field(const char *name, const char *path)
{
    return json_pack("{s:s, s:{s:{s:s}}}", "name", name, "valueFrom", "fieldRef", "fieldPath",
                     path);
}

json_t *addon_new(const char *name, json_t *objects, json_t *wait)
{
    return json_pack("{s:s, s:o, s:o}", "name", name, "objects", objects, "wait",
                     wait ? wait : json_null());
}
