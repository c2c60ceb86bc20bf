/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* What partitions an OS image brings, from sfdisk(8)'s --json of it, and what is to become of them.
 * Pure. */

#define INSTALL_PARTITIONS_MAX 128
#define INSTALL_SECTOR 512

enum install_partition_kind {
    PARTITION_OTHER,
    PARTITION_LINUX,    /* MBR 83, GPT 0FC63DAF…; also XBOOTLDR */
    PARTITION_ROOT,     /* GPT 4F68BCE3…, which says of itself that it is a root file system */
    PARTITION_ESP,      /* EFI system partition */
    PARTITION_BIOS,     /* GRUB's second stage: no file system */
    PARTITION_EXTENDED, /* MBR: holds the logical ones */
};

struct install_partition {
    unsigned number;      /* 1… */
    uint64_t start, size; /* bytes */
    enum install_partition_kind kind;
};

struct install_layout {
    bool gpt;
    struct install_partition items[INSTALL_PARTITIONS_MAX];
    size_t n;
    int root, esp; /* indices; esp -1 when there is none */
    bool grows;    /* nothing lies behind root, so that it can take the rest of the disk */
};

/* sfdisk's output; device is the file that it was run on. The root file system is on the one
 * partition that says so, else on the only Linux partition, else on the last one on the disk. */
int install_layout_parse(const char *text, size_t len, const char *device,
                         struct install_layout *ret, struct error *e) _must_check_;

/* -EINVAL with words when a partition other than GRUB's own (which ends well before) lies over
 * [offset, offset + size). */
int install_layout_check_room(const struct install_layout *l, uint64_t offset, uint64_t size,
                              struct error *e) _must_check_;

#define INSTALL_LAYOUT_TEXT_MAX (256 * 1024)
