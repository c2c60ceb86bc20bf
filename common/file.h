/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* Whole files. Every descriptor is close-on-exec from birth. dirfd may be AT_FDCWD. */

/* Reads at most max bytes; longer files are -E2BIG, a missing one is -ENOENT (error set, so that
 * the caller may choose to print it), anything but a regular file -EINVAL (procfs and sysfs files,
 * whose size is 0, are fine). *ret is NUL-terminated, the NUL not counted; free() it. ret_len may
 * be NULL. */
int file_read(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len,
              struct error *e) _must_check_;

/* The same of a file that is open, from where it stands; the error names no file. */
int fd_read(int fd, size_t max, char **ret, size_t *ret_len, struct error *e) _must_check_;

/* The first line of a small file, as sysfs and procfs have them, without its newline. False, and
 * ret is "", when it cannot be read, is longer than 4096 bytes, or its line does not fit into ret
 * with a NUL behind it: nothing is cut off. */
bool file_read_line(int dirfd, const char *path, char *ret, size_t size);

/* Replaces path whole: temporary file beside it, write, fchmod, fsync, rename, fsync of the folder.
 * After a failure or a power cut the old file is still there, whole. */
int file_write_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                      struct error *e) _must_check_;

/* The same, and only when the content or the mode differs; *ret_changed says which (may be NULL).
 */
int file_write_if_changed(int dirfd, const char *path, const void *data, size_t len, mode_t mode,
                          bool *ret_changed, struct error *e) _must_check_;

/* mkdir -p; mode for the folders that are made. */
int file_make_folders(const char *path, mode_t mode, struct error *e) _must_check_;

/* Folders above path's last component. */
int file_make_parents(const char *path, mode_t mode, struct error *e) _must_check_;

/* Renames what is no use to PATH.broken, in the place of an older one. -ENOENT when there is none.
 * The folder is not synced: after a power cut it may be found, and set aside, once more. */
int file_set_aside(const char *path, struct error *e) _must_check_;

int file_sync_folder_of(int dirfd, const char *path, struct error *e) _must_check_;

/* All that was written to the file system that path is on: for what other programs left there. */
int file_sync_filesystem_of(int dirfd, const char *path, struct error *e) _must_check_;

/* Writes all of data, over short writes and EINTR. */
int fd_write_all(int fd, const void *data, size_t len, struct error *e) _must_check_;

/* Reads exactly len bytes from offset on, over short reads and EINTR: -EIO when there are fewer. */
int fd_read_at(int fd, void *ret, size_t len, uint64_t offset, struct error *e) _must_check_;

/* "dir/name" in fresh memory, NULL without memory. An empty dir leaves name as it is: an absolute
 * path stays absolute. */
char *path_join(const char *dir, const char *name) _must_check_;
