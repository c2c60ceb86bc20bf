/* SPDX-License-Identifier: Apache-2.0 */
#include "literal_syntax.h"
#include "unicode.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly count hex digits at *p; false where there are fewer. */
static bool hex(const char **p, const char *end, int count, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < count; i++, (*p)++) {
        if (*p == end || hex_digit(**p) < 0)
            return false;
        *ret = *ret << 4 | (uint32_t)hex_digit(**p);
    }
    return true;
}

static void add(struct buf *out, uint32_t c, bool bytes)
{
    char utf8[4];

    if (bytes)
        buf_add_char(out, (char)c);
    else
        buf_add(out, utf8, unicode_encode(c, utf8));
}

/* One escape, *p behind its backslash. 1: syntax error. */
static int escape(const char **p, const char *end, bool bytes, struct buf *out, bool *ret_named)
{
    static const char simple[][2] = {
        {'\\', '\\'},
        {'\'', '\''},
        {'"',  '"' },
        {'a',  '\a'},
        {'b',  '\b'},
        {'f',  '\f'},
        {'n',  '\n'},
        {'r',  '\r'},
        {'t',  '\t'},
        {'v',  '\v'}
    };
    char c = *(*p)++;
    uint32_t v;

    for (size_t i = 0; i < ARRAY_SIZE(simple); i++)
        if (c == simple[i][0]) {
            buf_add_char(out, simple[i][1]);
            return 0;
        }
    if (c >= '0' && c <= '7') {
        v = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && *p < end && **p >= '0' && **p <= '7'; i++)
            v = v << 3 | (uint32_t)(*(*p)++ - '0');
        add(out, v, bytes); /* Python keeps the low byte of b"\777", too */
        return 0;
    }
    if (c == 'x' || (!bytes && (c == 'u' || c == 'U'))) {
        if (!hex(p, end, c == 'x' ? 2 : c == 'u' ? 4 : 8, &v) || v > 0x10ffff)
            return 1;
        add(out, v, bytes);
        return 0;
    }
    if (c == 'N' && !bytes) {
        const char *close;

        if (*p == end || **p != '{')
            return 1;
        close = memchr(*p, '}', (size_t)(end - *p));
        if (!close || close == *p + 1)
            return 1;
        *p = close + 1;
        *ret_named = true;
        return 0;
    }
    buf_add_char(out, '\\'); /* no escape of Python's: kept */
    buf_add_char(out, c);
    return 0;
}

int literal_decode(const struct token *t, struct buf *out, bool *ret_named)
{
    const char *p = t->body, *end = p + t->body_n;

    if (t->bytes)
        for (const char *q = p; q < end; q++)
            if ((unsigned char)*q >= 0x80)
                return 1; /* bytes can only contain ASCII literal characters */
    while (p < end) {
        if (*p != '\\' || t->raw) {
            buf_add_char(out, *p++);
            continue;
        }
        p++; /* the lexer saw to it that something follows */
        if (escape(&p, end, t->bytes, out, ret_named))
            return 1;
    }
    return 0;
}
