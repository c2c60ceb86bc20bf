/* SPDX-License-Identifier: Apache-2.0 */
#include "json_diff.h"

#include "kube_object.h"

#define PATH_MAX_BYTES 65536
#define LINES_MAX 2000 /* longer texts of other lengths differ as a whole */

struct walk {
    json_diff_seen *seen;
    void *userdata;
    struct buf path;
    struct error *e;
};

static int compare(struct walk *w, const json_t *old, const json_t *new);

static int see(struct walk *w, const json_t *old, const json_t *new)
{
    if (buf_check(&w->path) < 0)
        return error_oom(w->e);
    return w->seen(w->path.len ? w->path.data : ".", old, new, w->userdata);
}

/* Compares what is one level further down: "/NAME", of a list's item "[NAME]". */
static int below(struct walk *w, bool is_item, const char *name, const json_t *old,
                 const json_t *new)
{
    size_t len = w->path.len;
    int r;

    if (old && new &&json_equal(old, new))
        return 0;
    buf_addf(&w->path, "%c%s%s", is_item ? '[' : '/', name, is_item ? "]" : "");
    r = compare(w, old, new);
    if (w->path.len > len) {
        w->path.len = len;
        w->path.data[len] = '\0';
    }
    return r;
}

/* ---- what names an item ---------------------------------------------------------------------- */

/* To free; NULL where nothing does. */
static char *item_name(const json_t *item)
{
    static const char *const members[] = {"path", "name", "address", "match"};
    char *name = kube_object_name(item);
    const json_t *value;

    for (size_t i = 0; !name && i < ARRAY_SIZE(members); i++) {
        value = json_object_get(item, members[i]);
        if (json_is_string(value))
            name = strdup(json_string_value(value));
        else if (json_is_object(value))
            name = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    }
    return name;
}

/* The items by their names, as an object in their order; NULL where one has none, or has another's.
 */
static json_t *by_name(const json_t *list)
{
    json_t *map = json_object(), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        _cleanup_free_ char *name = item_name(item);

        if (!map || !name || json_object_get(map, name) || json_object_set(map, name, item) < 0) {
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

/* ---- objects, lists, texts ------------------------------------------------------------------- */

static int compare_objects(struct walk *w, bool are_items, const json_t *old, const json_t *new)
{
    /* jansson's iterator takes no const object; it changes nothing. */
    json_t *from = (json_t *)(uintptr_t)old, *to = (json_t *)(uintptr_t) new, *value;
    const char *key;
    int r = 0;

    json_object_foreach(from, key, value)
    {
        r = below(w, are_items, key, value, json_object_get(new, key));
        if (r != 0)
            return r;
    }
    json_object_foreach(to, key, value)
    {
        if (!json_object_get(old, key))
            r = below(w, are_items, key, NULL, value);
        if (r != 0)
            return r;
    }
    return 0;
}

static int compare_lists(struct walk *w, const json_t *old, const json_t *new)
{
    _cleanup_json_ json_t *from = by_name(old), *to = by_name(new);
    char number[24];
    size_t i;
    int r = 0;

    if (from && to)
        return compare_objects(w, true, from, to);
    if (json_array_size(old) != json_array_size(new))
        return see(w, old, new);
    for (i = 0; i < json_array_size(old) && r == 0; i++) {
        (void)snprintf(number, sizeof(number), "%zu", i); /* fits */
        r = below(w, false, number, json_array_get(old, i), json_array_get(new, i));
    }
    return r;
}

/* Its lines as a list; those that are JSON objects as such. */
static json_t *lines_of(const char *text)
{
    json_t *list = json_array();

    while (list && *text) {
        size_t len = strcspn(text, "\n");
        json_t *line = NULL;

        if (text[0] == '{' && json_parse(text, len, len, &line, NULL) < 0)
            line = NULL;
        if (json_array_append_new(list, line ? line : json_stringn(text, len)) < 0) {
            json_decref(list);
            return NULL;
        }
        text += len + (text[len] == '\n');
    }
    return list;
}

static bool has_item(const json_t *list, const json_t *wanted)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (json_equal(item, wanted))
            return true;
    }
    return false;
}

static int compare_texts(struct walk *w, const json_t *old, const json_t *new)
{
    _cleanup_json_ json_t *from = lines_of(json_string_value(old)),
                          *to = lines_of(json_string_value(new));
    const json_t *line;
    size_t i;
    int r = 0;

    if (!from || !to)
        return error_oom(w->e);
    if (json_equal(from, to)) /* but for the newline at the end */
        return see(w, old, new);
    if (json_array_size(from) == json_array_size(to)) {
        for (i = 0; i < json_array_size(from) && r == 0; i++) {
            const json_t *a = json_array_get(from, i), *b = json_array_get(to, i);

            if (json_equal(a, b))
                continue;
            r = json_is_object(a) && json_is_object(b) ? compare(w, a, b) : see(w, a, b);
        }
        return r;
    }
    if (json_array_size(from) > LINES_MAX || json_array_size(to) > LINES_MAX)
        return see(w, old, new);
    json_array_foreach(from, i, line)
    {
        if (r == 0 && !has_item(to, line))
            r = see(w, line, NULL);
    }
    json_array_foreach(to, i, line)
    {
        if (r == 0 && !has_item(from, line))
            r = see(w, NULL, line);
    }
    return r;
}

static int compare(struct walk *w, const json_t *old, const json_t *new)
{
    if (old && new &&json_equal(old, new))
        return 0;
    if (json_is_object(old) && json_is_object(new))
        return compare_objects(w, false, old, new);
    if (json_is_array(old) && json_is_array(new))
        return compare_lists(w, old, new);
    if (json_is_string(old) && json_is_string(new) &&
        (strchr(json_string_value(old), '\n') || strchr(json_string_value(new), '\n')))
        return compare_texts(w, old, new);
    return see(w, old, new);
}

int json_diff(const json_t *old, const json_t *new, json_diff_seen *seen, void *userdata,
              struct error *e)
{
    struct walk w = {.seen = seen, .userdata = userdata, .path = BUF_INIT(PATH_MAX_BYTES), .e = e};
    int r = compare(&w, old, new);

    buf_done(&w.path);
    return r;
}
