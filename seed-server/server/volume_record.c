/* SPDX-License-Identifier: Apache-2.0 */
#include "volume_record.h"

#include <ctype.h>

#include "common/protocol.h"

#define PATH_TEXT_MAX 512

const json_t *volumes_find(const json_t *list, const char *path)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *has = json_string_value(json_object_get(item, "path"));

        if (has && strcmp(has, path) == 0)
            return item;
    }
    return NULL;
}

/* Whether it is right below the folder that the plan names is asked when it is used: the plan may
 * have changed since the node was told. */
static bool is_path(const char *path)
{
    const char *c;

    for (c = path; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/._-", *c))
            return false;
    return path[0] == '/' && c - path <= PATH_TEXT_MAX;
}

static int read_volume(const json_t *item, json_t *list, struct error *e)
{
    const char *path;
    int64_t bytes;
    int r;

    if ((r = json_get_string(item, "path", &path, e)) < 0 ||
        (r = json_get_int(item, "bytes", &bytes, e)) < 0)
        return r;
    if (!is_path(path))
        return error_set(e, -EINVAL, "expected an absolute path of letters, digits and /._-");
    if (bytes <= 0)
        return error_set(e, -EINVAL, "%s has no size", path);
    if (volumes_find(list, path))
        return error_set(e, -EINVAL, "%s is there twice", path);
    return json_array_append_new(
               list, json_pack("{s:s, s:I}", "path", path, "bytes", (json_int_t)bytes)) < 0
               ? error_oom(e)
               : 0;
}

int volumes_body_parse(const char *text, size_t len, json_t **ret_volumes, json_t **ret_emptied,
                       struct error *e)
{
    _cleanup_json_ json_t *body = NULL, *list = json_array(), *none = json_array();
    json_t *volumes, *emptied = none;
    const json_t *item;
    size_t i;
    int r;

    if (!list || !none)
        return error_oom(e);
    if ((r = json_parse(text, len, PROTOCOL_VOLUME_MAX, &body, e)) < 0 ||
        (r = json_get_array(body, "volumes", &volumes, e)) < 0 ||
        (json_object_get(body, "emptied") &&
         (r = json_get_array(body, "emptied", &emptied, e)) < 0))
        return error_set(e, -EINVAL, "the body is not {\"volumes\":[…],\"emptied\":[…]}");
    if (json_array_size(volumes) > VOLUMES_MAX || json_array_size(emptied) > VOLUMES_MAX)
        return error_set(e, -EINVAL, "more than %d volumes", VOLUMES_MAX);
    json_array_foreach(volumes, i, item)
    {
        r = read_volume(item, list, e);
        if (r < 0)
            return error_wrap(e, "volume %zu", i + 1);
    }
    json_array_foreach(emptied, i, item)
    {
        if (!json_is_string(item))
            return error_set(e, -EINVAL, "emptied: expected a list of ids");
    }
    *ret_volumes = TAKE_PTR(list);
    *ret_emptied = json_incref(emptied);
    return 0;
}

json_t *volumes_record(const char *text)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *item;
    size_t i;

    if (!text || json_parse(text, strlen(text), PROTOCOL_VOLUME_MAX, &list, NULL) < 0 ||
        !json_is_array(list))
        return json_array();
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(json_object_get(item, "path")))
            return json_array();
    }
    return TAKE_PTR(list);
}

static bool has_id(const json_t *emptied, const json_t *entry)
{
    const json_t *item, *id = json_object_get(entry, "id");
    size_t i;

    json_array_foreach(emptied, i, item)
    {
        if (json_equal(item, id))
            return true;
    }
    return false;
}

json_t *release_without(const json_t *list, const json_t *emptied)
{
    json_t *rest = json_array(), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (rest && !has_id(emptied, item) && json_array_append(rest, item) < 0) {
            json_decref(rest);
            rest = NULL;
        }
    }
    return rest;
}
