/* SPDX-License-Identifier: Apache-2.0 */
#include "kube_object.h"

char *kube_object_name(const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const char *name = json_string_value(json_object_get(metadata, "name"));
    const char *namespace = json_string_value(json_object_get(metadata, "namespace"));
    char *text;

    if (!kind || !name)
        return NULL;
    return asprintf(&text, "%s %s%s%s", kind, namespace ? namespace : "", namespace ? "/" : "",
                    name) < 0
               ? NULL
               : text;
}

bool kube_object_is(const json_t *object, const char *kind)
{
    const char *is = json_string_value(json_object_get(object, "kind"));

    return is && strcmp(is, kind) == 0;
}

bool kube_object_is_kept(const json_t *object)
{
    static const char *const kinds[] = {"Namespace", "PersistentVolume", "PersistentVolumeClaim",
                                        "CustomResourceDefinition", "Node"};

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kube_object_is(object, kinds[i]))
            return true;
    return false;
}

static const char *const control_plane[] = {"node-role.kubernetes.io/master",
                                            "node-role.kubernetes.io/control-plane"};

static bool is_listed(const char *key, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], key) == 0)
            return true;
    return false;
}

bool kube_label_is_taken(const char *key)
{
    static const char *const machine[] = {"kubernetes.io/hostname", "kubernetes.io/arch",
                                          "kubernetes.io/os", "beta.kubernetes.io/arch",
                                          "beta.kubernetes.io/os"};

    return is_listed(key, machine, ARRAY_SIZE(machine)) ||
           is_listed(key, control_plane, ARRAY_SIZE(control_plane));
}

bool kube_taint_is_taken(const char *key)
{
    static const char *const controllers[] = {"node.kubernetes.io/",
                                              "node.cloudprovider.kubernetes.io/"};

    for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
        if (strncmp(key, controllers[i], strlen(controllers[i])) == 0)
            return true;
    return is_listed(key, control_plane, ARRAY_SIZE(control_plane));
}
