/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* The groups form a graph without loops; a group may have several parents. */

int group_ancestors(struct inventory *inv, uint32_t group, struct index_list *ret, struct error *e)
{
    uint32_t mark = ++inv->mark, at = group;

    ret->n = 0;
    for (uint32_t next = 0;; next++) {
        const struct index_list *parents = &inv->groups[at].parents;

        for (uint32_t i = 0; i < parents->n; i++) {
            struct group *parent = &inv->groups[parents->items[i]];

            if (parent->mark == mark)
                continue;
            parent->mark = mark;
            if (index_list_add(ret, parents->items[i]) < 0)
                return error_oom(e);
        }
        if (next == ret->n)
            return 0;
        at = ret->items[next];
    }
}

static bool contains(const struct index_list *l, uint32_t item)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->items[i] == item)
            return true;
    return false;
}

/* A group is deeper than its parents: moves those below down where they have to. */
static int deepen(struct inventory *inv, uint32_t group, uint32_t depth, struct error *e)
{
    struct index_list todo = {NULL, 0, 0};
    int r = 0;

    if (inv->groups[group].depth >= depth)
        return 0;
    inv->groups[group].depth = depth;
    r = index_list_add(&todo, group);
    while (r == 0 && todo.n) {
        const struct group *g = &inv->groups[todo.items[--todo.n]];

        for (uint32_t i = 0; r == 0 && i < g->children.n; i++) {
            struct group *child = &inv->groups[g->children.items[i]];

            if (child->depth > g->depth)
                continue;
            child->depth = g->depth + 1;
            r = index_list_add(&todo, g->children.items[i]);
        }
    }
    index_list_done(&todo);
    return r < 0 ? error_oom(e) : 0;
}

int group_add_child(struct inventory *inv, uint32_t parent, uint32_t child, struct error *e)
{
    struct group *p = &inv->groups[parent], *c = &inv->groups[child];
    struct index_list above = {NULL, 0, 0};
    bool loop;
    int r;

    if (parent == child)
        return error_set(e, -EINVAL, "can't add group to itself");
    if (contains(&c->parents, parent))
        return 0;
    if (c->children.n) { /* else it can't be anyone's ancestor */
        r = group_ancestors(inv, parent, &above, e);
        loop = contains(&above, child);
        index_list_done(&above);
        if (r < 0)
            return r;
        if (loop)
            return error_set(
                e, -EINVAL,
                "Adding group '%s' as child to '%s' creates a recursive dependency loop.",
                c->name->s, p->name->s);
    }
    if (index_list_add(&p->children, child) < 0 || index_list_add(&c->parents, parent) < 0)
        return error_oom(e);
    return deepen(inv, child, p->depth + 1, e);
}
