/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The files that a fuzz target's code reads, in memory: no target makes, needs or leaves a file.
 * The linker puts these in the place of file_read(), file_write_atomic() and access()
 * (FUZZ_WRAP in the Makefile), and of scandir(). A file that was not said to be there is missing;
 * what is written is forgotten. Everything is borrowed until the next call. */

struct fuzz_file {
    const char *path;
    const void *data;
    size_t len;
};

/* These files are there, by exactly these paths; a folder of them has those that begin with its
 * own. */
void files_are(const struct fuzz_file *files, size_t n);

/* Each file that is read is the next piece of the input, whatever its path; pieces end at NUL
 * bytes. A piece of "-" alone is a missing file, and so is all that comes after the last piece.
 * access() and scandir() look at the disk. */
void files_are_pieces(const uint8_t *data, size_t len);

/* The next piece, for other use; "" after the last. Memory of the caller's, NUL-terminated. */
char *files_next_piece(void);
