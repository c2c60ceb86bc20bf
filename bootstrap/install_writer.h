/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/error.h"

/* Writes an OS image to a disk in order, but for its first MiB, which is kept in memory: without
 * partition table and boot code no firmware starts what is half written. Zeros are written as such
 * (BLKZEROOUT, which a thin or solid-state disk does without being sent them), never skipped: a
 * disk that looks blank has been looked at in places only. */
struct image_writer;

#define IMAGE_HEAD ((size_t)1024 * 1024)

/* fd: the disk, borrowed; name: for errors, borrowed. */
int image_writer_new(int fd, const char *name, uint64_t raw_size, struct image_writer **ret,
                     struct error *e) _must_check_;
void image_writer_free(struct image_writer *w); /* NULL ok */
DEFINE_CLEANUP(struct image_writer *, image_writer_free);

/* -EBADMSG past raw_size; -EIO and others with the place on the disk. */
int image_writer_add(struct image_writer *w, const void *data, size_t len,
                     struct error *e) _must_check_;
/* Everything is on the disk, synced, when this returns. -EBADMSG when bytes are missing. */
int image_writer_end(struct image_writer *w, struct error *e) _must_check_;

uint64_t image_writer_at(const struct image_writer *w);         /* bytes so far */
const uint8_t *image_writer_head(const struct image_writer *w); /* IMAGE_HEAD bytes */

/* Makes [offset, offset + size) of a disk (or file) read as zeros. */
int disk_zero(int fd, uint64_t offset, uint64_t size, struct error *e) _must_check_;
/* Writes all of data there. */
int disk_write(int fd, const void *data, size_t len, uint64_t offset, struct error *e) _must_check_;
