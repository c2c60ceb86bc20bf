/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdarg.h>

#define CHUNK_SIZE (64 * 1024)

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    char data[];
};

void arena_done(struct arena *a)
{
    struct arena_chunk *c, *next;

    for (c = a->chunks; c; c = next) {
        next = c->next;
        free(c);
    }
    *a = (struct arena){0};
}

/* size bytes, or NULL with failed set. */
static char *arena_take(struct arena *a, size_t size)
{
    struct arena_chunk *c = a->chunks;
    size_t room;

    if (a->failed)
        return NULL;
    if (!c || c->size - c->used < size) {
        room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        c = malloc(sizeof(*c) + room);
        if (!c) {
            a->failed = true;
            return NULL;
        }
        c->used = 0;
        c->size = room;
        c->next = a->chunks;
        a->chunks = c;
    }
    c->used += size;
    return c->data + c->used - size;
}

const char *arena_copy(struct arena *a, const char *s)
{
    size_t size;
    char *p;

    if (!s)
        return NULL;
    size = strlen(s) + 1;
    p = arena_take(a, size);
    if (!p)
        return "";
    memcpy(p, s, size);
    return p;
}

const char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0) {
        a->failed = true;
        return "";
    }
    p = arena_take(a, (size_t)n + 1);
    if (!p)
        return "";
    va_start(ap, format);
    (void)vsnprintf(p, (size_t)n + 1, format, ap); /* measured just above */
    va_end(ap);
    return p;
}

const char *arena_share(struct arena *a, const char **last, const char *s)
{
    if (!s)
        return NULL;
    if (!*last || strcmp(*last, s) != 0)
        *last = arena_copy(a, s);
    return *last;
}
