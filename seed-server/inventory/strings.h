/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Every name is kept once: equal names are the same pointer. NUL-terminated, and may hold NUL. */
struct text {
    uint32_t len;
    uint32_t number; /* 0, 1, 2 … in the order of their coming */
    char s[];
};

struct strings {
    const struct text **table; /* open addressing */
    size_t n, allocated;
    struct strings_block *blocks;
};

void strings_init(struct strings *s);
void strings_done(struct strings *s);

/* The one copy; -ENOMEM, -E2BIG past 4 GiB. */
int strings_intern(struct strings *s, const char *text, size_t len, const struct text **ret,
                   struct error *e) _must_check_;

/* The same where it is there already, else NULL. */
const struct text *strings_find(const struct strings *s, const char *text, size_t len);
