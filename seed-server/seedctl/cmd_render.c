/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "command.h"
#include "common/file.h"
#include "common/protocol.h"
#include "offline.h"

#define DIFF_MAX (64 * 1024 * 1024)

/* A value on one line. */
static void add_value(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    buf_add_str(out, text ? text : "?");
    free(text);
}

static void add_line(struct buf *out, char sign, const char *path, const json_t *value)
{
    if (!value)
        return;
    buf_addf(out, "%c %s: ", sign, *path ? path : ".");
    add_value(out, value);
    buf_add_char(out, '\n');
}

/* What differs between two trees, by path: "- /host/ip: …", "+ /host/ip: …". Trees from json_parse
 * are not deeper than JSON_DEPTH_MAX. */
static void compare(const char *path, json_t *old, json_t *new, struct buf *out)
{
    _cleanup_buf_ struct buf below = BUF_INIT(65536);
    const char *key;
    json_t *value;
    size_t i;

    if (old && new &&json_equal(old, new))
        return;
    if (json_is_object(old) && json_is_object(new)) {
        json_object_foreach(old, key, value)
        {
            buf_clear(&below);
            buf_addf(&below, "%s/%s", path, key);
            compare(below.data ? below.data : "", value, json_object_get(new, key), out);
        }
        json_object_foreach(new, key, value)
        {
            buf_clear(&below);
            buf_addf(&below, "%s/%s", path, key);
            if (!json_object_get(old, key))
                add_line(out, '+', below.data ? below.data : "", value);
        }
        return;
    }
    if (json_is_array(old) && json_is_array(new) && json_array_size(old) == json_array_size(new)) {
        json_array_foreach(old, i, value)
        {
            buf_clear(&below);
            buf_addf(&below, "%s/%zu", path, i);
            compare(below.data ? below.data : "", value, json_array_get(new, i), out);
        }
        return;
    }
    add_line(out, '-', path, old);
    add_line(out, '+', path, new);
}

/* 0 when they are equal, COMMAND_REFUSED when they differ, as diff(1). */
static int print_difference(const char *file, const struct buf *rendered, struct error *e)
{
    _cleanup_json_ json_t *old = NULL, *new = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(DIFF_MAX);
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r;

    r = file_read(AT_FDCWD, file, PROTOCOL_CONFIG_MAX, &text, &len, e);
    if (r < 0)
        return r;
    r = json_parse(text, len, PROTOCOL_CONFIG_MAX, &old, e);
    if (r < 0)
        return error_wrap(e, "%s", file);
    r = json_parse(rendered->data, rendered->len, PROTOCOL_CONFIG_MAX, &new, e);
    if (r < 0)
        return r;
    compare("", old, new, &out);
    if (buf_check(&out) < 0)
        return error_oom(e);
    if (!out.len)
        return 0;
    fputs(out.data, stdout);
    return COMMAND_REFUSED;
}

int command_render(int argc, char *argv[], struct error *e)
{
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(PROTOCOL_CONFIG_MAX);
    struct offline_options o;
    size_t host;
    int r, first;

    r = offline_options_read(argc, argv, "diff", &o, &first);
    if (r != 0 || first + 1 != argc)
        return COMMAND_USAGE;
    r = offline_plan(&o, &plan, e);
    if (r != 0)
        return r;
    host = plan_find_host(plan, argv[first]);
    if (host == SIZE_MAX)
        return error_set(e, -ENOENT, "%s has no host %s with a role in the cluster", o.conf,
                         argv[first]);
    r = plan_render_host(plan, host, &out, e);
    if (r < 0)
        return r;
    if (o.diff)
        return print_difference(o.diff, &out, e);
    fwrite(out.data, 1, out.len, stdout);
    return 0;
}
