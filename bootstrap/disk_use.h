/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_list.h"

/* Who uses a disk: mounts, swap, device mapper and MD, of the disk and of its partitions. */
struct disk_use {
    char words[200];   /* "mounted at /srv", "swap", "held by md0", "" nobody that is known */
    char mounted[200]; /* where below roots->root the whole disk itself is mounted, or "" */
};

int disk_use_read(const struct disk_roots *roots, const struct disk *disk, struct disk_use *ret,
                  struct error *e) _must_check_;

/* The same of one partition, by its device number. */
int disk_use_read_part(const struct disk_roots *roots, unsigned major, unsigned minor,
                       struct disk_use *ret, struct error *e) _must_check_;
