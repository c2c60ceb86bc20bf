/* SPDX-License-Identifier: Apache-2.0 */
#include "strings.h"

#define BLOCK_SIZE (64 * 1024)

struct strings_block {
    struct strings_block *next;
    size_t used, size;
    _Alignas(struct text) char data[];
};

void strings_init(struct strings *s)
{
    *s = (struct strings){0};
}

void strings_done(struct strings *s)
{
    while (s->blocks) {
        struct strings_block *b = s->blocks;

        s->blocks = b->next;
        free(b);
    }
    free(s->table);
    strings_init(s);
}

/* FNV-1a: the names are the administrator's own. */
static size_t hash(const char *text, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

/* Where text is or would be; the table must have a free place. */
static size_t place(const struct text **table, size_t allocated, const char *text, size_t len)
{
    size_t i = hash(text, len) & (allocated - 1);

    while (table[i] && (table[i]->len != len || memcmp(table[i]->s, text, len) != 0))
        i = (i + 1) & (allocated - 1);
    return i;
}

static int grow(struct strings *s)
{
    size_t want = s->allocated ? s->allocated * 2 : 256;
    const struct text **table = calloc(want, sizeof(const struct text *));

    if (!table)
        return -ENOMEM;
    for (size_t i = 0; i < s->allocated; i++)
        if (s->table[i])
            table[place(table, want, s->table[i]->s, s->table[i]->len)] = s->table[i];
    free(s->table);
    s->table = table;
    s->allocated = want;
    return 0;
}

static struct text *allocate(struct strings *s, size_t len)
{
    size_t size = sizeof(struct text) + len + 1;
    struct strings_block *b = s->blocks;
    struct text *t;

    size = (size + _Alignof(struct text) - 1) / _Alignof(struct text) * _Alignof(struct text);
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

        b = malloc(sizeof(*b) + room);
        if (!b)
            return NULL;
        *b = (struct strings_block){s->blocks, 0, room};
        s->blocks = b;
    }
    t = (struct text *)(void *)(b->data + b->used);
    b->used += size;
    return t;
}

const struct text *strings_find(const struct strings *s, const char *text, size_t len)
{
    return s->allocated ? s->table[place(s->table, s->allocated, text, len)] : NULL;
}

int strings_intern(struct strings *s, const char *text, size_t len, const struct text **ret,
                   struct error *e)
{
    struct text *t;
    size_t i;

    if (len >= UINT32_MAX)
        return error_set(e, -E2BIG, "a name of %zu bytes is too long", len);
    if (s->n * 4 >= s->allocated * 3 && grow(s) < 0)
        return error_oom(e);
    i = place(s->table, s->allocated, text, len);
    if (!s->table[i]) {
        t = allocate(s, len);
        if (!t)
            return error_oom(e);
        t->len = (uint32_t)len;
        t->number = (uint32_t)s->n;
        if (len)
            memcpy(t->s, text, len);
        t->s[len] = '\0';
        s->table[i] = t;
        s->n++;
    }
    *ret = s->table[i];
    return 0;
}
