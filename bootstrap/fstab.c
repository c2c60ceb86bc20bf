/* SPDX-License-Identifier: Apache-2.0 */
#include "fstab.h"

#include <fcntl.h>

#include "common/buf.h"
#include "common/file.h"

#define BLANKS " \t"

/* The field at *p as [ret, ret + its length); *p moves behind it. */
static size_t next_field(const char **p, const char *end, const char **ret)
{
    const char *s = *p;
    size_t n = 0;

    while (s < end && strchr(BLANKS, *s))
        s++;
    while (s + n < end && !strchr(BLANKS, s[n]))
        n++;
    *ret = s;
    *p = s + n;
    return n;
}

/* Is the line [line, end) for this UUID or this place? Comments are not. */
static bool is_ours(const char *line, const char *end, const char *uuid, const char *place)
{
    const char *p = line, *what, *where;
    size_t what_len = next_field(&p, end, &what), where_len = next_field(&p, end, &where);

    if (!where_len || *what == '#')
        return false;
    if (where_len == strlen(place) && !memcmp(where, place, where_len))
        return true;
    return what_len == 5 + strlen(uuid) && !memcmp(what, "UUID=", 5) &&
           !strncasecmp(what + 5, uuid, what_len - 5);
}

int fstab_edit(const char *text, const char *uuid, const char *place, const char *fs, char **ret,
               struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(FSTAB_MAX + 1024);
    const char *line, *next;
    bool written = false;
    char *answer;

    for (line = text; *line; line = next) {
        const char *end = strchrnul(line, '\n');

        next = *end ? end + 1 : end;
        if (!is_ours(line, end, uuid, place)) {
            buf_add(&out, line, (size_t)(next - line));
            continue;
        }
        if (!written)
            buf_addf(&out, "UUID=%s %s %s " FSTAB_OPTIONS "\n", uuid, place, fs);
        written = true;
    }
    if (!written) {
        if (out.len && out.data[out.len - 1] != '\n')
            buf_add_char(&out, '\n');
        buf_addf(&out, "UUID=%s %s %s " FSTAB_OPTIONS "\n", uuid, place, fs);
    }
    answer = buf_take(&out, NULL);
    if (!answer)
        return error_oom(e);
    *ret = answer;
    return 0;
}

static int fstab_make(const char *path, const char *uuid, const char *place, const char *fs,
                      char **ret_old, char **ret_new, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, FSTAB_MAX, &text, &len, e);

    if (r == -ENOENT) {
        text = strdup("");
        len = 0;
        if (!text)
            return error_oom(e);
    } else if (r < 0) {
        return r;
    }
    if (strlen(text) != len)
        return error_set(e, -EINVAL, "%s holds a NUL byte", path);
    r = fstab_edit(text, uuid, place, fs, ret_new, e);
    if (r == 0)
        *ret_old = TAKE_PTR(text);
    return r;
}

int fstab_update(const char *path, const char *uuid, const char *place, const char *fs,
                 struct error *e)
{
    _cleanup_free_ char *old = NULL, *text = NULL;
    int r = fstab_make(path, uuid, place, fs, &old, &text, e);

    if (r != 0 || !strcmp(old, text))
        return r;
    return file_write_atomic(AT_FDCWD, path, text, strlen(text), 0644, e);
}

int fstab_check(const char *path, const char *uuid, const char *place, const char *fs, bool *ret,
                struct error *e)
{
    _cleanup_free_ char *old = NULL, *text = NULL;
    int r = fstab_make(path, uuid, place, fs, &old, &text, e);

    if (r == 0)
        *ret = !strcmp(old, text);
    return r;
}
