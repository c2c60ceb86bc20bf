/* SPDX-License-Identifier: Apache-2.0 */
#include "mark_record.h"

#include "common/protocol.h"

#define BEFORE_MAX 256 /* of each; the oldest go */
#define MADE_MAX 4096

static const char *const kinds[] = {"labels", "taints"};

/* ---- a host's -------------------------------------------------------------------------------- */

/* The keys of a kind that the record and those before it had; new reference, NULL without memory.
 */
static json_t *before_of(const json_t *record, const char *kind)
{
    const json_t *had = json_object_get(json_object_get(record, "before"), kind);
    json_t *list = json_is_array(had) ? json_copy((json_t *)(uintptr_t)had) : json_array();
    json_t *map = json_object_get(record, kind), *value;
    const char *key;

    json_object_foreach(map, key, value)
    {
        if (list && !json_has_text(list, key) &&
            json_array_append_new(list, json_string(key)) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    while (json_array_size(list) > BEFORE_MAX)
        (void)json_array_remove(list, 0); /* it is there */
    return list;
}

/* A map of texts, as a config or a record has it; new reference. */
static int take_map(const json_t *o, const char *kind, json_t **ret, struct error *e)
{
    json_t *map = json_object_get(o, kind);
    const char *key;
    json_t *value;

    if (map && !json_is_object(map))
        return error_set(e, -EINVAL, "%s is no object", kind);
    json_object_foreach(map, key, value)
    {
        if (!json_is_string(value))
            return error_set(e, -EINVAL, "%s: %.100s is no text", kind, key);
    }
    *ret = map ? json_incref(map) : json_object();
    return *ret ? 0 : error_oom(e);
}

int mark_record_next(const char *text, const json_t *config, const char *digest, char **ret,
                     struct error *e)
{
    const json_t *node = json_object_get(config, "node");
    _cleanup_json_ json_t *record = NULL, *next = NULL, *labels = NULL, *taints = NULL;
    int r;

    if (text && (r = json_parse(text, strlen(text), PROTOCOL_CONFIG_MAX, &record, e)) < 0)
        return r;
    if ((r = take_map(node, kinds[0], &labels, e)) < 0 ||
        (r = take_map(node, kinds[1], &taints, e)) < 0)
        return error_wrap(e, "node");
    *ret = NULL;
    if (!record && json_object_size(labels) == 0 && json_object_size(taints) == 0)
        return 0;
    next = json_pack("{s:s, s:O, s:O, s:{s:o, s:o}}", "config", digest, kinds[0], labels, kinds[1],
                     taints, "before", kinds[0], before_of(record, kinds[0]), kinds[1],
                     before_of(record, kinds[1]));
    *ret = next ? json_dumps(next, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return *ret ? 0 : error_oom(e);
}

int mark_record_node(const char *text, const char *host, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *record = NULL, *labels = NULL, *taints = NULL;
    json_t *before;
    int r;

    if ((r = json_parse(text, strlen(text), PROTOCOL_CONFIG_MAX, &record, e)) < 0 ||
        (r = take_map(record, kinds[0], &labels, e)) < 0 ||
        (r = take_map(record, kinds[1], &taints, e)) < 0 ||
        (r = json_get_object(record, "before", &before, e)) < 0)
        return r;
    *ret = json_pack("{s:s, s:O, s:O, s:O}", "name", host, kinds[0], labels, kinds[1], taints,
                     "before", before);
    return *ret ? 0 : error_oom(e);
}

/* ---- what was made --------------------------------------------------------------------------- */

int nodes_made_parse(const char *text, size_t len, struct nodes_made *ret, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct nodes_made m = {.digest = ""};
    const char *digest;
    int64_t missing;
    int r;

    if ((r = json_parse(text, len, MADE_MAX, &o, e)) < 0 ||
        (r = json_get_string(o, "digest", &digest, e)) < 0 ||
        (r = json_get_int_or(o, "missing", 0, &missing, e)) < 0)
        return r;
    if (strlen(digest) != SHA256_TEXT_SIZE - 1 ||
        strspn(digest, "0123456789abcdef") != SHA256_TEXT_SIZE - 1)
        return error_set(e, -EINVAL, "digest is no SHA-256");
    if (missing < 0)
        return error_set(e, -EINVAL, "missing is no number of Nodes");
    memcpy(m.digest, digest, sizeof(m.digest));
    m.missing = (uint64_t)missing;
    *ret = m;
    return 0;
}

char *nodes_made_text(const struct nodes_made *m)
{
    _cleanup_json_ json_t *o =
        json_pack("{s:s, s:I}", "digest", m->digest, "missing", (json_int_t)m->missing);

    return o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

static uint64_t pause_ms(unsigned times, bool missing)
{
    uint64_t most = missing ? MARK_MISSING_MAX_MS : MARK_PAUSE_MAX_MS;
    uint64_t ms = times < 16 ? (uint64_t)MARK_PAUSE_MS << times : most;

    return ms < most ? ms : most;
}

bool mark_turn_take(struct mark_turn *t, const char *digest, bool missing, uint64_t now_ms)
{
    if (strcmp(t->digest, digest) != 0) {
        (void)snprintf(t->digest, sizeof(t->digest), "%s", digest); /* fits: it is one */
        t->times = 0;
    }
    if (t->told_ms && now_ms - t->told_ms < pause_ms(t->times, missing)) {
        t->due_ms = t->told_ms + pause_ms(t->times, missing);
        return false;
    }
    t->told_ms = now_ms ? now_ms : 1;
    t->times++;
    t->due_ms = 0;
    return true;
}

bool mark_turn_comes(struct mark_turn *t, uint64_t now_ms)
{
    if (!t->due_ms || now_ms < t->due_ms)
        return false;
    t->due_ms = 0;
    return true;
}
