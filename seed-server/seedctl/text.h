/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

/* Text for a person's terminal. Texts that machines reported are not trusted: what could move the
 * cursor or set a colour (C0 and C1 control characters, bytes that are no UTF-8) is shown as "?".
 * Widths are counted in code points: good for what inventories and messages hold. */

/* Columns that s takes. */
size_t text_width(const char *s);

/* Adds s, cut off with "…" where it is wider than max. Returns the columns that were used. */
size_t text_add(struct buf *out, const char *s, size_t max);

/* The same, filled up with blanks to exactly width columns, on the left for numbers. */
void text_add_left(struct buf *out, const char *s, size_t width);
void text_add_right(struct buf *out, const char *s, size_t width);

/* Ends a line, without the blanks that empty cells left at its end. */
void text_end_line(struct buf *out);

/* Adds a text of several lines: newlines and tabs stay, other control characters become "?". */
void text_add_lines(struct buf *out, const char *s, size_t len);

/* "0.4s", "12s", "4m07s", "2h05m", "3d04h": never longer than 7 columns below a thousand days. */
#define TEXT_DURATION_SIZE 24
void text_duration(uint64_t ms, char ret[TEXT_DURATION_SIZE]);

/* "480.1 GB": powers of 1000, as disks are sold. */
#define TEXT_SIZE_SIZE 48
void text_size(uint64_t bytes, char ret[TEXT_SIZE_SIZE]);
