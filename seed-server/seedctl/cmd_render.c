/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "command.h"
#include "common/file.h"
#include "common/json_diff.h"
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
    buf_addf(out, "%c %s: ", sign, path);
    add_value(out, value);
    buf_add_char(out, '\n');
}

static int see(const char *path, const json_t *old, const json_t *new, void *userdata)
{
    add_line(userdata, '-', path, old);
    add_line(userdata, '+', path, new);
    return 0;
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
    r = json_diff(old, new, see, &out, e);
    if (r == 0 && buf_check(&out) < 0)
        r = error_oom(e);
    if (r < 0)
        return r;
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
