/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "common/parse.h"
#include "disk_list.h"

/* What is remembered of a format that has begun, so that a cut between mkfs and marker is told from
 * somebody else's data: an intent of the journal (journal.h) with the key "disks/<uuid>",
 *
 *   {"version":1,"uuid":"<file system, preset by the plan>",
 *    "disk":{"name":"vdb","serial":"DATA1","wwn":"","path":"pci-0000:00:05.0","size":10737418240},
 *    "fs":"ext4","label":"data1","incarnation":1,"time":<ms since 1970>,
 *    "grant":"<id>","found":"ext4 file system"}
 *
 * uuid is the partition table's, and fs "gpt", where the disk gets volumes. grant and found are
 * there when the disk is to be wiped: by whose leave, and what was on it.
 *
 * It is written while the disk is known to be blank and before mkfs starts: whatever is on that
 * disk afterwards without a foreign signature is our own half-done work. It is removed once the
 * marker is on the disk: from then on only the marker counts (disk_marker.h). */

#define DISK_RECORD_VERSION 1

struct disk_record {
    char uuid[UUID_TEXT_SIZE];
    char name[64], serial[128], wwn[128], path[128]; /* "" when the disk has none */
    uint64_t size;
    char fs[8], label[20];
    int64_t incarnation;
    uint64_t time_ms;
    char grant[UUID_TEXT_SIZE], found[200]; /* "" without */
};

int disk_record_parse(const json_t *object, struct disk_record *ret, struct error *e) _must_check_;

/* A new reference, NULL without memory. */
json_t *disk_record_to_json(const struct disk_record *record) _must_check_;

/* Fills in a record's identity; false when a name is longer than a record holds. */
bool disk_record_identify(struct disk_record *record, const struct disk *disk) _must_check_;

/* Whether the record speaks of this very disk: all of serial, WWN and size. Where a disk comes up
 * is no part of what it is, and has several names: it counts for a disk that has neither serial nor
 * WWN, by any of them. */
bool disk_record_is_of(const struct disk_record *record, const struct disk *disk);
