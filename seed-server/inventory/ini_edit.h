/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/error.h"

/* The smallest change of a hosts.ini: one line more, every other byte as it was. Lines and sections
 * are found as the loader finds them. */

/* Whether the text has a section "[GROUP]" (or "[GROUP:hosts]") for hosts. */
bool ini_has_section(const char *text, size_t len, const char *group);

/* text with line (without a line break) behind the last host of the first such section, or behind
 * its header; comments and blank lines that follow stay where they are. Where there is none, it is
 * made at the end with make, and -ENOENT without. Line breaks are those of the line before. */
int ini_insert(const char *text, size_t len, const char *group, bool make, const char *line,
               struct buf *out, struct error *e) _must_check_;
