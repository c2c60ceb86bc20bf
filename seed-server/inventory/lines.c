/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <string.h>

void lines_init(struct lines *l, const char *text, size_t len)
{
    l->at = text;
    l->end = text + len;
    l->number = 0;
}

/* Bytes of the line break at p: \n \r \r\n \v \f, \x1c to \x1e, U+0085, U+2028, U+2029. A lone byte
 * 0x85 is no valid UTF-8 and breaks nothing. */
static size_t line_break(const char *p, const char *end)
{
    switch ((unsigned char)*p) {
    case '\r':
        return end - p > 1 && p[1] == '\n' ? 2 : 1;
    case '\n':
    case '\v':
    case '\f':
    case 0x1c:
    case 0x1d:
    case 0x1e:
        return 1;
    case 0xc2:
        return end - p > 1 && (unsigned char)p[1] == 0x85 ? 2 : 0;
    case 0xe2:
        return end - p > 2 && (unsigned char)p[1] == 0x80 &&
                       ((unsigned char)p[2] == 0xa8 || (unsigned char)p[2] == 0xa9)
                   ? 3
                   : 0;
    default:
        return 0;
    }
}

bool lines_next(struct lines *l, const char **ret, size_t *ret_len)
{
    const char *p;
    size_t n;

    if (l->at == l->end)
        return false;
    for (p = l->at; p < l->end; p++) {
        n = line_break(p, l->end);
        if (n)
            break;
    }
    *ret = l->at;
    *ret_len = (size_t)(p - l->at);
    l->at = p < l->end ? p + n : p;
    l->number++;
    return true;
}
