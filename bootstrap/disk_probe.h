/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/parse.h"
#include "disk_list.h"
#include "disk_marker.h"

/* What is on a disk, and who uses it. Reads only; libblkid is included by disk_probe.c alone.
 *
 * The rule is that of a data disk's owner: whatever is not provably empty is data. A disk is blank
 * when libblkid finds nothing on it (also no GPT without a protective MBR) and its first and last
 * 16 MiB are zeros. An ambiguous answer is data. */

#define DISK_PROBE_EDGE ((uint64_t)16 * 1024 * 1024)

enum disk_content {
    DISK_UNKNOWN, /* not looked at: the disk is in use */
    DISK_BLANK,
    DISK_FILESYSTEM, /* exactly one ext4 or xfs over the whole disk */
    DISK_DATA,       /* anything else */
};

struct disk_table;

/* Of a disk, or of one of its partitions. */
struct disk_probe {
    enum disk_content content;
    bool signature;            /* of DISK_DATA: libblkid knows what it is, not only "not zeros" */
    char type[32];             /* blkid's TYPE or PTTYPE, "" when it knows none */
    char uuid[UUID_TEXT_SIZE]; /* of a file system, "" when it has none */
    char words[200];           /* for people: "btrfs file system labelled "home"" */
    char used[200];    /* who uses it: "mounted at /srv", "swap", "held by md0"; "" nobody */
    char mounted[200]; /* where the whole disk is mounted (the first place), or "" */
    bool has_marker;
    bool unmarked;             /* a marker was looked for where it would be, and there is none */
    struct disk_marker marker; /* that was found at the root of the file system */

    /* Of a disk alone. */
    char wiping[UUID_TEXT_SIZE]; /* id of the grant by which its wiping was begun (disk_wipe.h) */
    const struct disk_table *table; /* disk_probe_table()'s, where the caller asked for it */
};

#define DISK_PARTS_MAX 128

struct disk_part {
    unsigned number;
    char guid[UUID_TEXT_SIZE];
    uint64_t start, size; /* bytes */
    struct disk_probe probe;
};

/* A GPT. */
struct disk_table {
    char guid[UUID_TEXT_SIZE];
    size_t n;
    struct disk_part parts[];
};

/* Reads use and content of one disk. A marker is looked for where the disk is already mounted, or
 * by mounting a whole-disk ext4 or xfs for a moment below scratch (a folder, made if needed),
 * without replaying its journal and by a read-only device over it (disk_view.h), so that not a byte
 * of the disk changes; where that device cannot be had, the marker cannot be read, and the disk is
 * data. scratch
 * NULL: nothing is mounted. -EIO with words when the disk cannot be read or is not the one that
 * sysfs described. */
int disk_probe(const struct disk_roots *roots, const struct disk *disk, const char *scratch,
               struct disk_probe *ret, struct error *e) _must_check_;

/* The partitions of a disk on which disk_probe found a GPT, as the table on the disk has them, with
 * use and content of each; marker and scratch as above. *ret is freed by the caller; NULL when the
 * table has more than DISK_PARTS_MAX. */
int disk_probe_table(const struct disk_roots *roots, const struct disk *disk, const char *scratch,
                     struct disk_table **ret, struct error *e) _must_check_;

/* The content alone, of an open device or file of that size: what disk_probe answers but for use
 * and marker. */
int disk_probe_content(int fd, uint64_t size, struct disk_probe *ret, struct error *e) _must_check_;
