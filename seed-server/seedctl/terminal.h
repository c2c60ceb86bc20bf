/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "board.h"

/* Standard output: may a frame be drawn over the last one? */
bool terminal_can_redraw(void);

/* Width, height and colour for standard output, and the time now. What is no terminal has no height
 * and plenty of width. */
struct board_style terminal_style(void);

/* Everything of out to standard output, at once. */
int terminal_write(const struct buf *out, struct error *e) _must_check_;
