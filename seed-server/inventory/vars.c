/* SPDX-License-Identifier: Apache-2.0 */
#include "vars.h"

#define INDEX_FROM 16 /* fewer are found faster by looking at each */

void vars_done(struct vars *v)
{
    for (uint32_t i = 0; i < v->n; i++)
        json_decref(v->items[i].value);
    free(v->items);
    free(v->index);
    *v = (struct vars){0};
}

/* Places hold item + 1; 0 is free. A name's number spreads well enough. */
static uint32_t *place(const struct vars *v, uint32_t *index, uint32_t size,
                       const struct text *name)
{
    uint32_t i = (name->number * 2654435761u) & (size - 1);

    while (index[i] && v->items[index[i] - 1].name != name)
        i = (i + 1) & (size - 1);
    return &index[i];
}

static int grow_index(struct vars *v)
{
    uint32_t size = v->index_size ? v->index_size * 2 : INDEX_FROM * 4, *index;

    index = calloc(size, sizeof(*index));
    if (!index)
        return -ENOMEM;
    for (uint32_t i = 0; i < v->n; i++)
        *place(v, index, size, v->items[i].name) = i + 1;
    free(v->index);
    v->index = index;
    v->index_size = size;
    return 0;
}

static struct var *find(const struct vars *v, const struct text *name)
{
    if (v->index) {
        uint32_t at = *place(v, v->index, v->index_size, name);

        return at ? &v->items[at - 1] : NULL;
    }
    for (uint32_t i = 0; i < v->n; i++)
        if (v->items[i].name == name)
            return &v->items[i];
    return NULL;
}

const struct var *vars_find(const struct vars *v, const struct text *name)
{
    return find(v, name);
}

int vars_set(struct vars *v, const struct text *name, json_t *value, uint32_t file, uint32_t line)
{
    struct var *var;

    if (!value)
        return -ENOMEM;
    var = find(v, name);
    if (var) {
        json_decref(var->value);
        *var = (struct var){name, value, file, line};
        return 0;
    }
    if (v->n == v->allocated) {
        uint32_t want = v->allocated ? v->allocated * 2 : 4;

        var = reallocarray(v->items, want, sizeof(*var));
        if (!var)
            goto oom;
        v->items = var;
        v->allocated = want;
    }
    if (v->n >= INDEX_FROM && v->n * 2 >= v->index_size && grow_index(v) < 0)
        goto oom;
    if (v->index)
        *place(v, v->index, v->index_size, name) = v->n + 1;
    v->items[v->n++] = (struct var){name, value, file, line};
    return 0;

oom:
    json_decref(value);
    return -ENOMEM;
}
