/* SPDX-License-Identifier: Apache-2.0 */
#include "precedence.h"

/* From weak to strong, as Ansible 2.14's VariableManager has it:
 *   1. `all` in hosts.ini, 2. the host's other groups there by (depth, priority, name),
 *   3. group_vars/all, 4. group_vars of the other groups in the same order,
 *   5. the host's lines in hosts.ini, 6. host_vars.
 * A stronger value replaces a weaker one whole; mappings aren't merged. */

/* vars.yml where no group of the cluster's name is there to hold it: kubespray itself makes that
 * group of these. */
static bool is_cluster_host(const struct inventory *inv, const struct host *h)
{
    static const char *const members[] = {"kube_control_plane", "kube-master", "kube_node",
                                          "kube-node",          "calico_rr",   "calico-rr"};

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        size_t group = inventory_find_group(inv, members[i]);

        if (group != SIZE_MAX && inventory_host_in_group(inv, (size_t)(h - inv->hosts), group))
            return true;
    }
    return false;
}

static int run(const struct vars *v, precedence_visit *visit, void *userdata)
{
    return v && v->n ? visit(v, userdata) : 0;
}

/* Both halves of the groups' share: first the files, then hosts.ini. */
static int groups_strongest_first(const struct inventory *inv, const uint32_t *groups, uint32_t n,
                                  precedence_visit *visit, void *userdata)
{
    int r = 0;

    for (uint32_t i = n; r == 0 && i-- > 0;)
        r = run(inv->groups[groups[i]].files, visit, userdata);
    if (r == 0)
        r = run(inv->groups[GROUP_ALL].files, visit, userdata);
    for (uint32_t i = n; r == 0 && i-- > 0;)
        r = run(&inv->groups[groups[i]].vars, visit, userdata);
    return r ? r : run(&inv->groups[GROUP_ALL].vars, visit, userdata);
}

int precedence_of_groups(const struct inventory *inv, uint32_t host, precedence_visit *visit,
                         void *userdata)
{
    const struct host *h = &inv->hosts[host];
    const struct groupset *set = &inv->groupsets[h->groupset];
    int r = 0;

    if (inv->cluster.n && is_cluster_host(inv, h))
        r = visit(&inv->cluster, userdata);
    return r ? r : groups_strongest_first(inv, set->groups, set->n, visit, userdata);
}

int precedence_of_host(const struct inventory *inv, uint32_t host, precedence_visit *visit,
                       void *userdata)
{
    const struct host *h = &inv->hosts[host];
    int r;

    r = run(h->files, visit, userdata);
    if (r == 0)
        r = run(&h->vars, visit, userdata);
    return r ? r : precedence_of_groups(inv, host, visit, userdata);
}

struct search {
    const struct text *name;
    const struct var *found;
};

static int look(const struct vars *v, void *userdata)
{
    struct search *s = userdata;

    s->found = vars_find(v, s->name);
    return s->found != NULL;
}

static const json_t *answer(const struct inventory *inv, const struct search *s,
                            struct inventory_origin *ret_origin)
{
    if (!s->found)
        return NULL;
    if (ret_origin)
        *ret_origin = (struct inventory_origin){inv->files[s->found->file], s->found->line};
    return s->found->value;
}

const json_t *inventory_host_var(const struct inventory *inv, size_t host, const char *name,
                                 struct inventory_origin *ret_origin)
{
    struct search s = {strings_find(&inv->strings, name, strlen(name)), NULL};

    if (s.name)
        (void)precedence_of_host(inv, (uint32_t)host, look, &s); /* 1: found */
    return answer(inv, &s, ret_origin);
}

const json_t *inventory_cluster_var(const struct inventory *inv, const char *name,
                                    struct inventory_origin *ret_origin)
{
    struct search s = {strings_find(&inv->strings, name, strlen(name)), NULL};
    const struct groupset *set = &inv->cluster_groups;

    if (s.name && !run(&inv->cluster, look, &s))
        (void)groups_strongest_first(inv, set->groups, set->n, look, &s); /* 1: found */
    return answer(inv, &s, ret_origin);
}
