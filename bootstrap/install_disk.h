/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_list.h"
#include "install_intent.h"
#include "install_layout.h"

/* The install disk, held while it is written: nobody else has it open for himself (O_EXCL), udev
 * keeps away (flock), and the kernel knows no partitions of it but those that are added here. */
struct install_disk {
    const struct disk_roots *roots;
    const struct disk *disk;
    int fd;    /* for reading and writing, with the lock; -1 when closed */
    int claim; /* O_EXCL; -1 when given up */
};

#define INSTALL_DISK_INIT                                                                          \
    {                                                                                              \
        NULL, NULL, -1, -1                                                                         \
    }

/* The disk is to be looked at (disk_probe) before. -EPERM for sectors of another size than images
 * are made for. */
int install_disk_open(const struct disk_roots *roots, const struct disk *disk,
                      struct install_disk *ret, struct error *e) _must_check_;
void install_disk_close(struct install_disk *d);
/* So that file systems on it can be checked and mounted. The lock stays. */
void install_disk_unclaim(struct install_disk *d);

/* What the disk says of an installation that was begun on it: 1 and *ret, or 0. *ret_torn: it is
 * blank but for a mark whose writing was cut off. Opens the disk for reading only. */
int install_disk_look(const struct disk *disk, struct install_intent *ret, bool *ret_torn,
                      struct error *e) _must_check_;

/* Writes and syncs the mark. */
int install_disk_mark(const struct install_disk *d, const struct install_intent *intent,
                      struct error *e) _must_check_;
/* Zeros over the first MiB but the mark, and over the last MiB, synced: no partition table is left
 * that firmware could go by, at either end. */
int install_disk_clear(const struct install_disk *d, struct error *e) _must_check_;

/* Makes the partition known to the kernel. *ret_node: its device node, to free. */
int install_disk_add(const struct install_disk *d, const struct install_partition *p,
                     char **ret_node, struct error *e) _must_check_;
/* Takes all of the disk's partitions from the kernel. -EBUSY when one is in use. */
int install_disk_forget(const struct install_disk *d, struct error *e) _must_check_;
