/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* The machine's whole disks and what identifies each, read from sysfs (and from udev's links where
 * udev runs). Nothing here opens a disk for writing; a disk is opened for reading only to ask a
 * SCSI device for a page that its kernel does not show. */

/* Where the kernel's views are, and what goes before every path on the node ("" or the folder of
 * --root). Everything that looks at disks starts from here. */
struct disk_roots {
    const char *sys, *dev, *proc, *root;
};

#define DISK_LIST_MAX 4096 /* disks of one machine */
#define DISK_NAMES_MAX 32  /* by-id names of one disk, and by-path names */

struct disk {
    char *name; /* "vdb", the kernel's */
    char *node; /* "/dev/vdb" */
    unsigned major, minor;
    uint64_t size; /* bytes */
    bool read_only;
    char *serial;                  /* NULL when it has none or one that vendors repeat */
    char *wwn;                     /* as wwn_normalize makes it, NULL when it has none */
    char *ids[DISK_NAMES_MAX + 1]; /* by-id names without folder, NULL-terminated */
    /* By-path names: "pci-0000:00:04.0". A SAS or USB disk has two or more; the one that sysfs
     * alone tells is the first, udev's follow in order. */
    char *paths[DISK_NAMES_MAX + 1];
};

struct disk_list {
    struct disk *items; /* in order of name */
    size_t n;
};

void disk_list_done(struct disk_list *l);
#define _cleanup_disk_list_ _cleanup_(disk_list_done)

/* All of sys/block but RAM disks, floppies and optical drives. */
int disk_list_read(const struct disk_roots *roots, struct disk_list *ret,
                   struct error *e) _must_check_;

/* One spelling for the ways in which a WWN is written (wwn-0x5000…, naa.5000…, eui.…, 0x5000…):
 * lower case, no prefix. Returns NULL without memory. */
char *wwn_normalize(const char *s) _must_check_;

/* Whether the disk has that by-path name, written with or without its folder, or as older versions
 * of udev wrote it for virtio. */
bool disk_has_path(const struct disk *disk, const char *name);

/* The by-path name that udev's path_id makes of a device's place below sys/devices, for PCI with
 * virtio, NVMe, ATA and SCSI; NULL for anything else (there by-path needs udev) or without memory.
 * attribute(path, name) answers a sysfs attribute as text to free, NULL when there is none. */
char *disk_path_name(const char *device_path,
                     char *(*attribute)(const char *folder, const char *name, void *userdata),
                     void *userdata) _must_check_;
