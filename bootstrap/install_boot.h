/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "install_disk.h"
#include "step.h"

/* The boot entry of the installed disk in a UEFI machine's NVRAM, by efibootmgr(8). The machine
 * goes on asking the network first, and the taskbox's script leaves with `exit`: what firmware
 * tries next is then to be this disk, hence its place in the order. */

#define BOOT_ENTRIES_MAX 256
#define BOOT_LABEL "nodeseed" /* "nodeseed node2" */

struct boot_entry {
    unsigned number; /* Boot0003 */
    char label[128];
};

struct boot_entries {
    struct boot_entry items[BOOT_ENTRIES_MAX];
    size_t n;
    unsigned order[BOOT_ENTRIES_MAX];
    size_t n_order;
    int current; /* what this boot was started by, -1 unknown */
};

/* What efibootmgr prints without options. Lines that are neither are passed over. Pure. */
int boot_entries_parse(const char *text, struct boot_entries *ret, struct error *e) _must_check_;

/* The order with the entry that this boot was started by first, the network, since the machine asks
 * the taskbox on each start; entry number directly behind it (first when the other is unknown or
 * not in the order); then all others, each once: "0001,0004". Firmware's own entries for disks,
 * which did not start while the disk was blank, would be before both otherwise. Pure. -E2BIG. */
int boot_order_print(const struct boot_entries *l, unsigned number, char *ret, size_t size,
                     struct error *e) _must_check_;

/* Which of the ESP's loaders: a path with backslashes, as UEFI has it. folder: the mounted ESP.
 * -ENOENT with what is missing. *ret to free. */
int boot_find_loader(const char *folder, char **ret, struct error *e) _must_check_;

/* Was this machine started by UEFI? */
bool boot_is_uefi(const struct context *c);

/* Makes the entry for the disk's partition (its table must be on the disk) and puts it in order;
 * entries of ours from earlier installations are taken out. */
int boot_install_entry(struct context *c, const struct disk *disk, unsigned partition,
                       const char *loader, struct error *e) _must_check_;
