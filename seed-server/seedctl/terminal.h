/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "board.h"

/* Standard output: may a frame be drawn over the last one? */
bool terminal_can_redraw(void);

/* Width, height and colour for standard output, and the time now. What is no terminal has no height
 * and plenty of width. */
struct board_style terminal_style(void);

/* A line that is typed, without its end; free() it. -ENOTTY where there is no terminal to ask on:
 * otherwise says what to do then. */
int terminal_ask(const char *question, const char *otherwise, char **ret,
                 struct error *e) _must_check_;

/* Has answer typed before anything happens. -ECANCELED when something else is, -ENOTTY where there
 * is no terminal to ask on. */
int terminal_confirm(const char *answer, struct error *e) _must_check_;

/* Everything of out to standard output, at once. */
int terminal_write(const struct buf *out, struct error *e) _must_check_;
