/* SPDX-License-Identifier: Apache-2.0 */
#include "index.h"

#include <stdint.h>

void index_done(struct index *x)
{
    free(x->slots);
    *x = (struct index){0};
}

/* FNV-1a of 64 bits: keys come from the administrator's own file. */
static size_t hash(const char *key)
{
    uint64_t h = 0xcbf29ce484222325ULL;

    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 0x100000001b3ULL;
    return (size_t)(h ^ (h >> 32));
}

/* The slot that has key, or the empty one where it belongs. */
static struct index_slot *slot_of(const struct index *x, const char *key)
{
    size_t i = hash(key) & (x->size - 1);

    while (x->slots[i].key && strcmp(x->slots[i].key, key) != 0)
        i = (i + 1) & (x->size - 1);
    return &x->slots[i];
}

size_t index_find(const struct index *x, const char *key)
{
    const struct index_slot *s;

    if (!x->size || !key)
        return SIZE_MAX;
    s = slot_of(x, key);
    return s->key ? s->value : SIZE_MAX;
}

static int grow(struct index *x, struct error *e)
{
    struct index bigger = {.n = x->n, .size = x->size ? x->size * 2 : 16};
    size_t i;

    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (!bigger.slots)
        return error_oom(e);
    for (i = 0; i < x->size; i++)
        if (x->slots[i].key)
            *slot_of(&bigger, x->slots[i].key) = x->slots[i];
    free(x->slots);
    *x = bigger;
    return 0;
}

int index_put(struct index *x, const char *key, size_t value, size_t *ret_there, struct error *e)
{
    struct index_slot *s;
    int r;

    if (x->n * 4 >= x->size * 3) {
        r = grow(x, e);
        if (r < 0)
            return r;
    }
    s = slot_of(x, key);
    if (s->key) {
        *ret_there = s->value;
        return 0;
    }
    *s = (struct index_slot){key, value};
    x->n++;
    *ret_there = SIZE_MAX;
    return 0;
}
