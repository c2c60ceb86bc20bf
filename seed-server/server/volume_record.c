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

/* ---- release/HOST ---------------------------------------------------------------------------- */

const char *release_state(const json_t *entry)
{
    const char *state = json_string_value(json_object_get(entry, "state"));

    return state ? state : "asked";
}

bool release_is(const json_t *entry, const char *state)
{
    return strcmp(release_state(entry), state) == 0;
}

bool release_is_masters(const json_t *entry)
{
    return release_is(entry, "asked") || release_is(entry, "emptied");
}

json_t *release_to_empty(const json_t *list)
{
    json_t *result = json_array();
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (result && release_is(item, "empty") &&
            json_array_append_new(result,
                                  json_pack("{s:O, s:O}", "path", json_object_get(item, "path"),
                                            "id", json_object_get(item, "id"))) < 0) {
            json_decref(result);
            result = NULL;
        }
    }
    return result;
}

static bool has_id(const json_t *ids, const json_t *entry)
{
    const json_t *item, *id = json_object_get(entry, "id");
    size_t i;

    json_array_foreach(ids, i, item)
    {
        if (json_equal(item, id))
            return true;
    }
    return false;
}

bool release_note_emptied(json_t *list, const json_t *emptied)
{
    bool any = false;
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (release_is(item, "empty") && has_id(emptied, item) &&
            json_object_set_new(item, "state", json_string("emptied")) == 0)
            any = true;
    }
    return any;
}

bool release_answer(json_t *list, const char *id, const char *state, const char *why,
                    bool *ret_done)
{
    /* From which state an answer leads on. */
    static const struct {
        const char *from, *answer;
    } ways[] = {
        {"asked",   "empty"  },
        {"asked",   "refused"},
        {"emptied", "refused"},
        {"emptied", "done"   },
    };
    json_t *item;
    size_t i, k;

    *ret_done = false;
    json_array_foreach(list, i, item)
    {
        const char *has = json_string_value(json_object_get(item, "id"));

        if (!has || strcmp(has, id) != 0)
            continue;
        for (k = 0; k < ARRAY_SIZE(ways); k++) {
            if (!release_is(item, ways[k].from) || strcmp(state, ways[k].answer) != 0)
                continue;
            if (strcmp(state, "done") == 0) {
                *ret_done = true;
                return json_array_remove(list, i) == 0;
            }
            return json_object_set_new(item, "state", json_string(state)) == 0 &&
                   (!*why || json_object_set_new(item, "why", json_string(why)) == 0);
        }
    }
    return false;
}
