/* SPDX-License-Identifier: Apache-2.0 */
#include "pem.h"

#include <stdio.h>
#include <string.h>

static bool is_line_end(char c)
{
    return c == '\r' || c == '\n';
}

static bool is_base64(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

bool pem_is_one_block(const char *text, size_t len, const char *label)
{
    char begin[64], end[64];
    size_t begin_len = (size_t)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
    size_t end_len = (size_t)snprintf(end, sizeof(end), "-----END %s-----", label);
    const char *at = text + begin_len, *close;

    if (len < begin_len || memcmp(text, begin, begin_len) != 0)
        return false;
    close = memmem(at, len - begin_len, end, end_len);
    if (!close)
        return false;
    for (; at < close; at++)
        if (!is_base64(*at) && !is_line_end(*at))
            return false;
    for (at = close + end_len; at < text + len; at++)
        if (!is_line_end(*at))
            return false;
    return true;
}
