/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory.h"

#include "model.h"

size_t inventory_warning_count(const struct inventory *inv)
{
    return inv->n_warnings;
}

const char *inventory_warning(const struct inventory *inv, size_t i)
{
    return inv->warnings[i];
}

const char *inventory_file(const struct inventory *inv, size_t i)
{
    return i < inv->n_files ? inv->files[i] : NULL;
}

const json_t *inventory_addons(const struct inventory *inv)
{
    return inv->addons;
}

size_t inventory_host_count(const struct inventory *inv)
{
    return inv->n_hosts;
}

const char *inventory_host_name(const struct inventory *inv, size_t host)
{
    return inv->hosts[host].name->s;
}

struct inventory_origin inventory_host_origin(const struct inventory *inv, size_t host)
{
    const struct host *h = &inv->hosts[host];

    return (struct inventory_origin){inv->files[h->file], h->line};
}

struct inventory_origin inventory_group_origin(const struct inventory *inv, size_t group)
{
    const struct group *g = &inv->groups[group];

    return (struct inventory_origin){inv->files[g->file], g->line};
}

static size_t to_size(uint32_t index)
{
    return index == NO_INDEX ? SIZE_MAX : index;
}

size_t inventory_find_host(const struct inventory *inv, const char *name)
{
    return to_size(model_host(inv, strings_find(&inv->strings, name, strlen(name))));
}

size_t inventory_find_group(const struct inventory *inv, const char *name)
{
    return to_size(model_group(inv, strings_find(&inv->strings, name, strlen(name))));
}

bool inventory_has_cluster(const struct inventory *inv)
{
    uint32_t groups[CLUSTER_NAMES];

    return model_cluster(inv, groups) > 0;
}

bool inventory_host_in_cluster(const struct inventory *inv, size_t host)
{
    uint32_t groups[CLUSTER_NAMES];
    size_t n = model_cluster(inv, groups);

    for (size_t i = 0; i < n; i++)
        if (inventory_host_in_group(inv, host, groups[i]))
            return true;
    return false;
}

/* Ansible goes down level by level, the group's own hosts first. (Below the second level its order
 * is that of memory addresses; ours is the order of listing.) */
int inventory_group_hosts(const struct inventory *inv, size_t group, size_t **ret, size_t *ret_n,
                          struct error *e)
{
    _cleanup_free_ bool *seen_host = calloc(inv->n_hosts + 1, sizeof(bool));
    _cleanup_free_ bool *seen_group = calloc(inv->n_groups, sizeof(bool));
    _cleanup_free_ size_t *hosts = calloc(inv->n_hosts + 1, sizeof(*hosts));
    _cleanup_free_ uint32_t *queue = calloc(inv->n_groups, sizeof(*queue));
    size_t n = 0, head = 0, tail = 0;

    if (!seen_host || !seen_group || !hosts || !queue)
        return error_oom(e);
    queue[tail++] = (uint32_t)group;
    seen_group[group] = true;
    while (head < tail) {
        const struct group *g = &inv->groups[queue[head++]];

        for (uint32_t i = 0; i < g->hosts.n; i++) {
            uint32_t host = g->hosts.items[i];

            if (!seen_host[host])
                hosts[n++] = host;
            seen_host[host] = true;
        }
        for (uint32_t i = 0; i < g->children.n; i++) {
            uint32_t child = g->children.items[i];

            if (!seen_group[child])
                queue[tail++] = child;
            seen_group[child] = true;
        }
    }
    *ret = TAKE_PTR(hosts);
    *ret_n = n;
    return 0;
}

bool inventory_host_in_group(const struct inventory *inv, size_t host, size_t group)
{
    const struct groupset *set = &inv->groupsets[inv->hosts[host].groupset];
    uint32_t rank = inv->groups[group].rank;
    size_t low = 0, high = set->n;

    if (group == GROUP_ALL)
        return true;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint32_t at = inv->groups[set->groups[middle]].rank;

        if (at == rank)
            return true;
        if (at < rank)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static void seen_vars(const struct inventory *inv, const struct vars *v, inventory_var_seen *seen,
                      void *userdata)
{
    for (uint32_t i = 0; v && i < v->n; i++)
        seen(v->items[i].name->s, v->items[i].value,
             (struct inventory_origin){inv->files[v->items[i].file], v->items[i].line}, userdata);
}

/* A line that sets several hosts (a range) sets the same value in each: told once. */
void inventory_each_var(const struct inventory *inv, inventory_var_seen *seen, void *userdata)
{
    const struct host *before = NULL;

    for (uint32_t i = 0; i < inv->n_groups; i++) {
        seen_vars(inv, &inv->groups[i].vars, seen, userdata);
        seen_vars(inv, inv->groups[i].files, seen, userdata);
    }
    seen_vars(inv, &inv->cluster, seen, userdata);
    for (uint32_t i = 0; i < inv->n_hosts; i++) {
        const struct host *h = &inv->hosts[i];

        for (uint32_t k = 0; k < h->vars.n; k++) {
            const struct var *v = &h->vars.items[k];
            const struct var *other = before ? vars_find(&before->vars, v->name) : NULL;

            if (other && other->line == v->line && other->file == v->file)
                continue;
            seen(v->name->s, v->value, (struct inventory_origin){inv->files[v->file], v->line},
                 userdata);
        }
        seen_vars(inv, h->files, seen, userdata);
        before = h;
    }
}
