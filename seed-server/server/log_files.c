/* SPDX-License-Identifier: Apache-2.0 */
#include "log_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"

#define NOT_ENDED "[this step has not ended]\n"

static char *file_path(const char *state_folder, const char *host, enum step step,
                       const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/logs/%s/%s.log%s", state_folder, host, step_name(step), suffix) < 0
               ? NULL
               : path;
}

static int write_with(int flags, const char *path, const void *data, size_t len, struct error *e)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0640);
    int r;

    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    r = fd_write_all(fd, data, len, e);
    return r < 0 ? error_wrap(e, "%s", path) : 0;
}

int log_files_append(const char *state_folder, const char *host, enum step step, const void *data,
                     size_t len, struct error *e)
{
    _cleanup_free_ char *path = file_path(state_folder, host, step, ""),
                        *older = file_path(state_folder, host, step, ".1"),
                        *now = file_path(state_folder, host, step, ".now");
    struct stat st;
    int r;

    if (!path || !older || !now)
        return error_oom(e);
    r = file_make_parents(path, 0750, e);
    if (r < 0)
        return r;
    if (stat(path, &st) == 0 && (size_t)st.st_size + len > LOG_FILE_MAX && rename(path, older) < 0)
        return error_set_errno(e, -errno, "%s", older);
    r = write_with(O_APPEND, path, data, len, e);
    if (r == 0 && unlink(now) < 0 && errno != ENOENT)
        r = error_set_errno(e, -errno, "%s", now);
    return r;
}

/* Written aside and renamed: whoever reads it meanwhile sees one or the other. */
int log_files_set_running(const char *state_folder, const char *host, enum step step,
                          const void *data, size_t len, struct error *e)
{
    _cleanup_free_ char *path = file_path(state_folder, host, step, ".now"),
                        *aside = file_path(state_folder, host, step, ".new");
    int r;

    if (!path || !aside)
        return error_oom(e);
    r = file_make_parents(path, 0750, e);
    if (r == 0)
        r = write_with(O_TRUNC, aside, data, len, e);
    if (r == 0 && rename(aside, path) < 0)
        r = error_set_errno(e, -errno, "%s", path);
    return r;
}

static int add_file(const char *path, struct buf *out, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, 2 * LOG_FILE_MAX, &text, &len, e);

    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    buf_add(out, text, len);
    if (len > 0 && text[len - 1] != '\n')
        buf_add_char(out, '\n');
    return 0;
}

int log_files_read(const char *state_folder, const char *host, int step, struct buf *out,
                   struct error *e)
{
    for (int i = 0; i < STEP_COUNT; i++) {
        _cleanup_free_ char *path = file_path(state_folder, host, (enum step)i, ""),
                            *older = file_path(state_folder, host, (enum step)i, ".1"),
                            *now = file_path(state_folder, host, (enum step)i, ".now");
        size_t before;
        int r;

        if (!path || !older || !now)
            return error_oom(e);
        if ((step >= 0 && step != i) ||
            (access(path, F_OK) < 0 && access(older, F_OK) < 0 && access(now, F_OK) < 0))
            continue;
        buf_addf(out, "== %s\n", step_name((enum step)i));
        r = add_file(older, out, e);
        if (r == 0)
            r = add_file(path, out, e);
        before = out->len;
        if (r == 0)
            r = add_file(now, out, e);
        if (out->len > before)
            buf_add_str(out, NOT_ENDED);
        if (r < 0)
            return r;
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}
