/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "common/error.h"

/* The words of one line, decoded into one block of memory. Reused from line to line. */
struct shlex_word {
    const char *text; /* not NUL-terminated: a word may hold NUL bytes */
    size_t len;
};

struct shlex {
    char *text;
    size_t text_allocated;
    struct shlex_word *words;
    size_t n, allocated;
};

void shlex_init(struct shlex *s);
void shlex_done(struct shlex *s);

/* Python's shlex.split(line, comments=True): white space is space, tab, CR and LF; '#' outside
 * quotes starts a comment, in the middle of a word too. -EINVAL with Python's words: "No closing
 * quotation", "No escaped character". */
int shlex_split(struct shlex *s, const char *line, size_t len, struct error *e) _must_check_;
