/* SPDX-License-Identifier: Apache-2.0 */
#include "install_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/clock.h"
#include "common/file.h"
#include "disk_part.h"
#include "install_writer.h"

#define LOCK_TRIES 100
#define LOCK_PAUSE_MS 100

static int open_node(const struct disk *disk, int flags, int *ret, struct error *e)
{
    _cleanup_close_ int fd = open(disk->node, flags | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", disk->node);
    if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode) ||
        st.st_rdev != makedev(disk->major, disk->minor))
        return error_set(e, -EIO, "%s is not the device %u:%u that sysfs describes", disk->node,
                         disk->major, disk->minor);
    *ret = TAKE_FD(fd);
    return 0;
}

static int lock_disk(int fd, const struct disk *disk, struct error *e)
{
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
            return error_set_errno(e, -errno, "locking %s", disk->node);
        clock_sleep_ms(LOCK_PAUSE_MS);
    }
    return 0;
}

int install_disk_open(const struct disk_roots *roots, const struct disk *disk,
                      struct install_disk *ret, struct error *e)
{
    _cleanup_(install_disk_close) struct install_disk d = {roots, disk, -1, -1};
    int sector, r = open_node(disk, O_RDWR | O_EXCL, &d.claim, e);

    if (r >= 0)
        r = open_node(disk, O_RDWR, &d.fd, e);
    if (r >= 0)
        r = lock_disk(d.fd, disk, e);
    if (r < 0)
        return r;
    if (ioctl(d.fd, BLKSSZGET, &sector) < 0)
        return error_set_errno(e, -errno, "sector size of %s", disk->node);
    if (sector != INSTALL_SECTOR)
        return error_set(e, -EPERM,
                         "disk %s has sectors of %d bytes, OS images are made for %d: reformat it "
                         "to 512 (nvme format, sg_format) or name another in seed_install_disk",
                         disk->name, sector, INSTALL_SECTOR);
    r = install_disk_forget(&d, e);
    if (r < 0)
        return r;
    /* What the kernel remembers of a disk before we write past it. */
    if (ioctl(d.fd, BLKFLSBUF, 0) < 0)
        return error_set_errno(e, -errno, "flushing %s", disk->node);
    *ret = d;
    d = (struct install_disk)INSTALL_DISK_INIT;
    return 0;
}

void install_disk_unclaim(struct install_disk *d)
{
    closep(&d->claim);
    d->claim = -1;
}

void install_disk_close(struct install_disk *d)
{
    install_disk_unclaim(d);
    closep(&d->fd); /* what was written has been synced by whoever wrote it */
    d->fd = -1;
}

/* ---- the mark ---- */

/* 1 when [offset, end) is zeros but for the mark's blocks. */
static int is_zero_range(int fd, uint64_t offset, uint64_t end, struct error *e)
{
    _cleanup_free_ uint8_t *piece = malloc(IMAGE_HEAD);
    const uint64_t mark = INSTALL_INTENT_OFFSET, mark_end = mark + INSTALL_MARK_SIZE;

    if (!piece)
        return error_oom(e);
    for (size_t n; offset < end; offset += n) {
        int r;

        n = end - offset < IMAGE_HEAD ? (size_t)(end - offset) : IMAGE_HEAD;
        r = fd_read_at(fd, piece, n, offset, e);
        if (r < 0)
            return r;
        for (size_t i = 0; i < n; i++)
            if (piece[i] && (offset + i < mark || offset + i >= mark_end))
                return 0;
    }
    return 1;
}

/* Whether the writing of it was begun: its first sector is the first that is written. */
static bool is_begun(const uint8_t block[INSTALL_INTENT_SIZE])
{
    static const char beginning[] = "{\"cluster\":\"";

    return memcmp(block, beginning, strlen(beginning)) == 0;
}

int install_disk_look(const struct disk *disk, struct install_intent *ret, bool *ret_torn,
                      struct error *e)
{
    uint8_t blocks[INSTALL_INTENT_BLOCKS][INSTALL_INTENT_SIZE];
    _cleanup_close_ int fd = -1;
    bool begun = false;
    uint64_t tail;
    int r;

    *ret_torn = false;
    if (disk->size < 2 * DISK_PROBE_EDGE)
        return 0;
    r = open_node(disk, O_RDONLY, &fd, e);
    if (r >= 0)
        r = fd_read_at(fd, blocks, sizeof(blocks), INSTALL_INTENT_OFFSET, e);
    if (r < 0)
        return error_wrap(e, "disk %s", disk->name);
    for (size_t i = 0; i < INSTALL_INTENT_BLOCKS; i++) {
        r = install_intent_parse(blocks[i], ret, NULL);
        if (r == 0)
            return 1;
        begun = begun || (r == -EINVAL && is_begun(blocks[i]));
    }
    if (!begun)
        return 0;
    /* Cut off while it was written for the first time, before anything else was. */
    tail = disk->size - DISK_PROBE_EDGE;
    r = is_zero_range(fd, 0, DISK_PROBE_EDGE, e);
    if (r > 0)
        r = is_zero_range(fd, tail, disk->size, e);
    if (r < 0)
        return error_wrap(e, "disk %s", disk->name);
    *ret_torn = r > 0;
    return 0;
}

static int sync_disk(const struct install_disk *d, struct error *e)
{
    return fsync(d->fd) < 0 ? error_set_errno(e, -errno, "syncing %s", d->disk->node) : 0;
}

/* The first sector before the others: what a cut leaves of a block that was not there before begins
 * as ours do. */
static int write_block(const struct install_disk *d, const uint8_t block[INSTALL_INTENT_SIZE],
                       uint64_t offset, struct error *e)
{
    int r = disk_write(d->fd, block, INSTALL_SECTOR, offset, e);

    if (r == 0)
        r = sync_disk(d, e);
    if (r == 0)
        r = disk_write(d->fd, block + INSTALL_SECTOR, INSTALL_INTENT_SIZE - INSTALL_SECTOR,
                       offset + INSTALL_SECTOR, e);
    return r == 0 ? sync_disk(d, e) : r;
}

int install_disk_mark(const struct install_disk *d, const struct install_intent *intent,
                      struct error *e)
{
    uint8_t block[INSTALL_INTENT_SIZE];
    int r = install_intent_print(intent, block, e);

    for (size_t i = INSTALL_INTENT_BLOCKS; i > 0 && r == 0; i--)
        r = write_block(d, block, INSTALL_INTENT_OFFSET + (i - 1) * INSTALL_INTENT_SIZE, e);
    return r < 0 ? error_wrap(e, "disk %s: marking it as ours", d->disk->name) : 0;
}

int install_disk_clear(const struct install_disk *d, struct error *e)
{
    const uint64_t behind = INSTALL_INTENT_OFFSET + INSTALL_MARK_SIZE;
    int r = disk_zero(d->fd, 0, INSTALL_INTENT_OFFSET, e);

    if (r == 0)
        r = disk_zero(d->fd, behind, IMAGE_HEAD - behind, e);
    if (r == 0)
        r = disk_zero(d->fd, d->disk->size - IMAGE_HEAD, IMAGE_HEAD, e);
    if (r == 0)
        r = sync_disk(d, e);
    return r < 0 ? error_wrap(e, "disk %s: clearing its partition table", d->disk->name) : 0;
}

/* ---- partitions, as the kernel knows them ---- */

int install_disk_forget(const struct install_disk *d, struct error *e)
{
    return disk_parts_forget(d->roots, d->disk, d->fd, e);
}

int install_disk_add(const struct install_disk *d, const struct install_partition *p,
                     char **ret_node, struct error *e)
{
    return disk_part_add(d->roots, d->disk, d->fd, p->number, p->start, p->size, ret_node, e);
}
