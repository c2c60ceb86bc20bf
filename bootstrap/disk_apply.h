/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/process.h"
#include "disk_plan.h"
#include "journal.h"

/* The only code that writes disks. The order in which a disk becomes ours, each line durable before
 * the next begins, so that a cut after any of them is carried on from what is found:
 *
 *   intent in the journal: this disk (disk_record.h), this UUID; of a wipe also
 *       whose leave it has and what was found
 *   looked at once more, nobody having it open: as it was, or our own half-done work
 *   of a wipe: the taskbox is told that the grant is used; a mark at the disk's first sector; the
 *       taskbox is told that the grant is spent; zeros; the mark goes; the intent says format
 *   of volumes: zeros where each begins and ends; the partition table, with preset GUIDs
 *   mkfs with the preset UUID, on the whole disk or each partition
 *   marker at the root of the file system, then unmounted, so that no journal replay hides it
 *   intent removed; of a wipe the spent grant stays in the journal
 *   lines in fstab, mounted
 *   of one that is ours by its UUID and has lost its marker: the marker, where it is mounted */
struct disk_site {
    const struct disk_roots *roots;
    const struct disk_owner *owner;
    struct journal *journal;
    const char *fstab;   /* path */
    const char *scratch; /* folder for short mounts */
    uint64_t timeout_ms; /* of one program */
    /* Runs a program to its end. */
    int (*run)(const struct process *p, void *userdata, struct error *e);
    /* Tells the taskbox that a grant is used now, or with marked that the disk has its mark.
     * -EEXIST when it is spent, or another. */
    int (*spend)(const char *serial, const char *grant, bool marked, void *userdata,
                 struct error *e);
    void *userdata;
};

#define DISK_SCRATCH "/run/nodeseed/disks"

/* Does what disk_decide decided. Safe to repeat after a failure or a cut, from a new probe and a
 * new decision. -EPERM when the disk is no longer what was decided on. */
int disk_apply(const struct disk_site *site, const struct disk_want *want, const struct disk *disk,
               const struct disk_decision *decision, struct error *e) _must_check_;

/* The begun work on the entry with that UUID in the journal: 1 and *ret, 0 when there is none. */
int disk_begun(const struct journal *journal, const char *uuid, struct disk_record *ret,
               struct error *e) _must_check_;

/* Whether a disk of this machine was wiped by that grant. */
bool disk_is_spent(const struct journal *journal, const char *grant);

/* Looks at a disk and decides, with the grant (may be NULL) and the journal's memory of it. */
int disk_look(const struct disk_roots *roots, const struct disk_owner *owner,
              const struct journal *journal, const char *scratch, const struct disk_want *want,
              const struct disk *disk, const char *grant, struct disk_decision *ret,
              bool *ret_grantable, struct error *e) _must_check_;
