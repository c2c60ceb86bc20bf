/* SPDX-License-Identifier: Apache-2.0 */
#include "log_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"

static char *file_path(const char *state_folder, const char *host, enum step step,
                       const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/logs/%s/%s.log%s", state_folder, host, step_name(step), suffix) < 0
               ? NULL
               : path;
}

static int append(const char *path, const void *data, size_t len, struct error *e)
{
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    const char *at = data;

    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    while (len > 0) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, -errno, "%s", path);
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int log_files_append(const char *state_folder, const char *host, enum step step, const void *data,
                     size_t len, struct error *e)
{
    _cleanup_free_ char *path = file_path(state_folder, host, step, ""),
                        *older = file_path(state_folder, host, step, ".1");
    struct stat st;
    int r;

    if (!path || !older)
        return error_oom(e);
    r = file_make_parents(path, 0750, e);
    if (r < 0)
        return r;
    if (stat(path, &st) == 0 && (size_t)st.st_size + len > LOG_FILE_MAX && rename(path, older) < 0)
        return error_set_errno(e, -errno, "%s", older);
    return append(path, data, len, e);
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
                            *older = file_path(state_folder, host, (enum step)i, ".1");
        int r;

        if (!path || !older)
            return error_oom(e);
        if ((step >= 0 && step != i) || (access(path, F_OK) < 0 && access(older, F_OK) < 0))
            continue;
        buf_addf(out, "== %s\n", step_name((enum step)i));
        r = add_file(older, out, e);
        if (r == 0)
            r = add_file(path, out, e);
        if (r < 0)
            return r;
    }
    return buf_check(out) < 0 ? error_oom(e) : 0;
}
