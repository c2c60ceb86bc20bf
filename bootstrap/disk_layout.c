/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_plan.h"

#define MIB ((uint64_t)1024 * 1024)
#define PARTITION_MIN (16 * MIB) /* less holds no file system of ours */

int disk_layout(const struct disk_want *want, const struct disk *disk, struct disk_action *items,
                struct error *e)
{
    uint64_t room = disk->size / MIB * MIB, named = 0, share = 0, start = MIB;
    size_t i, shares = 0;

    room = room > 2 * MIB ? room - 2 * MIB : 0;
    for (i = 0; i < want->volumes_n; i++) {
        uint64_t size = want->volumes[i].size / MIB * MIB;

        if (!want->volumes[i].size)
            shares++;
        else if (size < PARTITION_MIN || size > room - named)
            return error_set(e, -EPERM,
                             "disk %s is left alone: its volumes do not fit: volume %zu is to have "
                             "%llu MiB of the %llu MiB that are left of it",
                             disk->name, i + 1, (unsigned long long)(size / MIB),
                             (unsigned long long)((room - named) / MIB));
        else
            named += size;
    }
    if (shares)
        share = (room - named) / shares / MIB * MIB;
    if (shares && share < PARTITION_MIN)
        return error_set(e, -EPERM,
                         "disk %s is left alone: its volumes do not fit: %zu of them would share "
                         "%llu MiB",
                         disk->name, shares, (unsigned long long)((room - named) / MIB));
    for (i = 0; i < want->volumes_n; i++) {
        items[i].start = start;
        items[i].size = want->volumes[i].size ? want->volumes[i].size / MIB * MIB : share;
        items[i].partition = (unsigned)i + 1;
        start += items[i].size;
    }
    return 0;
}
