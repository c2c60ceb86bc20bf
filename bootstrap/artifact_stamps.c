/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact_stamps.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "download.h"

#define STAMPS_MAX (256 * 1024)

int stamps_open(struct stamps *s, const char *path, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;

    *s = (struct stamps){.path = strdup(path)};
    if (!s->path)
        return error_oom(e);
    if (file_read(AT_FDCWD, path, STAMPS_MAX, &text, &len, NULL) == 0 &&
        json_parse(text, len, STAMPS_MAX, &s->files, NULL) == 0 && !json_is_object(s->files)) {
        json_decref(s->files);
        s->files = NULL;
    }
    if (!s->files)
        s->files = json_object();
    return s->files ? 0 : error_oom(e);
}

void stamps_done(struct stamps *s)
{
    free(s->path);
    json_decref(s->files);
    *s = (struct stamps){.path = NULL};
}

static json_t *stamp_make(const struct stat *st, const char *sha256)
{
    return json_pack("{s:s, s:I, s:I, s:I}", "sha256", sha256, "inode", (json_int_t)st->st_ino,
                     "size", (json_int_t)st->st_size, "changed_ns",
                     (json_int_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec);
}

int stamps_check(struct stamps *s, const char *file, const struct artifact *a, bool *ret,
                 struct error *e)
{
    _cleanup_json_ json_t *stamp = NULL;
    struct stat st;
    int r;

    *ret = false;
    if (lstat(file, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : error_set_errno(e, -errno, "%s", file);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != a->size || (st.st_mode & 07777) != a->mode)
        return 0;
    stamp = stamp_make(&st, a->sha256);
    if (!stamp)
        return error_oom(e);
    if (json_equal(stamp, json_object_get(s->files, file))) {
        *ret = true;
        return 0;
    }
    r = file_has_digest(file, a->size, a->sha256, ret, e);
    if (r < 0 || !*ret)
        return r;
    s->changed = true;
    return json_object_set(s->files, file, stamp) < 0 ? error_oom(e) : 0;
}

int stamps_add(struct stamps *s, const char *file, const struct artifact *a, struct error *e)
{
    struct stat st;

    if (lstat(file, &st) < 0)
        return error_set_errno(e, -errno, "%s", file);
    s->changed = true;
    return json_object_set_new(s->files, file, stamp_make(&st, a->sha256)) < 0 ? error_oom(e) : 0;
}

int stamps_save(struct stamps *s, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(STAMPS_MAX);
    int r;

    if (!s->changed)
        return 0;
    r = json_print_pretty(s->files, &text, e);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, s->path, text.data, text.len, 0600, e);
    if (r == 0)
        s->changed = false;
    return r;
}
