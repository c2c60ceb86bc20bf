/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/json.h"

/* What the plan wants of a machine's data disks: the array "disks" of node-config(5). */

enum disk_match { DISK_BY_SERIAL, DISK_BY_WWN, DISK_BY_ID, DISK_BY_PATH };
enum disk_policy {
    DISK_FORMAT_IF_BLANK,
    DISK_KEEP,      /* mount the file system that is there, never format */
    DISK_WIPE_ONCE, /* as format-if-blank, and what is not blank is wiped where a grant says so */
};

#define DISK_WANTS_MAX 64
#define DISK_VOLUMES_MAX 32 /* of one disk */

/* A file system that is to be on a disk. Texts are borrowed from the config. */
struct disk_volume {
    const char *fs, *label, *uuid, *mount; /* label "" when none is asked for */
    const char *part; /* the partition's preset GUID; NULL for a whole disk's file system */
    uint64_t size;    /* bytes of the partition; 0: an equal share of what the others leave */
};

/* One entry. */
struct disk_want {
    enum disk_match match;
    const char *name; /* what serial, WWN, … is to be equal to */
    enum disk_policy policy;
    /* The whole disk's file system. Where volumes_n is not 0 the disk is partitioned instead, and
     * only two of its members count: uuid is the partition table's GUID, mount the folder in which
     * the volumes' mount points are. */
    struct disk_volume whole;
    struct disk_volume volumes[DISK_VOLUMES_MAX];
    size_t volumes_n;
};

/* The member "match" of object into want->match and want->name, which is borrowed from it. */
int disk_want_parse_match(const json_t *object, struct disk_want *want,
                          struct error *e) _must_check_;

/* disks: the array of the node config. *ret is freed by the caller. */
int disk_wants_parse(const json_t *disks, struct disk_want **ret, size_t *ret_n,
                     struct error *e) _must_check_;

/* "serial", "WWN", … for people. */
const char *disk_match_words(enum disk_match match);
