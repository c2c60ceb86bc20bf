/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "disk_plan.h"
#include "journal.h"

/* The only code that writes disks. The order in which a blank disk becomes ours, each line durable
 * before the next begins, so that a cut after any of them is carried on from what is found:
 *
 *   intent in the journal: this disk (by serial, WWN, path and size), this UUID
 *   looked at once more, nobody having it open: still blank, or our own half-done work
 *   mkfs with the preset UUID, on the whole disk
 *   marker at the root of the file system, then unmounted, so that no journal replay hides it
 *   intent removed
 *   line in fstab, mounted */
struct disk_site {
    const struct disk_roots *roots;
    const struct disk_owner *owner;
    struct journal *journal;
    const char *fstab;   /* path */
    const char *scratch; /* folder for short mounts */
    uint64_t timeout_ms; /* of one mkfs */
    /* Runs a program to its end. */
    int (*run)(const char *const *argv, uint64_t timeout_ms, void *userdata, struct error *e);
    void *userdata;
};

#define DISK_SCRATCH "/run/nodeseed/disks"

/* Does what disk_decide decided. Safe to repeat after a failure or a cut, from a new probe and a
 * new decision. -EPERM when the disk is no longer what was decided on. */
int disk_apply(const struct disk_site *site, const struct disk_want *want, const struct disk *disk,
               const struct disk_action *action, struct error *e) _must_check_;

/* The begun format of that UUID in the journal: 1 and *ret, 0 when there is none. */
int disk_begun(const struct journal *journal, const char *uuid, struct disk_record *ret,
               struct error *e) _must_check_;
