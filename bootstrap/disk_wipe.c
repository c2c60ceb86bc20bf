/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_wipe.h"

#include "disk_probe.h"
#include "install_writer.h"

static int sync_disk(int fd, struct error *e)
{
    return fsync(fd) < 0 ? error_set_errno(e, -errno, "syncing") : 0;
}

int disk_wipe_look(int fd, char ret[UUID_TEXT_SIZE], struct error *e)
{
    const size_t at = strlen(DISK_WIPE_MARK);
    char block[DISK_WIPE_MARK_SIZE], id[UUID_TEXT_SIZE];
    ssize_t n;

    do
        n = pread(fd, block, sizeof(block), 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set_errno(e, -errno, "reading at byte 0");
    ret[0] = '\0';
    if (n < (ssize_t)sizeof(block) || memcmp(block, DISK_WIPE_MARK, at) != 0)
        return 0;
    memcpy(id, block + at, sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    if (parse_uuid(id, ret, NULL) < 0)
        ret[0] = '\0'; /* then it is data of an unknown kind */
    return 0;
}

int disk_wipe_mark(int fd, const char *grant, struct error *e)
{
    char block[DISK_WIPE_MARK_SIZE] = {0};
    int r;

    (void)snprintf(block, sizeof(block), DISK_WIPE_MARK "%s", grant); /* fits */
    r = disk_write(fd, block, sizeof(block), 0, e);
    return r < 0 ? r : sync_disk(fd, e);
}

int disk_wipe_edges(int fd, uint64_t size, struct error *e)
{
    uint64_t first = size < DISK_PROBE_EDGE ? size : DISK_PROBE_EDGE, last = size - first;
    int r;

    if (first <= DISK_WIPE_MARK_SIZE)
        return error_set(e, -EIO, "it has no room for anything");
    if (last < first)
        last = first;
    /* from the end: the place where most look is the last to go */
    r = disk_zero(fd, last, size - last, e);
    if (r == 0)
        r = disk_zero(fd, DISK_WIPE_MARK_SIZE, first - DISK_WIPE_MARK_SIZE, e);
    return r < 0 ? r : sync_disk(fd, e);
}

int disk_wipe_end(int fd, uint64_t size, struct error *e)
{
    struct disk_probe probe;
    int r = disk_zero(fd, 0, DISK_WIPE_MARK_SIZE, e);

    if (r < 0 || (r = sync_disk(fd, e)) < 0 || (r = disk_probe_content(fd, size, &probe, e)) < 0)
        return r;
    return probe.content == DISK_BLANK ? 0
                                       : error_set(e, -EIO, "it was wiped and has %s", probe.words);
}

int disk_wipe_range(int fd, uint64_t offset, uint64_t size, struct error *e)
{
    uint64_t first = size < DISK_PROBE_EDGE ? size : DISK_PROBE_EDGE, last = size - first;
    int r = disk_zero(fd, offset, first, e);

    if (last < first)
        last = first;
    if (r == 0)
        r = disk_zero(fd, offset + last, size - last, e);
    return r < 0 ? r : sync_disk(fd, e);
}
