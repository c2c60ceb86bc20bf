/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_apply.h"
#include "step.h"

/* The data disks of one host, from config to choice. */
struct disks {
    char *sys, *dev, *proc, *fstab, *scratch;
    struct disk_roots roots;
    struct disk_owner owner;
    struct disk_want *wants;
    struct disk_list list;
    size_t n, *chosen; /* of wants; indices into list */
};

/* Of c, root and config are used. No disk is looked at where none is wanted. -ENODEV and -EEXIST as
 * disk_select(). */
int disks_init(struct disks *d, const struct context *c, struct error *e) _must_check_;
void disks_done(struct disks *d);

static inline const struct disk *disks_disk(const struct disks *d, size_t i)
{
    return &d->list.items[d->chosen[i]];
}

/* One line for people on what becomes of a file system: "ext4 5b0d… is made, mounted at /mnt/…". */
int disk_action_words(const struct disk_action *action, struct buf *out,
                      struct error *e) _must_check_;

/* seed-bootstrap disks --dry-run: says for each disk what would be done and why, by the last config
 * or the one in the file named, and writes nothing. Returns the program's exit code. */
int disks_command(int argc, char **argv);
