/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "common/parse.h"

/* Whose a data disk is: a file at the root of its file system that survives a reinstall of the
 * machine, and by which a disk is mounted again instead of refused.
 *
 *   /.nodeseed-disk.json
 *   {"version":1,"cluster":"<uuid>","host":"node2","uuid":"<file system>","serial":"DATA1",
 *    "incarnation":1,"grant":"<id>"}
 *
 * cluster and host are the owner; uuid repeats the file system's so that a copy made with dd onto a
 * disk of another file system shows; serial (empty when the disk has none) tells a moved disk from
 * a cloned one; incarnation is the host's, counted up when a host is reinstalled under its old
 * name; grant is there when the disk was wiped for this, and is the spent grant's id. Readers
 * refuse a version they do not know and ignore members they do not know.
 *
 * Without a marker a file system is ours only where it has the type and the preset UUID that the
 * entry gives this host's disk (UUIDv5 of cluster, host and match), and no making of it is under
 * way: something emptied it, as the static provisioner does with the volume of a deleted claim. It
 * is mounted as before and marked again. */

#define DISK_MARKER_NAME ".nodeseed-disk.json"
#define DISK_MARKER_MAX 4096
#define DISK_MARKER_VERSION 1

struct disk_marker {
    char cluster[UUID_TEXT_SIZE];
    char host[254];
    char uuid[UUID_TEXT_SIZE];
    char serial[128];
    int64_t incarnation;
    char grant[UUID_TEXT_SIZE]; /* "" when nothing was wiped for it */
};

int disk_marker_parse(const char *text, size_t len, struct disk_marker *ret,
                      struct error *e) _must_check_;
int disk_marker_print(const struct disk_marker *m, struct buf *out, struct error *e) _must_check_;

/* The marker in an open folder. -ENOENT when there is none. */
int disk_marker_read(int folder, struct disk_marker *ret, struct error *e) _must_check_;
int disk_marker_write(int folder, const struct disk_marker *m, struct error *e) _must_check_;
