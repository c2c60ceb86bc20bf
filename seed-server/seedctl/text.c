/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <inttypes.h>

/* Length of the UTF-8 sequence at s that may be shown as it is, 0 for a byte that may not. Overlong
 * forms, surrogates and C1 controls are among those. The NUL that ends s ends every sequence. */
static size_t sequence_len(const unsigned char *s)
{
    size_t len;
    uint32_t c;

    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        len = 2;
        c = s[0] & 0x1f;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        len = 3;
        c = s[0] & 0x0f;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        len = 4;
        c = s[0] & 0x07;
    } else {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c < 0xa0 || (len == 3 && c < 0x800) || (len == 4 && c < 0x10000) || c > 0x10ffff ||
        (c >= 0xd800 && c <= 0xdfff))
        return 0;
    return len;
}

size_t text_width(const char *s)
{
    size_t width = 0;

    while (*s) {
        size_t len = sequence_len((const unsigned char *)s);

        s += len ? len : 1;
        width++;
    }
    return width;
}

size_t text_add(struct buf *out, const char *s, size_t max)
{
    bool cut = text_width(s) > max;
    size_t used = 0;

    if (max == 0)
        return 0;
    while (*s && used < max - cut) {
        size_t len = sequence_len((const unsigned char *)s);

        if (len)
            buf_add(out, s, len);
        else
            buf_add_char(out, '?');
        s += len ? len : 1;
        used++;
    }
    if (cut) {
        buf_add_str(out, "…");
        used++;
    }
    return used;
}

static void add_blanks(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_add_char(out, ' ');
}

void text_add_left(struct buf *out, const char *s, size_t width)
{
    add_blanks(out, width - text_add(out, s, width));
}

void text_add_right(struct buf *out, const char *s, size_t width)
{
    size_t own = text_width(s);

    if (own < width)
        add_blanks(out, width - own);
    (void)text_add(out, s, width); /* fills what is left */
}

void text_end_line(struct buf *out)
{
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    buf_add_char(out, '\n');
}

void text_add_lines(struct buf *out, const char *s, size_t len)
{
    size_t i = 0;

    while (i < len) {
        /* A sequence that the end of s cuts off must not be completed by what lies behind it. */
        unsigned char window[5] = {0};
        size_t n;

        if (s[i] == '\n' || s[i] == '\t') {
            buf_add_char(out, s[i++]);
            continue;
        }
        memcpy(window, s + i, len - i < 4 ? len - i : 4);
        n = sequence_len(window);
        if (n)
            buf_add(out, s + i, n);
        else
            buf_add_char(out, '?');
        i += n ? n : 1;
    }
}

void text_duration(uint64_t ms, char ret[TEXT_DURATION_SIZE])
{
    uint64_t s = ms / 1000;

    if (ms < 9950) /* 9.95 s would be printed as 10.0 */
        (void)snprintf(ret, TEXT_DURATION_SIZE, "%" PRIu64 ".%" PRIu64 "s", (ms + 50) / 1000,
                       (ms + 50) % 1000 / 100);
    else if (s < 60)
        (void)snprintf(ret, TEXT_DURATION_SIZE, "%" PRIu64 "s", s);
    else if (s < 3600)
        (void)snprintf(ret, TEXT_DURATION_SIZE, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
    else if (s < 86400)
        (void)snprintf(ret, TEXT_DURATION_SIZE, "%" PRIu64 "h%02" PRIu64 "m", s / 3600,
                       s % 3600 / 60);
    else
        (void)snprintf(ret, TEXT_DURATION_SIZE, "%" PRIu64 "d%02" PRIu64 "h", s / 86400,
                       s % 86400 / 3600);
}

void text_size(uint64_t bytes, char ret[TEXT_SIZE_SIZE])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
    uint64_t unit = 1;
    size_t i = 0;

    while (i + 1 < ARRAY_SIZE(units) && bytes / unit >= 1000) {
        unit *= 1000;
        i++;
    }
    if (i == 0)
        (void)snprintf(ret, TEXT_SIZE_SIZE, "%" PRIu64 " %s", bytes, units[i]);
    else
        (void)snprintf(ret, TEXT_SIZE_SIZE, "%" PRIu64 ".%" PRIu64 " %s", bytes / unit,
                       bytes % unit / (unit / 10), units[i]);
}
