/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "disk_marker.h"
#include "volumes.h"

#define TICK_EVERY 256 /* entries */
#define NAME_SIZE 64

/* Whatever was written may be of any depth, deeper than paths and open folders go. So no folder is
 * gone into: those inside of a folder are moved to the top first, which leaves it with files alone.
 */
struct emptying {
    int top;
    const char *path;
    dev_t device;
    unsigned moved, seen;
    void (*tick)(void *userdata);
    void *userdata;
    struct error *e;
};

static bool is_kept(const char *name)
{
    return strcmp(name, "lost+found") == 0 || strcmp(name, DISK_MARKER_NAME) == 0;
}

static int failed(struct emptying *x, const char *name)
{
    return error_set_errno(x->e, -errno, "emptying %s: %.200s", x->path, name);
}

static void count(struct emptying *x)
{
    if (x->tick && ++x->seen % TICK_EVERY == 0)
        x->tick(x->userdata);
}

/* To the top, under a name that nothing has. */
static int move_up(struct emptying *x, int folder, const char *name)
{
    char to[NAME_SIZE];
    struct stat st;

    for (;;) {
        (void)snprintf(to, sizeof(to), ".nodeseed-emptying-%u", x->moved++);
        if (fstatat(x->top, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
            continue;
        return renameat(folder, name, x->top, to) < 0 ? failed(x, name) : 0;
    }
}

/* *ret_folder: the entry is a folder, which is still there. */
static int remove_file(struct emptying *x, int folder, const char *name, bool *ret_folder)
{
    struct stat st;

    count(x);
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : failed(x, name);
    *ret_folder = S_ISDIR(st.st_mode);
    if (st.st_dev != x->device)
        return error_set(x->e, -EBUSY, "emptying %s: something is mounted at %.200s in it", x->path,
                         name);
    if (*ret_folder)
        return 0;
    return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? failed(x, name) : 0;
}

static int flatten(struct emptying *x, const char *name)
{
    int fd = openat(x->top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
    struct dirent *entry;
    bool is_folder;
    DIR *dir;

    if (fd < 0)
        return failed(x, name);
    dir = fdopendir(fd);
    if (!dir) {
        (void)close(fd);
        return failed(x, name);
    }
    while (r == 0 && (errno = 0, entry = readdir(dir))) {
        is_folder = false;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        r = remove_file(x, fd, entry->d_name, &is_folder);
        if (r == 0 && is_folder)
            r = move_up(x, fd, entry->d_name);
    }
    if (r == 0 && errno)
        r = failed(x, name);
    (void)closedir(dir); /* it was only read */
    if (r == 0 && unlinkat(x->top, name, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY)
        r = failed(x, name);
    return r;
}

/* One walk over the top; *ret_left says that there is something still. */
static int pass(struct emptying *x, bool *ret_left)
{
    int fd = openat(x->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
    struct dirent *entry;
    bool is_folder;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (!dir) {
        r = failed(x, ".");
        if (fd >= 0)
            (void)close(fd);
        return r;
    }
    *ret_left = false;
    while (r == 0 && (errno = 0, entry = readdir(dir))) {
        is_folder = false;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || is_kept(entry->d_name))
            continue;
        *ret_left = true;
        r = remove_file(x, x->top, entry->d_name, &is_folder);
        if (r == 0 && is_folder)
            r = flatten(x, entry->d_name);
    }
    if (r == 0 && errno)
        r = failed(x, ".");
    (void)closedir(dir); /* it was only read */
    return r;
}

int volume_empty(const char *path, void (*tick)(void *userdata), void *userdata, struct error *e)
{
    _cleanup_close_ int top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct emptying x = {.top = top, .path = path, .tick = tick, .userdata = userdata, .e = e};
    bool left = true;
    struct stat st;
    int r = 0;

    if (top < 0 || fstat(top, &st) < 0)
        return error_set_errno(e, -errno, "%s", path);
    x.device = st.st_dev;
    while (r == 0 && left)
        r = pass(&x, &left);
    if (r == 0 && syncfs(top) < 0)
        r = error_set_errno(e, -errno, "%s", path);
    return r;
}
