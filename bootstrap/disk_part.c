/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_part.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/clock.h"
#include "common/file.h"

#define NODE_TRIES 20 /* devtmpfs has the node when the ioctl returns, others need a moment */

static int tell_kernel(int fd, int op, unsigned number, uint64_t start, uint64_t size)
{
    struct blkpg_partition p = {
        .pno = (int)number, .start = (long long)start, .length = (long long)size};
    struct blkpg_ioctl_arg argument = {.op = op, .datalen = sizeof(p), .data = &p};

    return ioctl(fd, BLKPG, &argument) < 0 ? -errno : 0;
}

/* A number in one of sysfs's attributes; false when it is not there. */
static bool read_number(int dir, const char *name, const char *attribute, unsigned long long *ret)
{
    _cleanup_free_ char *path = path_join(name, attribute), *text = NULL;
    size_t len;

    return path && file_read(dir, path, 64, &text, &len, NULL) == 0 &&
           sscanf(text, "%llu", ret) == 1;
}

/* Called with the folder that has the partition's own folder name; not 0 ends it. */
typedef int part_seen(int dir, const char *name, unsigned number, void *userdata, struct error *e);

/* Each partition that the kernel has of the disk: sysfs's folders with a "partition". */
static int each_part(const struct disk_roots *roots, const struct disk *disk, part_seen *seen,
                     void *userdata, struct error *e)
{
    _cleanup_free_ char *folder = NULL;
    struct dirent *entry;
    int r = 0;
    DIR *dir;

    if (asprintf(&folder, "%s/dev/block/%u:%u", roots->sys, disk->major, disk->minor) < 0) {
        folder = NULL;
        return error_oom(e);
    }
    dir = opendir(folder);
    if (!dir)
        return error_set_errno(e, -errno, "%s", folder);
    while (r == 0 && (entry = readdir(dir))) {
        unsigned long long number;

        if (entry->d_name[0] != '.' && read_number(dirfd(dir), entry->d_name, "partition", &number))
            r = seen(dirfd(dir), entry->d_name, (unsigned)number, userdata, e);
    }
    (void)closedir(dir); /* only read */
    return r;
}

struct search {
    const struct disk_roots *roots;
    unsigned number;
    uint64_t start, size;
    unsigned major, minor;
    char *node; /* NULL until found */
};

static int match_one(int dir, const char *name, unsigned number, void *userdata, struct error *e)
{
    _cleanup_free_ char *path = path_join(name, "dev"), *text = NULL;
    struct search *search = userdata;
    unsigned long long start, size;
    size_t len;

    if (number != search->number || !read_number(dir, name, "start", &start) ||
        !read_number(dir, name, "size", &size) || start * 512 != search->start ||
        size * 512 != search->size)
        return 0;
    if (!path)
        return error_oom(e);
    if (file_read(dir, path, 64, &text, &len, NULL) < 0 ||
        sscanf(text, "%u:%u", &search->major, &search->minor) != 2)
        return 0; /* it went away between the listing and now */
    search->node = path_join(search->roots->dev, name);
    if (!search->node)
        return error_oom(e);
    /* sysfs writes the '/' of names such as cciss/c0d0p1 as '!' */
    for (char *p = search->node + strlen(search->roots->dev); *p; p++)
        if (*p == '!')
            *p = '/';
    return 1;
}

int disk_part_find(const struct disk_roots *roots, const struct disk *disk, unsigned number,
                   uint64_t start, uint64_t size, char **ret_node, unsigned *ret_major,
                   unsigned *ret_minor, struct error *e)
{
    struct search search = {.roots = roots, .number = number, .start = start, .size = size};
    int r = each_part(roots, disk, match_one, &search, e);

    if (r <= 0)
        return r;
    *ret_node = search.node;
    *ret_major = search.major;
    *ret_minor = search.minor;
    return 1;
}

int disk_part_add(const struct disk_roots *roots, const struct disk *disk, int fd, unsigned number,
                  uint64_t start, uint64_t size, char **ret_node, struct error *e)
{
    _cleanup_free_ char *node = NULL;
    unsigned major, minor;
    struct stat st;
    int tries, r = disk_part_find(roots, disk, number, start, size, &node, &major, &minor, e);

    if (r == 0) {
        r = tell_kernel(fd, BLKPG_ADD_PARTITION, number, start, size);
        if (r < 0)
            return error_set_errno(e, r, "disk %s: telling the kernel of partition %u", disk->name,
                                   number);
        r = disk_part_find(roots, disk, number, start, size, &node, &major, &minor, e);
    }
    if (r < 0)
        return r;
    for (tries = 0; node && tries < NODE_TRIES; tries++) {
        if (stat(node, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == makedev(major, minor)) {
            *ret_node = TAKE_PTR(node);
            return 0;
        }
        clock_sleep_ms(100);
    }
    return error_set(e, -EIO, "disk %s: the kernel shows no partition %u", disk->name, number);
}

struct forgetting {
    const struct disk *disk;
    int fd;
};

static int forget_one(int dir, const char *name, unsigned number, void *userdata, struct error *e)
{
    const struct forgetting *f = userdata;
    int r = tell_kernel(f->fd, BLKPG_DEL_PARTITION, number, 0, 0);

    (void)dir;
    if (r < 0 && r != -ENXIO)
        return error_set_errno(e, r, "disk %s: taking partition %s from the kernel", f->disk->name,
                               name);
    return 0;
}

int disk_parts_forget(const struct disk_roots *roots, const struct disk *disk, int fd,
                      struct error *e)
{
    struct forgetting f = {disk, fd};

    return each_part(roots, disk, forget_one, &f, e);
}
