/* SPDX-License-Identifier: Apache-2.0 */
#include "config_files.h"

#include <fcntl.h>
#include <stdio.h>

#include "common/file.h"
#include "common/parse.h"
#include "common/protocol.h"

#define NEXT ".next"

static char *file_path(const char *state_folder, const char *host, const char *suffix)
{
    char *path;

    return asprintf(&path, "%s/configs/%s%s", state_folder, host, suffix) < 0 ? NULL : path;
}

/* Not brought to disk by force: after a power cut the digest tells, and thousands are written at a
 * time. */
int config_files_write(const char *state_folder, const char *host, bool next, const char *text,
                       size_t len, struct error *e)
{
    _cleanup_free_ char *path = file_path(state_folder, host, next ? NEXT : "");
    _cleanup_free_ char *aside = file_path(state_folder, host, ".new");
    _cleanup_close_ int fd = -1;
    int r;

    if (!path || !aside)
        return error_oom(e);
    r = file_make_parents(path, 0700, e);
    if (r < 0)
        return r;
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set_errno(e, -errno, "%s", aside);
    r = fd_write_all(fd, text, len, e);
    if (r < 0)
        return error_wrap(e, "%s", aside);
    return rename(aside, path) < 0 ? error_set_errno(e, -errno, "%s", path) : 0;
}

/* -ENOENT also for another one. */
static int read_one(const char *path, const char *digest, struct buf *out, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    uint8_t bytes[SHA256_SIZE];
    char hex[SHA256_TEXT_SIZE];
    size_t len;
    int r = file_read(AT_FDCWD, path, PROTOCOL_CONFIG_MAX, &text, &len, e);

    if (r == 0)
        r = sha256(text, len, bytes, e);
    if (r < 0)
        return r;
    format_hex(bytes, sizeof(bytes), hex);
    if (strcmp(hex, digest) != 0)
        return error_set(e, -ENOENT, "%s is another config", path);
    if (out)
        buf_add(out, text, len);
    return out && buf_check(out) < 0 ? error_oom(e) : 0;
}

int config_files_read(const char *state_folder, const char *host, const char *digest,
                      struct buf *out, struct error *e)
{
    static const char *const suffixes[] = {"", NEXT};
    int r = -ENOENT;

    for (size_t i = 0; i < ARRAY_SIZE(suffixes) && r == -ENOENT; i++) {
        _cleanup_free_ char *path = file_path(state_folder, host, suffixes[i]);

        if (!path)
            return error_oom(e);
        r = read_one(path, digest, out, e);
    }
    return r;
}

int config_files_carried_out(const char *state_folder, const char *host, const char *digest,
                             struct error *e)
{
    _cleanup_free_ char *path = file_path(state_folder, host, "");
    _cleanup_free_ char *next = file_path(state_folder, host, NEXT);
    int r;

    if (!path || !next)
        return error_oom(e);
    r = read_one(next, digest, NULL, e);
    if (r < 0)
        return r;
    return rename(next, path) < 0 ? error_set_errno(e, -errno, "%s", path) : 0;
}
