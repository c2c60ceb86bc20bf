/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/random.h>
#include <sys/stat.h>

/* Reads until the end or max + 1 bytes, whichever is first: st_size is only a hint, 0 in procfs and
 * out of date for a file that grows. */
static int read_all(int fd, size_t hint, size_t max, char **ret, size_t *ret_len, struct error *e)
{
    size_t allocated, len = 0;
    _cleanup_free_ char *data = NULL;

    if (max > SSIZE_MAX - 2)
        max = SSIZE_MAX - 2;
    allocated = (hint < max ? hint : max) + 2; /* the NUL and a byte too many */
    data = malloc(allocated);
    if (!data)
        return error_oom(e);
    for (;;) {
        ssize_t n;

        if (len + 1 == allocated) {
            size_t more = allocated * 2 < max + 2 ? allocated * 2 : max + 2;
            char *p = realloc(data, more);

            if (!p)
                return error_oom(e);
            data = p;
            allocated = more;
        }
        n = read(fd, data + len, allocated - len - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, -errno, "read");
        if (n == 0)
            break;
        len += (size_t)n;
        if (len > max)
            return error_set(e, -E2BIG, "longer than the %zu bytes that are accepted", max);
    }
    data[len] = '\0';
    *ret = TAKE_PTR(data);
    if (ret_len)
        *ret_len = len;
    return 0;
}

int fd_read(int fd, size_t max, char **ret, size_t *ret_len, struct error *e)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, "fstat");
    if (!S_ISREG(st.st_mode))
        return error_set(e, -EINVAL, "not a regular file");
    return read_all(fd, (size_t)st.st_size, max, ret, ret_len, e);
}

int file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len, struct error *e)
{
    /* Without O_NONBLOCK a FIFO would hold us before fstat could tell. */
    _cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int r;

    if (fd < 0)
        return error_set_errno(e, -errno, "%s", path);
    r = fd_read(fd, max, ret, ret_len, e);
    if (r < 0)
        error_wrap(e, "%s", path);
    return r;
}

/* The folder that holds path, opened; *ret_name is path's last component. */
static int open_parent(int dirfd, const char *path, const char **ret_name, int *ret_fd,
                       struct error *e)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    _cleanup_free_ char *parent = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    int fd;

    if (!parent)
        return error_oom(e);
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(e, -EINVAL, "%s: not the name of a file", path);
    fd = openat(dirfd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(e, -errno, "%s: opening its folder", path);
    if (ret_name)
        *ret_name = name;
    *ret_fd = fd;
    return 0;
}

static int sync_folder(int fd, const char *path, struct error *e)
{
    /* EINVAL: a file system without the notion, such as some network ones. */
    if (fsync(fd) < 0 && errno != EINVAL)
        return error_set_errno(e, -errno, "%s: syncing its folder", path);
    return 0;
}

#define TEMPORARY_NAME_SIZE 32

/* A new file of mode 0600 whose name does not depend on the final one, which may be as long as the
 * file system allows. */
static int open_temporary(int folder, char name[TEMPORARY_NAME_SIZE], struct error *e)
{
    for (int i = 0; i < 16; i++) {
        uint64_t random;
        int fd;

        if (getrandom(&random, sizeof(random), 0) != sizeof(random))
            return error_set_errno(e, -errno, "getrandom");
        (void)snprintf(name, TEMPORARY_NAME_SIZE, ".seed-%016llx", (unsigned long long)random);
        fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            return error_set_errno(e, -errno, "making a temporary file");
    }
    return error_set_errno(e, -EEXIST, "making a temporary file");
}

static int fill(int fd, const void *data, size_t len, mode_t mode, struct error *e)
{
    int r = fd_write_all(fd, data, len, e);

    if (r < 0)
        return r;
    if (fchmod(fd, mode) < 0)
        return error_set_errno(e, -errno, "fchmod");
    if (fsync(fd) < 0)
        return error_set_errno(e, -errno, "fsync");
    return 0;
}

int file_write_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                      struct error *e)
{
    _cleanup_close_ int folder = -1, fd = -1;
    char temporary[TEMPORARY_NAME_SIZE];
    const char *name;
    int r;

    r = open_parent(dirfd, path, &name, &folder, e);
    if (r < 0)
        return r;
    fd = open_temporary(folder, temporary, e);
    if (fd < 0) {
        error_wrap(e, "%s", path);
        return fd;
    }
    r = fill(fd, data, len, mode, e);
    if (r == 0 && renameat(folder, temporary, folder, name) < 0)
        r = error_set_errno(e, -errno, "rename");
    if (r < 0) {
        (void)unlinkat(folder, temporary, 0); /* the first error is the one to tell */
        error_wrap(e, "%s", path);
        return r;
    }
    return sync_folder(folder, path, e);
}

/* Whether path is a regular file (no symbolic link) of just this content and mode. */
static bool is_same(int dirfd, const char *path, const void *data, size_t len, mode_t mode)
{
    _cleanup_close_ int fd =
        openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    const char *expected = data;
    char piece[16384];
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    if ((uint64_t)st.st_size != len || (st.st_mode & 07777) != mode)
        return false;
    for (size_t at = 0; at < len;) {
        ssize_t n = read(fd, piece, sizeof(piece));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || (size_t)n > len - at || memcmp(piece, expected + at, (size_t)n) != 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

int file_write_if_changed(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                          bool *ret_changed, struct error *e)
{
    bool changed = !is_same(dirfd, path, data, len, mode);
    int r = changed ? file_write_atomic(dirfd, path, data, len, mode, e) : 0;

    if (r == 0 && ret_changed)
        *ret_changed = changed;
    return r;
}

static int make_folder(const char *path, mode_t mode, struct error *e)
{
    struct stat st;

    if (mkdir(path, mode) == 0) {
        /* mkdir's mode is what the umask leaves of it. */
        if (chmod(path, mode) < 0)
            return error_set_errno(e, -errno, "%s: chmod", path);
        return 0;
    }
    if (errno != EEXIST)
        return error_set_errno(e, -errno, "making folder %s", path);
    if (stat(path, &st) < 0)
        return error_set_errno(e, -errno, "%s", path);
    if (!S_ISDIR(st.st_mode))
        return error_set_errno(e, -ENOTDIR, "%s", path);
    return 0;
}

/* From the last one up: nearly always all but that are there. path is as it was afterwards. */
static int make_folders(char *path, mode_t mode, struct error *e)
{
    int r = make_folder(path, mode, e);
    char *slash;

    if (r != -ENOENT)
        return r;
    slash = strrchr(path, '/');
    while (slash && slash > path && slash[-1] == '/')
        slash--;
    if (!slash || slash == path)
        return r;
    *slash = '\0';
    r = make_folders(path, mode, e);
    *slash = '/';
    return r < 0 ? r : make_folder(path, mode, e);
}

int file_make_folders(const char *path, mode_t mode, struct error *e)
{
    _cleanup_free_ char *copy = NULL;
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) /* as nearly always */
        return 0;
    copy = strdup(path);
    return copy ? make_folders(copy, mode, e) : error_oom(e);
}

int file_make_parents(const char *path, mode_t mode, struct error *e)
{
    const char *slash = strrchr(path, '/');
    _cleanup_free_ char *parent = NULL;

    if (!slash || slash == path)
        return 0;
    parent = strndup(path, (size_t)(slash - path));
    return parent ? file_make_folders(parent, mode, e) : error_oom(e);
}

int file_set_aside(const char *path, struct error *e)
{
    _cleanup_free_ char *aside = NULL;

    if (asprintf(&aside, "%s.broken", path) < 0) {
        aside = NULL; /* its content is undefined then */
        return error_oom(e);
    }
    return rename(path, aside) < 0 ? error_set_errno(e, -errno, "setting aside %s", path) : 0;
}

int file_sync_folder_of(int dirfd, const char *path, struct error *e)
{
    _cleanup_close_ int folder = -1;
    int r = open_parent(dirfd, path, NULL, &folder, e);

    return r < 0 ? r : sync_folder(folder, path, e);
}

int file_sync_filesystem_of(int dirfd, const char *path, struct error *e)
{
    _cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || syncfs(fd) < 0)
        return error_set_errno(e, -errno, "%s", path);
    return 0;
}

int fd_write_all(int fd, const void *data, size_t len, struct error *e)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, -errno, "write");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int fd_read_at(int fd, void *ret, size_t len, uint64_t offset, struct error *e)
{
    char *to = ret;

    while (len > 0) {
        ssize_t n = pread(fd, to, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set_errno(e, n < 0 ? -errno : -EIO, "reading at byte %llu",
                                   (unsigned long long)offset);
        to += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

char *path_join(const char *dir, const char *name)
{
    size_t len = strlen(dir);
    char *path;

    while (len > 1 && dir[len - 1] == '/')
        len--;
    while (len > 0 && *name == '/')
        name++;
    if (asprintf(&path, "%.*s%s%s", (int)len, dir, len > 0 && dir[len - 1] != '/' ? "/" : "",
                 name) < 0)
        return NULL;
    return path;
}
