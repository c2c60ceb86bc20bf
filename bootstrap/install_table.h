/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "install_disk.h"
#include "install_writer.h"
#include "step.h"

/* The image's partition table, fitted to the disk. sfdisk(8) does it to a sparse file in memory
 * that is as large as the disk and begins with the image's first MiB, so that the disk itself has
 * no partition table until everything else on it is whole. */

#define INSTALL_TAIL_MAX ((size_t)64 * 1024)

struct install_table {
    struct install_layout layout; /* the grown one */
    uint8_t *head;                /* IMAGE_HEAD bytes: what the disk is to begin with */
    uint8_t *tail;                /* and end with: the backup GPT */
    size_t tail_len;              /* 0 for an MBR */
};

/* head: the image's first MiB; guid: the GPT's new identity. folder: on a file system in memory.
 * -EINVAL when the image is not one that can be installed, with what it lacks. */
int install_table_fit(struct context *c, const struct install_disk *d, const uint8_t *head,
                      const char *guid, const char *folder, struct install_table *ret,
                      struct error *e) _must_check_;
void install_table_done(struct install_table *t);
#define _cleanup_table_ _cleanup_(install_table_done)

/* Puts it on the disk: the backup, the first MiB but for the mark and the first sector, the first
 * sector; each synced before the next. The disk can be booted from the last of them on. */
int install_table_write(const struct install_disk *d, const struct install_table *t,
                        struct error *e) _must_check_;
