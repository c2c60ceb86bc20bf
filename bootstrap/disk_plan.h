/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_probe.h"
#include "disk_record.h"
#include "disk_want.h"

/* From what the plan wants and what is on the disks to what is to be done. Pure: it opens nothing.
 * A disk is chosen by its name alone, never by size or order, and what is not provably empty or
 * ours is refused by name. */

/* For each want the index of its one disk. -ENODEV when there is none (the error lists what is
 * there), -EEXIST when several disks or several wants match. */
int disk_select(const struct disk_list *list, const struct disk_want *wants, size_t n,
                size_t *ret_index, struct error *e) _must_check_;

/* "vdb (serial DATA1, 10.0 GiB)" */
void disk_describe(const struct disk *disk, char *ret, size_t size);

/* Whose disks are to be made. */
struct disk_owner {
    const char *cluster, *host;
    int64_t incarnation;
};

enum disk_verb {
    DISK_LEAVE,  /* mounted where it belongs */
    DISK_MOUNT,  /* ours, or kept */
    DISK_FORMAT, /* blank, our own half-done format, or to be wiped */
};

/* What becomes of one file system. */
struct disk_action {
    enum disk_verb verb;
    bool resume;               /* of DISK_FORMAT: over what an interrupted format left */
    bool marked;               /* our marker is on it: an intent has been fulfilled */
    bool mark;                 /* ours by its UUID, and its marker is gone: it gets it again */
    char uuid[UUID_TEXT_SIZE]; /* of the file system that is or will be there */
    char fs[8];
    char mount[256];
    const struct disk_volume *volume; /* of DISK_FORMAT: what is to be made, in the want */
    unsigned partition;               /* 0: the whole disk, otherwise its number and place */
    uint64_t start, size;             /* bytes */
};

/* What becomes of one disk. */
struct disk_decision {
    bool wipe;  /* all that is on it first; grant says by whose leave */
    bool table; /* then a partition table with its n partitions */
    bool resume;
    char grant[UUID_TEXT_SIZE]; /* of the wipe that is to be, or that came before this; or "" */
    char found[200];            /* what is on the disk, in words */
    size_t n;
    struct disk_action items[DISK_VOLUMES_MAX];
};

/* What is remembered and allowed of one disk. */
struct disk_leave {
    const struct disk_record *begun; /* the work on want->whole.uuid that the journal says was
                                      * begun, or NULL */
    const char *grant;               /* id of the grant to wipe this disk, NULL without */
};

/* Decides on one disk. -EPERM is a refusal, with the disk's name, what is on it and what to do;
 * where a grant would change it, *ret_grantable (may be NULL) is true. */
int disk_decide(const struct disk_want *want, const struct disk_owner *owner,
                const struct disk *disk, const struct disk_probe *probe,
                const struct disk_leave *leave, struct disk_decision *ret, bool *ret_grantable,
                struct error *e) _must_check_;

/* Where the partitions of an empty disk go: whole MiB, the first at 1 MiB, the disk's last MiB
 * free. Into start and size of items, in want's order. -EPERM when they do not fit. */
int disk_layout(const struct disk_want *want, const struct disk *disk, struct disk_action *items,
                struct error *e) _must_check_;
