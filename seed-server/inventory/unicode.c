/* SPDX-License-Identifier: Apache-2.0 */
#include "unicode.h"

/* Bytes of the valid sequence at s, or 0. RFC 3629: no overlong forms, surrogates or above 10FFFF.
 */
static size_t sequence(const unsigned char *s, size_t n, uint32_t *ret)
{
    uint32_t c = s[0], smallest;
    size_t len;

    if (c < 0x80) {
        *ret = c;
        return 1;
    }
    if (c >= 0xc2 && c <= 0xdf) {
        len = 2;
        c &= 0x1f;
        smallest = 0x80;
    } else if (c >= 0xe0 && c <= 0xef) {
        len = 3;
        c &= 0x0f;
        smallest = 0x800;
    } else if (c >= 0xf0 && c <= 0xf4) {
        len = 4;
        c &= 0x07;
        smallest = 0x10000;
    } else {
        return 0;
    }
    if (n < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < smallest || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret = c;
    return len;
}

size_t unicode_decode(const char *s, size_t n, uint32_t *ret)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t len;

    if (!n)
        return 0;
    len = sequence(u, n, ret);
    if (len)
        return len;
    *ret = 0xdc00u + u[0];
    return 1;
}

size_t unicode_decode_last(const char *s, size_t n, uint32_t *ret)
{
    /* The longest valid sequence that ends here; else the byte alone. */
    for (size_t len = 1; len <= 4 && len <= n; len++)
        if (sequence((const unsigned char *)s + n - len, len, ret) == len)
            return len;
    if (!n)
        return 0;
    *ret = 0xdc00u + (unsigned char)s[n - 1];
    return 1;
}

size_t unicode_encode(uint32_t c, char ret[4])
{
    if (c < 0x80) {
        ret[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        ret[0] = (char)(0xc0 | c >> 6);
        ret[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        ret[0] = (char)(0xe0 | c >> 12);
        ret[1] = (char)(0x80 | (c >> 6 & 0x3f));
        ret[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    ret[0] = (char)(0xf0 | c >> 18);
    ret[1] = (char)(0x80 | (c >> 12 & 0x3f));
    ret[2] = (char)(0x80 | (c >> 6 & 0x3f));
    ret[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t unicode_length(const char *s, size_t n)
{
    size_t count = 0;
    uint32_t c;

    for (size_t i = 0; i < n; count++)
        i += unicode_decode(s + i, n - i, &c);
    return count;
}

static const struct unicode_range *find(const struct unicode_range *table, size_t n, uint32_t c)
{
    size_t low = 0;

    while (low < n) {
        size_t middle = low + (n - low) / 2;

        if (c > table[middle].last)
            low = middle + 1;
        else if (c < table[middle].first)
            n = middle;
        else
            return &table[middle];
    }
    return NULL;
}

bool unicode_is_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
    return find(unicode_word, unicode_word_count, c) != NULL;
}

bool unicode_is_space(uint32_t c)
{
    if (c < 0x80)
        return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    return find(unicode_space, unicode_space_count, c) != NULL;
}

int unicode_digit(uint32_t c)
{
    const struct unicode_range *r = find(unicode_decimal, unicode_decimal_count, c);

    return r ? (int)(c - r->first) : -1;
}

void unicode_strip(const char **s, size_t *n)
{
    size_t len;
    uint32_t c;

    while ((len = unicode_decode(*s, *n, &c)) && unicode_is_space(c)) {
        *s += len;
        *n -= len;
    }
    while ((len = unicode_decode_last(*s, *n, &c)) && unicode_is_space(c))
        *n -= len;
}
