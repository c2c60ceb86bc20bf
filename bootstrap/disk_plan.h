/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_probe.h"
#include "disk_record.h"

/* From what the plan wants and what is on the disks to what is to be done. Pure: it opens nothing.
 * A disk is chosen by its name alone, never by size or order, and what is not provably empty or
 * ours is refused by name. */

enum disk_match { DISK_BY_SERIAL, DISK_BY_WWN, DISK_BY_ID, DISK_BY_PATH };
enum disk_policy {
    DISK_FORMAT_IF_BLANK,
    DISK_KEEP, /* mount the file system that is there, never format */
};

/* One entry of the node config's "disks"; texts are borrowed from it. */
struct disk_want {
    enum disk_match match;
    const char *name; /* what serial, WWN, … is to be equal to */
    enum disk_policy policy;
    const char *fs, *label, *uuid, *mount; /* label "" when none is asked for */
};

#define DISK_WANTS_MAX 64

/* The member "match" of object into want->match and want->name, which is borrowed from it. */
int disk_want_parse_match(const json_t *object, struct disk_want *want,
                          struct error *e) _must_check_;

/* disks: the array of the node config. *ret is freed by the caller. */
int disk_wants_parse(const json_t *disks, struct disk_want **ret, size_t *ret_n,
                     struct error *e) _must_check_;

/* For each want the index of its one disk. -ENODEV when there is none (the error lists what is
 * there), -EEXIST when several disks or several wants match. */
int disk_select(const struct disk_list *list, const struct disk_want *wants, size_t n,
                size_t *ret_index, struct error *e) _must_check_;

/* Whose disks are to be made. */
struct disk_owner {
    const char *cluster, *host;
    int64_t incarnation;
};

enum disk_verb {
    DISK_LEAVE,  /* mounted where it belongs */
    DISK_MOUNT,  /* ours, or kept */
    DISK_FORMAT, /* blank, or our own half-done format */
};

struct disk_action {
    enum disk_verb verb;
    bool resume;               /* of DISK_FORMAT: over what an interrupted format left */
    bool marked;               /* our marker is on it: an intent has been fulfilled */
    char uuid[UUID_TEXT_SIZE]; /* of the file system that is or will be there */
    char fs[8];
    char mount[256];
};

/* Decides on one disk. begun: the format of want->uuid that the journal says was begun, or NULL.
 * -EPERM is a refusal, with the disk's name, what is on it and what to do. */
int disk_decide(const struct disk_want *want, const struct disk_owner *owner,
                const struct disk *disk, const struct disk_probe *probe,
                const struct disk_record *begun, struct disk_action *ret,
                struct error *e) _must_check_;
