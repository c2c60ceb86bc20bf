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
