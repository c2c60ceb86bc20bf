/* SPDX-License-Identifier: Apache-2.0 */
#include "lease.h"

#include "common/json.h"

uint64_t lease_ends_ms(const struct lease *l, uint64_t silence_ms)
{
    if (!l->taken)
        return 0;
    return l->seen_ms + (l->confirmed ? silence_ms : LEASE_TENTATIVE_MS);
}

bool lease_is(const struct lease *l, const char *host, const char *id)
{
    return l->taken && strcmp(l->host, host) == 0 && strcmp(l->id, id) == 0;
}

int lease_take_record(struct lease *l, const char *value, uint64_t revision, uint64_t now_ms,
                      struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct lease taken = {.taken = true, .revision = revision, .seen_ms = now_ms};
    const char *id, *host;
    int r;

    if (!value) {
        *l = (struct lease){0};
        return 0;
    }
    r = json_parse(value, strlen(value), 4096, &o, e);
    if (r == 0)
        r = json_get_string(o, "id", &id, e);
    if (r == 0)
        r = json_get_string(o, "host", &host, e);
    if (r == 0)
        r = json_get_bool_or(o, "confirmed", false, &taken.confirmed, e);
    if (r < 0)
        return r;
    if (strlen(id) >= sizeof(taken.id) || strlen(host) >= sizeof(taken.host))
        return error_set(e, -EINVAL, "the lease's id or host is too long");
    memcpy(taken.id, id, strlen(id) + 1);
    memcpy(taken.host, host, strlen(host) + 1);
    if (lease_is(l, host, id))
        taken.seen_ms = l->seen_ms;
    *l = taken;
    return 0;
}

char *lease_record(const char *id, const char *host, bool confirmed, uint64_t realtime_ms)
{
    _cleanup_json_ json_t *o =
        json_pack("{s:s, s:s, s:b, s:I}", "id", id, "host", host, "confirmed", confirmed,
                  "granted_ms", (json_int_t)realtime_ms);

    return o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}
