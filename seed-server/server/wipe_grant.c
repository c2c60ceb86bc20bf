/* SPDX-License-Identifier: Apache-2.0 */
#include "wipe_grant.h"

#define RECORD_MAX 4096

static const char *const state_names[WIPE_STATE_COUNT] = {
    [WIPE_GRANTED] = "granted",
    [WIPE_BEGUN] = "begun",
    [WIPE_SPENT] = "spent",
};

int wipe_grant_parse(const char *text, struct wipe_grant *ret, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct wipe_grant g = {.state = WIPE_STATE_COUNT};
    const char *id, *state;
    int64_t since;
    size_t i;
    int r = json_parse(text, strlen(text), RECORD_MAX, &o, e);

    if (r < 0 || (r = json_get_string(o, "grant", &id, e)) < 0 ||
        (r = json_get_string(o, "state", &state, e)) < 0 ||
        (r = json_get_int(o, "since_ms", &since, e)) < 0 || (r = parse_uuid(id, g.id, e)) < 0)
        return r;
    for (i = 0; i < WIPE_STATE_COUNT; i++)
        if (strcmp(state, state_names[i]) == 0)
            g.state = (enum wipe_state)i;
    if (g.state == WIPE_STATE_COUNT)
        return error_set(e, -EINVAL, "state \"%.40s\" is not known to this version", state);
    g.since_ms = (uint64_t)since;
    *ret = g;
    return 0;
}

char *wipe_grant_text(const struct wipe_grant *g)
{
    _cleanup_json_ json_t *o =
        json_pack("{s:s, s:s, s:I}", "grant", g->id, "state", state_names[g->state], "since_ms",
                  (json_int_t)g->since_ms);

    return o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

int wipe_use_parse(const char *body, size_t len, struct wipe_use *ret, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct wipe_use use = {.marked = false};
    const char *serial, *id;
    int r = json_parse(body, len, WIPE_BODY_MAX, &o, e);

    if (r < 0 || (r = json_get_string(o, "serial", &serial, e)) < 0 ||
        (r = json_get_string(o, "grant", &id, e)) < 0 ||
        (r = json_get_bool_or(o, "marked", false, &use.marked, e)) < 0 ||
        (r = parse_uuid(id, use.id, e)) < 0)
        return r;
    if (!*serial || strlen(serial) >= sizeof(use.serial))
        return error_set(e, -EINVAL, "\"serial\" is a disk's serial number");
    memcpy(use.serial, serial, strlen(serial) + 1);
    *ret = use;
    return 0;
}

int wipe_grant_apply(struct wipe_grant *g, const struct wipe_use *use, uint64_t now_ms,
                     bool *ret_store, struct error *e)
{
    enum wipe_state to = use->marked ? WIPE_SPENT : WIPE_BEGUN;

    if (strcmp(g->id, use->id) != 0)
        return error_set(e, -EEXIST, "another grant counts for disk %s now", use->serial);
    if (g->state > to)
        return error_set(e, -EEXIST, "the grant to wipe disk %s is spent", use->serial);
    /* said again it changes nothing: the answer was lost, or the machine's power */
    *ret_store = g->state != to;
    g->state = to;
    if (*ret_store)
        g->since_ms = now_ms;
    return 0;
}
