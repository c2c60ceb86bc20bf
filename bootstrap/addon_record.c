/* SPDX-License-Identifier: Apache-2.0 */
#include "addon_record.h"

#include "common/kube_object.h"

#define ANNOTATION "nodeseed/addon"
#define RECORD_NAME "nodeseed-addons"
#define RECORD_PATH "/api/v1/namespaces/kube-system/configmaps/" RECORD_NAME
#define RECORD_KEY "objects"
#define RECORD_MAX (1024 * 1024) /* of a ConfigMap */

/* json_object_get() takes a const object and answers a value that may be changed. */
static json_t *member(const json_t *o, const char *key)
{
    return json_object_get(o, key);
}

json_t *addon_mark(const json_t *object, const char *addon)
{
    json_t *marked = json_deep_copy(object), *metadata = member(marked, "metadata");
    json_t *annotations = member(metadata, "annotations");

    if (!json_is_object(annotations)) { /* none, or null */
        annotations = json_object();
        if (json_object_set_new(metadata, "annotations", annotations) < 0)
            annotations = NULL;
    }
    if (json_object_set_new(annotations, ANNOTATION, json_string(addon)) < 0) {
        json_decref(marked);
        return NULL;
    }
    return marked;
}

json_t *addon_list(const json_t *addons)
{
    json_t *list = json_array();
    const json_t *addon, *object;
    size_t i, k;

    json_array_foreach(addons, i, addon)
    {
        json_array_foreach(member(addon, "objects"), k, object)
        {
            const json_t *metadata = member(object, "metadata");

            if (list &&
                json_array_append_new(list, json_pack("{s:O, s:O, s:{s:O, s:O*}}", "apiVersion",
                                                      member(object, "apiVersion"), "kind",
                                                      member(object, "kind"), "metadata", "name",
                                                      member(metadata, "name"), "namespace",
                                                      member(metadata, "namespace"))) < 0) {
                json_decref(list);
                list = NULL;
            }
        }
    }
    return list;
}

/* "apps/v1": 4; "v1": 0 */
static size_t group_length(const json_t *object)
{
    const char *api = json_string_value(member(object, "apiVersion"));
    const char *slash = api ? strchr(api, '/') : NULL;

    return slash ? (size_t)(slash - api) : 0;
}

static bool is_same(const json_t *a, const json_t *b)
{
    const char *api_a = json_string_value(member(a, "apiVersion"));
    const char *api_b = json_string_value(member(b, "apiVersion"));
    size_t len = group_length(a);

    return api_a && api_b && len == group_length(b) && strncmp(api_a, api_b, len) == 0 &&
           json_equal(member(a, "kind"), member(b, "kind")) &&
           json_equal(member(a, "metadata"), member(b, "metadata"));
}

json_t *addon_list_gone(const json_t *listed, const json_t *wanted)
{
    json_t *gone = json_array(), *item;
    const json_t *other;
    size_t i, k;

    json_array_foreach(listed, i, item)
    {
        bool found = false;

        json_array_foreach(wanted, k, other) found = found || is_same(item, other);
        if (!found && gone && json_array_append(gone, item) < 0) {
            json_decref(gone);
            gone = NULL;
        }
    }
    return gone;
}

/* ---- acting ---------------------------------------------------------------------------------- */

/* An empty list where nothing was listed yet, or somebody has spoilt it. */
static int read_listed(struct context *c, struct kube_api *api, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *map = NULL, *list = NULL;
    struct error why = ERROR_INIT;
    const char *text;
    int r = kube_get(api, RECORD_PATH, &map, &why);

    if (r < 0 && r != -ENOENT)
        return error_set(e, r, "%s", why.message);
    text = json_string_value(member(member(map, "data"), RECORD_KEY));
    if (text &&
        (json_parse(text, strlen(text), RECORD_MAX, &list, &why) < 0 || !json_is_array(list))) {
        step_note(c, "%s: %s, ignoring", RECORD_PATH, why.code ? why.message : "it is no list");
        json_decref(list);
        list = NULL;
    }
    *ret = list ? TAKE_PTR(list) : json_array();
    return *ret ? 0 : error_oom(e);
}

static int write_listed(struct kube_api *api, const json_t *list, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(RECORD_MAX);
    _cleanup_json_ json_t *map = NULL;
    int r = json_print(list, &text, e);

    if (r < 0)
        return r;
    map = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s}}", "apiVersion", "v1", "kind", "ConfigMap",
                    "metadata", "name", RECORD_NAME, "namespace", "kube-system", "data", RECORD_KEY,
                    text.data);
    return map ? kube_apply(api, map, e) : error_oom(e);
}

/* What depends on it goes too, as with kubectl: a Job's pods would stay otherwise. */
static int delete_one(struct context *c, struct kube_api *api, const json_t *gone, struct error *e)
{
    _cleanup_free_ char *name = kube_object_name(gone);
    char path[KUBE_PATH_SIZE], with_query[KUBE_PATH_SIZE + 64];
    _cleanup_json_ json_t *now = NULL;
    int r;

    if (!name)
        return 0; /* spoilt: it names nothing */
    if (kube_object_is_kept(gone)) {
        step_note(c, "%s is not in the configuration any more, and stays: kubectl deletes it",
                  name);
        return 0;
    }
    r = kube_path(api, gone, path, sizeof(path), e);
    if (r == 0)
        r = kube_get(api, path, &now, e);
    if (r < 0)
        return r == -ENOENT ? 0 : r; /* it, or all of its kind, went already */
    if (!member(member(member(now, "metadata"), "annotations"), ANNOTATION)) {
        step_note(c, "%s is not in the configuration any more, but was made by others: it stays",
                  name);
        return 0;
    }
    step_note(c, "%s is not in the configuration any more, deleting it", name);
    (void)snprintf(with_query, sizeof(with_query), "%s?propagationPolicy=Background",
                   path); /* path has its own limit */
    return kube_delete(api, with_query, e);
}

int addon_record_renew(struct context *c, struct kube_api *api, const json_t *addons,
                       struct error *e)
{
    _cleanup_json_ json_t *listed = NULL, *wanted = addon_list(addons), *gone = NULL;
    int r = wanted ? read_listed(c, api, &listed, e) : error_oom(e);
    size_t i;

    if (r < 0)
        return r;
    gone = addon_list_gone(listed, wanted);
    if (!gone)
        return error_oom(e);
    /* The last that was made goes first. */
    for (i = json_array_size(gone); i > 0; i--) {
        r = delete_one(c, api, json_array_get(gone, i - 1), e);
        if (r < 0)
            return r;
    }
    return json_equal(listed, wanted) ? 0 : write_listed(api, wanted, e);
}
