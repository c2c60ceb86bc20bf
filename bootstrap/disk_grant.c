/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_grant.h"

#include "common/parse.h"
#include "seed_client.h"

#define GRANTS_MAX (64 * 1024)

int disk_grants_get(struct context *c, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL;
    json_t *grants, *id;
    char uuid[UUID_TEXT_SIZE];
    const char *serial;
    int r = seed_client_get(c->client, "/v1/disks/grants", GRANTS_MAX, &answer, e);

    if (r == -ENOENT) { /* a taskbox of an older release grants nothing */
        *ret = json_object();
        return *ret ? 0 : error_oom(e);
    }
    if (r < 0 || (r = json_get_object(answer, "grants", &grants, e)) < 0)
        return r;
    json_object_foreach(grants, serial, id)
    {
        if (!json_is_string(id) || parse_uuid(json_string_value(id), uuid, e) < 0)
            return error_set(e, -EPROTO, "/v1/disks/grants: disk %.100s: expected an id", serial);
    }
    *ret = json_incref(grants);
    return 0;
}

int disk_grant_spend(struct context *c, const char *serial, const char *grant, bool marked,
                     struct error *e)
{
    _cleanup_json_ json_t *body =
        json_pack("{s:s, s:s, s:b}", "serial", serial, "grant", grant, "marked", marked);
    _cleanup_free_ char *text = body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (!text)
        return error_oom(e);
    return seed_client_post(c->client, "/v1/disks/wipe", "application/json", text, strlen(text),
                            NULL, e);
}
