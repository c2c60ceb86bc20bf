/* SPDX-License-Identifier: Apache-2.0 */
#include "conf_watch.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/log.h"

#define WATCHED (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR)
#define DEPTH_MAX 32 /* the inventory is refused beyond */

/* False when it is not watched. A folder that is not there, or went away just now, is nothing to
 * talk about: its parent is watched. */
static bool watch(int inotify_fd, const char *path, bool *said)
{
    if (inotify_add_watch(inotify_fd, path, WATCHED) >= 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR || *said)
        return false;
    *said = true; /* thousands of host_vars run into the same limit */
    if (errno == ENOSPC)
        log_warning("watching %s: raise fs.inotify.max_user_watches, ignoring: reload by SIGHUP",
                    path);
    else
        log_warning("watching %s: %s, ignoring: reload by SIGHUP", path, strerror(errno));
    return false;
}

/* Watched first and listed then: what is made in between is either listed or noticed. */
static void watch_below(int inotify_fd, const char *path, unsigned depth, bool *said)
{
    struct dirent *entry;
    DIR *d;

    if (!watch(inotify_fd, path, said) || depth == DEPTH_MAX)
        return;
    d = opendir(path);
    if (!d)
        return; /* the inventory says so when it reads it */
    while ((entry = readdir(d))) {
        _cleanup_free_ char *below = NULL;
        struct stat st;

        if (entry->d_name[0] == '.' || entry->d_type == DT_REG)
            continue;
        below = path_join(path, entry->d_name);
        if (!below)
            log_warning("watching %s: out of memory, ignoring: reload by SIGHUP", path);
        else if (stat(below, &st) == 0 && S_ISDIR(st.st_mode)) /* through links, as it is read */
            watch_below(inotify_fd, below, depth + 1, said);
    }
    (void)closedir(d); /* only read from */
}

void conf_watch(int inotify_fd, const char *conf)
{
    static const char *const folders[] = {"group_vars", "host_vars", "addons"};
    bool said = false;

    (void)watch(inotify_fd, conf, &said); /* said already */
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
        _cleanup_free_ char *path = path_join(conf, folders[i]);

        if (path)
            watch_below(inotify_fd, path, 0, &said);
        else
            log_warning("watching %s: out of memory, ignoring: reload by SIGHUP", conf);
    }
}
