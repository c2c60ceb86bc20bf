/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_list.h"

/* A block device under a name at which the kernel cannot write to it: a read-only loop device over
 * it. A file system that is mounted read-only is written to nevertheless where the device takes
 * writes: ext4 frees the inodes of its orphan list (ext4_orphan_cleanup), whatever "noload" says.
 * Nothing is changed that outlives the process: the loop device goes with its last user. */
struct disk_view {
    int fd;         /* of the loop device, locked so that udev leaves it alone; -1 */
    char node[128]; /* "/dev/loop3" */
};

#define DISK_VIEW_INIT                                                                             \
    {                                                                                              \
        -1, ""                                                                                     \
    }

/* fd: the device, open for reading; what the kernel has cached of it is dropped first. Fails
 * where the kernel has no loop devices. */
int disk_view_open(const struct disk_roots *roots, int fd, struct disk_view *ret,
                   struct error *e) _must_check_;

/* Unmounted before; when this returns nobody holds the device on account of the view. */
void disk_view_close(struct disk_view *v);
