/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* What Ansible does when the last line was read: every group gets below `all`, hosts in no group of
 * their own into `ungrouped` and others out of it; then the groups' order of precedence is fixed.
 */

/* What happens to the hosts of one membership. */
struct fate {
    bool known, leaves_ungrouped;
    struct index_list dropped; /* groups that they lose beside `ungrouped` */
};

struct reconcile {
    struct inventory *inv;
    struct fate *fates; /* by membership */
    uint32_t n_fates;
    bool any_leaves;
    bool *leaves; /* by host: is to go from the list of `ungrouped` */
};

static bool contains(const struct index_list *l, uint32_t item)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->items[i] == item)
            return true;
    return false;
}

static int add_once(struct index_list *l, uint32_t item)
{
    return contains(l, item) ? 0 : index_list_add(l, item);
}

/* All groups of a membership with their ancestors; `ungrouped` itself only if with_ungrouped. */
static int closure(struct inventory *inv, uint32_t membership, bool with_ungrouped,
                   struct index_list *ret, struct error *e)
{
    struct index_list above = {NULL, 0, 0};
    int r = 0;

    ret->n = 0;
    for (uint32_t m = membership; r == 0 && m != NO_INDEX; m = inv->memberships[m].before) {
        uint32_t group = inv->memberships[m].group;

        if (group == GROUP_UNGROUPED && !with_ungrouped)
            continue;
        r = group_ancestors(inv, group, &above, e);
        if (r == 0 && add_once(ret, group) < 0)
            r = error_oom(e);
        for (uint32_t i = 0; r == 0 && i < above.n; i++)
            if (add_once(ret, above.items[i]) < 0)
                r = error_oom(e);
    }
    index_list_done(&above);
    return r;
}

static void remove_item(struct index_list *l, uint32_t item)
{
    for (uint32_t i = 0; i < l->n; i++)
        if (l->items[i] == item) {
            l->items[i] = l->items[--l->n];
            return;
        }
}

/* Whether one of groups has ancestor above it. */
static int any_below(struct inventory *inv, const struct index_list *groups, uint32_t ancestor,
                     bool *ret, struct error *e)
{
    struct index_list above = {NULL, 0, 0};
    int r = 0;

    *ret = false;
    for (uint32_t i = 0; r == 0 && !*ret && i < groups->n; i++) {
        r = group_ancestors(inv, groups->items[i], &above, e);
        *ret = r == 0 && contains(&above, ancestor);
    }
    index_list_done(&above);
    return r;
}

/* Host.remove_group(): with a group go those of its ancestors that no other group of the host has.
 */
static int drop(struct inventory *inv, struct index_list *groups, uint32_t group,
                struct index_list *dropped, struct error *e)
{
    struct index_list above = {NULL, 0, 0};
    bool kept;
    int r;

    if (!contains(groups, group))
        return 0;
    remove_item(groups, group);
    if (index_list_add(dropped, group) < 0)
        return error_oom(e);
    r = group_ancestors(inv, group, &above, e);
    for (uint32_t i = 0; r == 0 && i < above.n; i++) {
        if (above.items[i] == GROUP_ALL)
            continue;
        r = any_below(inv, groups, above.items[i], &kept, e);
        if (r == 0 && !kept)
            r = drop(inv, groups, above.items[i], dropped, e);
    }
    index_list_done(&above);
    return r;
}

/* Finds the fate of a membership: 1 when its hosts are in no group but `all`. */
static int find_fate(struct reconcile *x, uint32_t membership, struct fate *ret, struct error *e)
{
    struct index_list groups = {NULL, 0, 0};
    bool alone = true;
    int r;

    r = closure(x->inv, membership, true, &groups, e);
    for (uint32_t i = 0; r == 0 && i < groups.n; i++)
        if (groups.items[i] != GROUP_ALL && groups.items[i] != GROUP_UNGROUPED)
            alone = false;
    if (r == 0 && alone)
        r = contains(&groups, GROUP_UNGROUPED) ? 0 : 1;
    else if (r == 0 && contains(&groups, GROUP_UNGROUPED)) {
        for (uint32_t m = membership; m != NO_INDEX; m = x->inv->memberships[m].before)
            if (x->inv->memberships[m].group == GROUP_UNGROUPED)
                ret->leaves_ungrouped = true;
        if (ret->leaves_ungrouped)
            r = drop(x->inv, &groups, GROUP_UNGROUPED, &ret->dropped, e);
    }
    index_list_done(&groups);
    ret->known = r == 0; /* those alone are looked at one by one: they change */
    return r;
}

/* add_child('ungrouped', NAME), where a group of that name comes before the host. */
static int into_ungrouped(struct inventory *inv, uint32_t host, struct error *e)
{
    const struct host *h = &inv->hosts[host];
    uint32_t group = model_group(inv, h->name);

    if (group != NO_INDEX)
        return group_add_child(inv, GROUP_UNGROUPED, group, e);
    return model_add_host(inv, h->name, GROUP_UNGROUPED, NULL, h->file, h->line, e);
}

static int reconcile_host(struct reconcile *x, uint32_t host, struct error *e)
{
    struct inventory *inv = x->inv;
    struct fate *fate = &x->fates[inv->hosts[host].memberships];
    int r = 0;

    if (!fate->known)
        r = find_fate(x, inv->hosts[host].memberships, fate, e);
    if (r == 1)
        r = into_ungrouped(inv, host, e);
    if (r == 0 && fate->leaves_ungrouped)
        x->leaves[host] = x->any_leaves = true;
    return r;
}

static void leave_ungrouped(struct reconcile *x)
{
    struct index_list *hosts = &x->inv->groups[GROUP_UNGROUPED].hosts;
    uint32_t kept = 0;

    for (uint32_t i = 0; x->any_leaves && i < hosts->n; i++)
        if (!x->leaves[hosts->items[i]])
            hosts->items[kept++] = hosts->items[i];
    if (x->any_leaves)
        hosts->n = kept;
}

static int compare_groups(const void *a, const void *b, void *userdata)
{
    const struct inventory *inv = userdata;
    const struct group *p = &inv->groups[*(const uint32_t *)a];
    const struct group *q = &inv->groups[*(const uint32_t *)b];
    uint32_t shorter = p->name->len < q->name->len ? p->name->len : q->name->len;
    int r;

    if (p->depth != q->depth)
        return p->depth < q->depth ? -1 : 1;
    if (p->priority != q->priority)
        return p->priority < q->priority ? -1 : 1;
    r = memcmp(p->name->s, q->name->s, shorter); /* UTF-8 sorts as its code points do */
    if (r)
        return r;
    return p->name->len < q->name->len ? -1 : p->name->len > q->name->len;
}

static int rank_groups(struct inventory *inv, struct error *e)
{
    _cleanup_free_ uint32_t *order = calloc(inv->n_groups, sizeof(*order));

    if (!order)
        return error_oom(e);
    for (uint32_t i = 0; i < inv->n_groups; i++)
        order[i] = i;
    qsort_r(order, inv->n_groups, sizeof(*order), compare_groups, inv);
    for (uint32_t i = 0; i < inv->n_groups; i++)
        inv->groups[order[i]].rank = i;
    return 0;
}

static int compare_ranks(const void *a, const void *b, void *userdata)
{
    const struct inventory *inv = userdata;
    uint32_t p = inv->groups[*(const uint32_t *)a].rank, q = inv->groups[*(const uint32_t *)b].rank;

    return p < q ? -1 : p > q;
}

static int make_groupset(struct reconcile *x, uint32_t membership, uint32_t *ret, struct error *e)
{
    struct inventory *inv = x->inv;
    const struct fate *fate = membership < x->n_fates ? &x->fates[membership] : NULL;
    bool leaves = fate && fate->leaves_ungrouped;
    struct index_list groups = {NULL, 0, 0};
    struct groupset *sets;
    int r;

    sets = model_room(inv->groupsets, inv->n_groupsets, &inv->groupsets_allocated, sizeof(*sets));
    if (!sets)
        return error_oom(e);
    inv->groupsets = sets;
    r = closure(inv, membership, !leaves, &groups, e);
    if (r < 0) {
        index_list_done(&groups);
        return r;
    }
    remove_item(&groups, GROUP_ALL);
    for (uint32_t i = 0; leaves && i < fate->dropped.n; i++)
        remove_item(&groups, fate->dropped.items[i]);
    if (groups.n)
        qsort_r(groups.items, groups.n, sizeof(*groups.items), compare_ranks, inv);
    *ret = inv->n_groupsets++;
    sets[*ret] = (struct groupset){groups.items, groups.n};
    return 0;
}

static int make_groupsets(struct reconcile *x, struct error *e)
{
    struct inventory *inv = x->inv;

    for (uint32_t i = 0; i < inv->n_hosts; i++) {
        struct membership *m = &inv->memberships[inv->hosts[i].memberships];

        if (m->groupset == NO_INDEX) {
            int r = make_groupset(x, inv->hosts[i].memberships, &m->groupset, e);

            if (r < 0)
                return r;
        }
        inv->hosts[i].groupset = m->groupset;
    }
    return 0;
}

/* The groups of the cluster as a whole, and their ancestors. */
static int find_cluster_groups(struct inventory *inv, struct error *e)
{
    struct index_list groups = {NULL, 0, 0}, above = {NULL, 0, 0};
    uint32_t cluster[CLUSTER_NAMES];
    size_t n = model_cluster(inv, cluster);
    int r = 0;

    for (size_t k = 0; r == 0 && k < n; k++) {
        r = group_ancestors(inv, cluster[k], &above, e);
        if (r == 0 && add_once(&groups, cluster[k]) < 0)
            r = error_oom(e);
        for (uint32_t i = 0; r == 0 && i < above.n; i++)
            if (above.items[i] != GROUP_ALL && add_once(&groups, above.items[i]) < 0)
                r = error_oom(e);
    }
    index_list_done(&above);
    if (r < 0) {
        index_list_done(&groups);
        return r;
    }
    if (groups.n)
        qsort_r(groups.items, groups.n, sizeof(*groups.items), compare_ranks, inv);
    inv->cluster_groups = (struct groupset){groups.items, groups.n};
    return 0;
}

static int warn_of_clashes(struct inventory *inv, struct error *e)
{
    for (uint32_t i = 0; i < inv->n_groups; i++) {
        uint32_t host = model_host(inv, inv->groups[i].name);
        int r;

        if (host == NO_INDEX)
            continue;
        r = model_warn(inv, e, "%s:%u: Found both group and host with same name: %s",
                       inv->files[inv->hosts[host].file], inv->hosts[host].line,
                       inv->groups[i].name->s);
        if (r < 0)
            return r;
    }
    return 0;
}

int model_reconcile(struct inventory *inv, struct error *e)
{
    struct reconcile x = {.inv = inv, .n_fates = inv->n_memberships};
    int r = 0;

    x.fates = calloc(x.n_fates + 1, sizeof(*x.fates));
    x.leaves = calloc(inv->n_hosts + 1, sizeof(*x.leaves));
    if (!x.fates || !x.leaves)
        r = error_oom(e);
    for (uint32_t i = 0; r == 0 && i < inv->n_groups; i++)
        if (i != GROUP_ALL && !inv->groups[i].parents.n)
            r = group_add_child(inv, GROUP_ALL, i, e);
    for (uint32_t i = 0; r == 0 && i < inv->n_hosts; i++)
        r = reconcile_host(&x, i, e);
    if (r == 0) {
        leave_ungrouped(&x);
        r = rank_groups(inv, e);
    }
    if (r == 0)
        r = make_groupsets(&x, e);
    if (r == 0)
        r = find_cluster_groups(inv, e);
    if (r == 0)
        r = warn_of_clashes(inv, e);
    for (uint32_t i = 0; x.fates && i < x.n_fates; i++)
        index_list_done(&x.fates[i].dropped);
    free(x.fates);
    free(x.leaves);
    return r;
}
