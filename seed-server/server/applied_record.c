/* SPDX-License-Identifier: Apache-2.0 */
#include "applied_record.h"

#define RECORD_MAX 4096

static int take_digest(const json_t *o, const char *key, char ret[SHA256_TEXT_SIZE],
                       struct error *e)
{
    const char *text;
    int r = json_get_string_or(o, key, "", &text, e);

    if (r < 0)
        return r;
    if (*text && strlen(text) != SHA256_TEXT_SIZE - 1)
        return error_set(e, -EINVAL, "%s is no SHA-256", key);
    memcpy(ret, text, strlen(text) + 1);
    return 0;
}

int applied_parse(const char *text, struct applied *ret, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    struct applied a = {.config = ""};
    int r = 0;

    if (text && ((r = json_parse(text, strlen(text), RECORD_MAX, &o, e)) < 0 ||
                 (r = take_digest(o, "config", a.config, e)) < 0 ||
                 (r = take_digest(o, "from", a.from, e)) < 0))
        return r;
    *ret = a;
    return 0;
}

char *applied_text(const struct applied *a)
{
    _cleanup_json_ json_t *o =
        json_pack("{s:s, s:s*}", "config", a->config, "from", a->from[0] ? a->from : NULL);

    return o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

const char *applied_carried_out(const struct applied *a)
{
    return a->from[0] ? a->from : a->config;
}

bool applied_attended(struct applied *a, const char *has, const char *current)
{
    bool is_wanted = strcmp(has, a->config) == 0;

    if (!has[0] || (is_wanted && !a->from[0]))
        return false;
    /* Ready for the first time; done; or it has what the plan says without having been told to, as
     * a machine does that had lost its own. */
    if (a->config[0] && !is_wanted && strcmp(has, current) != 0)
        return false;
    memmove(a->config, has, strlen(has) + 1);
    a->from[0] = '\0';
    return true;
}

bool applied_is_due(const struct applied *a, const char *has, const char *current)
{
    return a->config[0] && has[0] && strcmp(has, a->config) != 0 && strcmp(has, current) != 0;
}
