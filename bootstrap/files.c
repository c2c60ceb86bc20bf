/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "owner.h"

#define FILE_MAX (4 * 1024 * 1024)

struct entry {
    char *path; /* with the root prefix */
    mode_t mode;
    struct owner owner;
    struct buf text;
};

static void entry_done(struct entry *entry)
{
    free(entry->path);
    buf_done(&entry->text);
}

/* "0644": three or four octal digits. */
static int parse_mode(const char *s, mode_t *ret, struct error *e)
{
    mode_t mode = 0;
    size_t len = strlen(s);

    if (len < 3 || len > 4 || strspn(s, "01234567") != len)
        return error_set(e, -EINVAL, "mode \"%s\": expected octal digits such as 0644", s);
    for (; *s; s++)
        mode = mode * 8 + (mode_t)(*s - '0');
    *ret = mode;
    return 0;
}

static bool is_safe_path(const char *path)
{
    return path[0] == '/' && !strstr(path, "/../") && path[strlen(path) - 1] != '/';
}

static int entry_read(struct context *c, json_t *json, struct entry *ret, struct error *e)
{
    const char *path, *mode, *text, *owner;
    json_t *value = json_object_get(json, "json");
    int r = json_get_string(json, "path", &path, e);

    if (r < 0)
        return r;
    if (!is_safe_path(path))
        return error_set(e, -EINVAL, "%s: not an absolute path", path);
    r = json_get_string(json, "mode", &mode, e);
    if (r >= 0)
        r = parse_mode(mode, &ret->mode, e);
    if (r >= 0)
        r = json_get_string_or(json, "owner", NULL, &owner, e);
    if (r >= 0)
        r = owner_find(c->root, owner, &ret->owner, e);
    if (r >= 0 && value)
        r = json_print_pretty(value, &ret->text, e);
    else if (r >= 0) {
        r = json_get_string(json, "text", &text, e);
        if (r >= 0)
            buf_add_str(&ret->text, text);
    }
    if (r >= 0)
        r = buf_check(&ret->text);
    if (r < 0)
        return error_wrap(e, "%s", path);
    ret->path = context_path(c, path);
    return ret->path ? 0 : error_oom(e);
}

static int write_one(struct context *c, json_t *json, bool *ret_changed, struct error *e)
{
    _cleanup_(entry_done) struct entry entry = {.text = BUF_INIT(FILE_MAX)};
    bool changed = false, moved = false;
    int r = entry_read(c, json, &entry, e);

    if (r < 0)
        return r;
    r = file_make_parents(entry.path, 0755, e);
    if (r < 0)
        return r;
    r = file_write_if_changed(AT_FDCWD, entry.path, entry.text.data ? entry.text.data : "",
                              entry.text.len, entry.mode, &changed, e);
    if (r >= 0)
        r = owner_set(entry.path, &entry.owner, &moved, e);
    if (r < 0)
        return r;
    if (changed)
        step_note(c, "wrote %s", entry.path);
    if ((changed || moved) && ret_changed)
        *ret_changed = true;
    return 0;
}

int files_write(struct context *c, json_t *files, bool *ret_changed, struct error *e)
{
    json_t *json;
    size_t i;

    json_array_foreach(files, i, json)
    {
        int r = write_one(c, json, ret_changed, e);

        if (r < 0)
            return r;
    }
    return 0;
}

static int check_one(struct context *c, json_t *json, bool *ret, struct error *e)
{
    _cleanup_(entry_done) struct entry entry = {.text = BUF_INIT(FILE_MAX)};
    _cleanup_free_ char *have = NULL;
    struct stat st;
    size_t len;
    int r = entry_read(c, json, &entry, e);

    if (r < 0)
        return r;
    r = file_read(AT_FDCWD, entry.path, FILE_MAX, &have, &len, e);
    if (r < 0 && r != -ENOENT)
        return r;
    *ret = r >= 0 && stat(entry.path, &st) == 0 && (st.st_mode & 07777) == entry.mode &&
           owner_is(&st, &entry.owner) && len == entry.text.len &&
           (len == 0 || memcmp(have, entry.text.data, len) == 0);
    return 0;
}

int files_check(struct context *c, json_t *files, bool *ret, struct error *e)
{
    bool good = true;
    json_t *json;
    size_t i;

    json_array_foreach(files, i, json)
    {
        int r = check_one(c, json, &good, e);

        if (r < 0)
            return r;
        if (!good)
            break;
    }
    *ret = good;
    return 0;
}
