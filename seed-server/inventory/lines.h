/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Lines of a text as Python's str.splitlines() cuts them. Borrowed from the text. */
struct lines {
    const char *at, *end;
    unsigned number; /* of the line handed out last, from 1 */
};

void lines_init(struct lines *l, const char *text, size_t len);

/* The next line without its line break; false after the last. */
bool lines_next(struct lines *l, const char **ret, size_t *ret_len);
