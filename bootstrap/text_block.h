/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/buf.h"

/* Files that others write too (/etc/hosts, /etc/fstab, chrony.conf) have a part of ours between two
 * marker lines. Pure.
 *
 * Puts text into ret with the part replaced by lines (which end in a newline; "" removes the part).
 * Without a part it goes to the end. A part that lost its end marker (somebody's editor)
 * cannot be told from what follows it: only its first line is taken out then. */
void text_block_replace(const char *text, const char *lines, struct buf *ret);

#define TEXT_BLOCK_BEGIN "# BEGIN nodeseed: written by seed-bootstrap, changes are lost\n"
#define TEXT_BLOCK_END "# END nodeseed\n"

/* Puts text into ret with each line for which match says so turned into a comment, "# MARK: LINE".
 * line is NUL-terminated, without its newline; comments and lines over 1,023 bytes are not asked
 * about. */
typedef bool text_line_match(const char *line, void *userdata);
void text_comment_lines(const char *text, text_line_match *match, void *userdata, const char *mark,
                        struct buf *ret);
