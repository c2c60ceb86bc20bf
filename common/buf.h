/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "mem.h"

/* A growable byte buffer with a written limit. data is always NUL-terminated once anything was
 * added (the NUL is not counted in len), so text needs no copy. An append past the limit or out of
 * memory sets failure, adds nothing, and every later append is refused too: append freely, check
 * once. */
struct buf {
    char *data; /* NULL while empty */
    size_t len, allocated, limit;
    int failure; /* 0, -E2BIG or -ENOMEM */
};

#define BUF_INIT(max)                                                                              \
    {                                                                                              \
        NULL, 0, 0, (max), 0                                                                       \
    }

void buf_init(struct buf *b, size_t limit);
void buf_done(struct buf *b);
void buf_clear(struct buf *b); /* keeps memory, drops content and failure */

void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...) _printf_(2, 3);

/* 0, or -ENOMEM or -E2BIG when an append failed. */
int buf_check(const struct buf *b) _must_check_;

/* Hands the content over (free() it); "" is allocated for an empty buffer; NULL if it failed. */
char *buf_take(struct buf *b, size_t *ret_len) _must_check_;

#define _cleanup_buf_ _cleanup_(buf_done)
