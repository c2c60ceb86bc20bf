/* SPDX-License-Identifier: Apache-2.0 */
#include "buf.h"

#include <stdarg.h>
#include <stdbool.h>

void buf_init(struct buf *b, size_t limit)
{
    *b = (struct buf)BUF_INIT(limit);
}

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf)BUF_INIT(b->limit);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failure = 0;
    if (b->data)
        b->data[0] = '\0';
}

/* Makes room for len more bytes and the NUL. */
static bool buf_reserve(struct buf *b, size_t len)
{
    size_t want;
    char *p;

    if (b->failure)
        return false;
    if (len > b->limit || b->len > b->limit - len) {
        b->failure = -E2BIG;
        return false;
    }
    if (b->data && b->len + len < b->allocated)
        return true;
    want = b->allocated ? b->allocated * 2 : 256;
    if (want < b->len + len + 1)
        want = b->len + len + 1;
    if (want > b->limit + 1)
        want = b->limit + 1;
    p = realloc(b->data, want);
    if (!p) {
        b->failure = -ENOMEM;
        return false;
    }
    b->data = p;
    b->allocated = want;
    return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_add_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || !buf_reserve(b, (size_t)n))
        return;
    va_start(ap, format);
    (void)vsnprintf(b->data + b->len, (size_t)n + 1, format, ap); /* measured just above */
    va_end(ap);
    b->len += (size_t)n;
}

int buf_check(const struct buf *b)
{
    return b->failure;
}

char *buf_take(struct buf *b, size_t *ret_len)
{
    char *p;

    if (!b->data)
        buf_add(b, "", 0);
    if (b->failure)
        return NULL;
    if (ret_len)
        *ret_len = b->len;
    p = TAKE_PTR(b->data);
    b->len = b->allocated = 0;
    return p;
}
