/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_list.h"

/* Partitions of a disk, as the kernel knows them. It is told of each by its number and place
 * (BLKPG), which works while others of the disk are in use, and where the kernel reads no tables.
 */

/* The kernel's partition of that number if it is at that place: 1, *ret_node (to free) and its
 * device number; 0 when it has none. */
int disk_part_find(const struct disk_roots *roots, const struct disk *disk, unsigned number,
                   uint64_t start, uint64_t size, char **ret_node, unsigned *ret_major,
                   unsigned *ret_minor, struct error *e) _must_check_;

/* Makes one known. fd: the disk, for writing. *ret_node: its device node, to free, which is there
 * by then. */
int disk_part_add(const struct disk_roots *roots, const struct disk *disk, int fd, unsigned number,
                  uint64_t start, uint64_t size, char **ret_node, struct error *e) _must_check_;

/* Takes all of the disk's partitions from the kernel. -EBUSY when one is in use. */
int disk_parts_forget(const struct disk_roots *roots, const struct disk *disk, int fd,
                      struct error *e) _must_check_;
