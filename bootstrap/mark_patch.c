/* SPDX-License-Identifier: Apache-2.0 */
#include "mark_patch.h"

#include "common/kube_object.h"

#define LABELS_SET "nodeseed/labels"
#define TAINTS_SET "nodeseed/taints"
#define KEY_SIZE 320                 /* a prefix of 253, a slash, a name of 63 */
#define SET_MAX ((size_t)256 * 1024) /* of all annotations, by the API server */

/* ---- what was set ---------------------------------------------------------------------------- */

/* Is the key one of a text with commas? */
static bool is_set(const char *set, const char *key)
{
    size_t len = strlen(key);

    while (set && *set) {
        size_t n = strcspn(set, ",");

        if (n == len && memcmp(set, key, len) == 0)
            return true;
        set += n + (set[n] == ',');
    }
    return false;
}

/* Was it set so, and is it not wanted any more? */
static bool is_over(const json_t *wanted, const char *kind, const char *set, const char *key)
{
    const json_t *before = json_object_get(json_object_get(wanted, "before"), kind);

    return is_set(set, key) && !json_object_get(json_object_get(wanted, kind), key) &&
           json_has_text(before, key);
}

/* The annotation is to have all that is wanted; what it has otherwise is forgotten, since it is
 * over or was never ours. */
static int put_set(json_t *annotations, const char *name, const char *had, const json_t *map,
                   struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(SET_MAX);
    _cleanup_json_ json_t *keys = json_array();
    json_t *value = NULL;
    const char *key;
    size_t i;
    json_t *any;

    /* As json_print, so that one set is one text. */
    json_object_foreach((json_t *)(uintptr_t)map, key, any)
    {
        for (i = 0; i < json_array_size(keys); i++)
            if (strcmp(json_string_value(json_array_get(keys, i)), key) > 0)
                break;
        if (!keys || json_array_insert_new(keys, i, json_string(key)) < 0)
            return error_oom(e);
    }
    json_array_foreach(keys, i, any)
    {
        if (text.len)
            buf_add_char(&text, ',');
        buf_add_str(&text, json_string_value(any));
    }
    if (buf_check(&text) < 0)
        return error_oom(e);
    if (text.len ? had && strcmp(had, text.data) == 0 : !had)
        return 0;
    value = text.len ? json_string(text.data) : json_null();
    return json_object_set_new(annotations, name, value) < 0 ? error_oom(e) : 0;
}

/* What the server says must be understood, and nothing that Kubernetes' own programs go by. */
static int check_wanted(const json_t *map, const char *what, bool (*is_taken)(const char *key),
                        struct error *e)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)map, name, value)
    {
        const char *end = is_taken == kube_taint_is_taken ? strrchr(name, ':') : strchr(name, '\0');
        char key[KEY_SIZE];

        if (!end || (size_t)(end - name) >= sizeof(key) || !json_is_string(value))
            return error_set(e, -EINVAL, "the %s %.300s is not understood", what, name);
        memcpy(key, name, (size_t)(end - name));
        key[end - name] = '\0';
        if (is_taken(key))
            return error_set(e, -EPERM, "the %s %s is Kubernetes' own", what, key);
    }
    return 0;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static int patch_labels(const json_t *has, const json_t *wanted, const char *set, json_t *labels,
                        struct error *e)
{
    json_t *map = json_object_get(wanted, "labels"), *value;
    const char *key;
    int r = 0;

    json_object_foreach(map, key, value)
    {
        if (!json_object_get(has, key) || !json_equal(json_object_get(has, key), value))
            r |= json_object_set(labels, key, value);
    }
    json_object_foreach((json_t *)(uintptr_t)has, key, value)
    {
        if (!kube_label_is_taken(key) && is_over(wanted, "labels", set, key))
            r |= json_object_set_new(labels, key, json_null());
    }
    return r < 0 ? error_oom(e) : 0;
}

/* ---- taints ---------------------------------------------------------------------------------- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

/* "KEY:EFFECT", which tells a Node's taints apart; NULL without memory. */
static char *name_of(const json_t *taint)
{
    char *name;

    return asprintf(&name, "%s:%s", text_of(taint, "key"), text_of(taint, "effect")) < 0 ? NULL
                                                                                         : name;
}

/* The list that the Node is to have: what it has, in its order, and then what is new. left are
 * those that are wanted and have not been seen. */
static int keep_taints(const json_t *has, const json_t *wanted, const char *set, json_t *left,
                       json_t *list, struct error *e)
{
    const json_t *taint;
    size_t i;

    json_array_foreach(has, i, taint)
    {
        _cleanup_free_ char *name = name_of(taint);
        _cleanup_json_ json_t *now = json_incref((json_t *)(uintptr_t)taint);
        const char *value;

        if (!name)
            return error_oom(e);
        if (!kube_taint_is_taken(text_of(taint, "key")) && is_over(wanted, "taints", set, name))
            continue;
        value = json_string_value(json_object_get(left, name));
        if (value && strcmp(value, text_of(taint, "value")) != 0) {
            json_decref(now);
            now = json_pack("{s:O, s:s*, s:O}", "key", json_object_get(taint, "key"), "value",
                            *value ? value : NULL, "effect", json_object_get(taint, "effect"));
        }
        (void)json_object_del(left, name); /* most are not in it */
        if (!now || json_array_append(list, now) < 0)
            return error_oom(e);
    }
    return 0;
}

static int add_taints(const json_t *left, json_t *list, struct error *e)
{
    const char *name, *colon;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)left, name, value)
    {
        const char *text = json_string_value(value);

        colon = strrchr(name, ':'); /* check_wanted: it has one */
        if (json_array_append_new(list, json_pack("{s:s%, s:s*, s:s}", "key", name,
                                                  (size_t)(colon - name), "value",
                                                  *text ? text : NULL, "effect", colon + 1)) < 0)
            return error_oom(e);
    }
    return 0;
}

/* *ret: the whole list, null where none is left; NULL where it stays as it is. */
static int patch_taints(const json_t *has, const json_t *wanted, const char *set, json_t **ret,
                        struct error *e)
{
    _cleanup_json_ json_t *left = json_copy(json_object_get(wanted, "taints"));
    _cleanup_json_ json_t *list = json_array(), *none = json_array();
    int r;

    if (!left || !list || !none)
        return error_oom(e);
    if ((r = keep_taints(has, wanted, set, left, list, e)) < 0 ||
        (r = add_taints(left, list, e)) < 0)
        return r;
    *ret = NULL;
    if (!json_equal(has ? has : none, list))
        *ret = json_array_size(list) ? TAKE_PTR(list) : json_null();
    return 0;
}

/* ---- all ------------------------------------------------------------------------------------- */

int mark_patch(const json_t *node, const json_t *wanted, json_t **ret, struct error *e)
{
    const json_t *metadata = json_object_get(node, "metadata");
    const json_t *notes = json_object_get(metadata, "annotations");
    const char *labels_set = json_string_value(json_object_get(notes, LABELS_SET));
    const char *taints_set = json_string_value(json_object_get(notes, TAINTS_SET));
    _cleanup_json_ json_t *patch = json_object(), *meta = json_object(), *list = NULL;
    _cleanup_json_ json_t *labels = json_object(), *annotations = json_object();
    json_t *version = json_object_get(metadata, "resourceVersion"), *want;
    int r;

    if (!patch || !meta || !labels || !annotations)
        return error_oom(e);
    if (!json_is_string(version))
        return error_set(e, -EINVAL, "a Node has no resourceVersion");
    if ((r = json_get_object(wanted, "taints", &want, e)) < 0 ||
        (r = check_wanted(want, "taint", kube_taint_is_taken, e)) < 0 ||
        (r = patch_taints(json_object_get(json_object_get(node, "spec"), "taints"), wanted,
                          taints_set, &list, e)) < 0 ||
        (r = put_set(annotations, TAINTS_SET, taints_set, want, e)) < 0 ||
        (r = json_get_object(wanted, "labels", &want, e)) < 0 ||
        (r = check_wanted(want, "label", kube_label_is_taken, e)) < 0 ||
        (r = patch_labels(json_object_get(metadata, "labels"), wanted, labels_set, labels, e)) <
            0 ||
        (r = put_set(annotations, LABELS_SET, labels_set, want, e)) < 0)
        return r;
    if (json_object_size(labels))
        r |= json_object_set(meta, "labels", labels);
    if (json_object_size(annotations))
        r |= json_object_set(meta, "annotations", annotations);
    if (list)
        r |= json_object_set(meta, "resourceVersion", version);
    if (json_object_size(meta))
        r |= json_object_set(patch, "metadata", meta);
    if (list)
        r |= json_object_set_new(patch, "spec", json_pack("{s:O}", "taints", list));
    if (r < 0)
        return error_oom(e);
    *ret = json_object_size(patch) ? TAKE_PTR(patch) : NULL;
    return 0;
}
