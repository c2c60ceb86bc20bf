/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text as Python sees it: UTF-8 by code points. A byte that isn't part of valid UTF-8 is a
 * character of its own (Python's surrogateescape): U+DC80 + (byte - 0x80), neither word, space nor
 * digit. */

struct unicode_range {
    uint32_t first, last;
};

extern const struct unicode_range unicode_word[], unicode_space[], unicode_decimal[];
extern const size_t unicode_word_count, unicode_space_count, unicode_decimal_count;

/* The code point at s[0…n); returns its bytes (1 to 4), 0 when n is 0. */
size_t unicode_decode(const char *s, size_t n, uint32_t *ret);

/* The code point that ends at s + n; returns its bytes, 0 when n is 0. */
size_t unicode_decode_last(const char *s, size_t n, uint32_t *ret);

/* Writes 1 to 4 bytes; surrogates keep three. */
size_t unicode_encode(uint32_t c, char ret[4]);

/* Code points in s[0…n). */
size_t unicode_length(const char *s, size_t n);

bool unicode_is_word(uint32_t c);  /* re's \w, Unicode 14.0 */
bool unicode_is_space(uint32_t c); /* re's \s and str.strip() */
int unicode_digit(uint32_t c);     /* 0…9, or -1 */

/* Cuts white space off both ends. */
void unicode_strip(const char **s, size_t *n);
