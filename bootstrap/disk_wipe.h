/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/parse.h"
#include "disk_list.h"

/* Wiping a disk by a grant. The first thing that is written to it, and the last that goes, is a
 * mark in its first 512 bytes:
 *
 *   nodeseed-wipe-1
 *   <id of the grant, 36 bytes>
 *   NULs
 *
 * A sector is written whole or not at all, so that a disk is either as it was or says by whose
 * leave it is being wiped; and only the machine whose journal has that grant goes on with it. */

#define DISK_WIPE_MARK "nodeseed-wipe-1\n"
#define DISK_WIPE_MARK_SIZE 512

/* The grant in the mark on an open disk, "" when there is none. */
int disk_wipe_look(int fd, char ret[UUID_TEXT_SIZE], struct error *e) _must_check_;

/* The mark, on the disk when this returns. fd: the disk, for reading and writing, as below. */
int disk_wipe_mark(int fd, const char *grant, struct error *e) _must_check_;

/* Zeros where signatures are looked for, but not over the mark. */
int disk_wipe_edges(int fd, uint64_t size, struct error *e) _must_check_;

/* The mark goes. -EIO when the disk does not read as blank then: one that swallows writes. */
int disk_wipe_end(int fd, uint64_t size, struct error *e) _must_check_;

/* Zeros over the first and the last 16 MiB of a part of the disk, synced: a partition that begins
 * and ends there has no signature, whatever lay there before. */
int disk_wipe_range(int fd, uint64_t offset, uint64_t size, struct error *e) _must_check_;
