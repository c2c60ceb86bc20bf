/* SPDX-License-Identifier: Apache-2.0 */
#include "allot.h"

#define ETCD_ADVISED_MAX 7

static const char *stored(const struct reader *r, const char *key)
{
    const struct allotments *a = r->options->stored;

    return a && a->get ? a->get(key, a->userdata) : NULL;
}

/* Notes an allotment that is in effect. key and value are in the arena. */
static void note(struct reader *r, const char *key, const char *value, bool added)
{
    struct plan *p = r->plan;

    /* plan.c made room for all: two a host and the cluster's own. */
    p->allotments[p->n_allotments++] = (struct allotment){key, value, added};
    p->n_added += added;
}

static struct inventory_origin host_where(const struct reader *r, const struct host *h)
{
    return inventory_host_origin(r->inv, h->inventory_index);
}

static int allot_cluster_id(struct reader *r, struct error *e)
{
    struct plan *p = r->plan;
    const char *id = stored(r, "cluster/id");
    char text[UUID_TEXT_SIZE];
    int ret;

    if (id)
        ret = parse_uuid(id, text, e);
    else if (r->options->new_cluster_id)
        ret = parse_uuid(r->options->new_cluster_id, text, e);
    else
        ret = uuid_make(text, e);
    if (ret < 0)
        return error_wrap(e, "the cluster's id");
    p->cluster.id = arena_copy(&p->arena, text);
    note(r, "cluster/id", p->cluster.id, !id);
    return 0;
}

static void allot_init_master(struct reader *r)
{
    const struct role_list *masters = role_hosts(r->plan, ROLE_MASTER);
    struct plan *p = r->plan;
    const char *name = stored(r, "cluster/init-master");
    size_t host = SIZE_MAX;

    if (!masters->n)
        return; /* told already */
    if (name) {
        host = plan_find_host(p, name);
        if (host != SIZE_MAX && !(p->hosts[host].pub.roles & ROLE_MASTER))
            host = SIZE_MAX;
        note(r, "cluster/init-master", arena_copy(&p->arena, name), false);
        if (host == SIZE_MAX)
            reader_warn(
                r, reader_origin(r),
                "%.100s began this cluster and is no master any more: %s applies the addons from "
                "now on",
                name, p->hosts[masters->hosts[0]].pub.name);
    }
    if (host == SIZE_MAX)
        host = masters->hosts[0];
    if (!name)
        note(r, "cluster/init-master", p->hosts[host].pub.name, true);
    p->hosts[host].pub.init_master = true;
}

/* ---- etcd ------------------------------------------------------------------------------------ */

#define LEFT (SIZE_MAX - 1) /* in the index: a name of a host that is no member any more */

/* Takes name for the host, or reports who has it. */
static int claim_member(struct reader *r, struct index *names, size_t host, const char *name,
                        struct inventory_origin where, struct error *e)
{
    struct plan *p = r->plan;
    size_t there;
    int ret;

    ret = index_put(names, name, host, &there, e);
    if (ret < 0)
        return ret;
    if (there == LEFT)
        reader_refuse(r, where,
                      "%s: etcd_member_name %s was a host's that has left: write another name",
                      p->hosts[host].pub.name, name);
    else if (there != SIZE_MAX && there != host)
        reader_refuse(r, where, "%s: etcd_member_name %s is %s's already: write another name",
                      p->hosts[host].pub.name, name, p->hosts[there].pub.name);
    p->hosts[host].pub.etcd_member = name;
    return 0;
}

/* The lowest etcd<N> from the host's own position on that nobody has. */
static const char *free_member(struct reader *r, const struct index *names, size_t position)
{
    char name[32];

    do
        (void)snprintf(name, sizeof(name), "etcd%zu", ++position);
    while (index_find(names, name) != SIZE_MAX);
    return arena_copy(&r->plan->arena, name);
}

struct taken {
    struct reader *r;
    struct index *names;
    struct error *e;
    int result;
};

/* Names of members whose hosts have left stay taken. */
static void take_stored_member(const char *key, const char *value, void *userdata)
{
    struct taken *t = userdata;
    const char *name = strrchr(key, '/') + 1;
    size_t host = plan_find_host(t->r->plan, name), there;

    if (t->result < 0 || (host != SIZE_MAX && t->r->plan->hosts[host].pub.roles & ROLE_ETCD))
        return;
    t->result = index_put(t->names, arena_copy(&t->r->plan->arena, value), LEFT, &there, t->e);
}

/* First everybody who has a name, stored or written, then the rest. */
static int name_members(struct reader *r, struct index *names, struct error *e)
{
    const struct role_list *list = role_hosts(r->plan, ROLE_ETCD);
    const struct allotments *a = r->options->stored;
    struct taken taken = {r, names, e, 0};
    struct plan *p = r->plan;
    size_t i;
    int ret;

    if (a && a->each)
        a->each("alloc/etcd-member/", take_stored_member, &taken, a->userdata);
    if (taken.result < 0)
        return taken.result;
    for (i = 0; i < list->n; i++) {
        struct host *h = &p->hosts[list->hosts[i]];
        const char *key = arena_printf(&p->arena, "alloc/etcd-member/%s", h->pub.name);
        struct inventory_origin where = host_where(r, h);
        const json_t *value = reader_host(r, h->inventory_index, VAR_ETCD_MEMBER_NAME, &where);
        const char *kept = arena_copy(&p->arena, stored(r, key));
        const char *wish = arena_copy(&p->arena, json_string_value(value));

        if (kept && wish && strcmp(kept, wish) != 0)
            reader_refuse(
                r, where,
                "%s: etcd_member_name %s, but it joined as %s, and members are never renamed: "
                "write %s",
                h->pub.name, wish, kept, kept);
        if (!kept && p->etcd_formed)
            reader_refuse(r, where,
                          "%s: the etcd cluster is formed already, and adding members to it is not "
                          "offered yet: take the host out of [etcd]",
                          h->pub.name);
        if (kept || wish) {
            ret = claim_member(r, names, list->hosts[i], kept ? kept : wish, where, e);
            if (ret < 0)
                return ret;
        }
        if (kept || wish)
            note(r, key, kept ? kept : wish, !kept);
    }
    for (i = 0; i < list->n; i++) {
        struct host *h = &p->hosts[list->hosts[i]];

        if (h->pub.etcd_member)
            continue;
        ret = claim_member(r, names, list->hosts[i], free_member(r, names, i), host_where(r, h), e);
        if (ret < 0)
            return ret;
        note(r, arena_printf(&p->arena, "alloc/etcd-member/%s", h->pub.name), h->pub.etcd_member,
             true);
    }
    return 0;
}

static int allot_members(struct reader *r, struct error *e)
{
    const struct role_list *list = role_hosts(r->plan, ROLE_ETCD);
    struct index names = {0};
    struct inventory_origin where = reader_origin(r);
    size_t group = inventory_find_group(r->inv, "etcd");
    int ret;

    if (group != SIZE_MAX)
        where = inventory_group_origin(r->inv, group);
    if (list->n && list->n % 2 == 0) {
        if (r->plan->etcd_formed)
            reader_warn(
                r, where,
                "[etcd] has %zu hosts: an even number survives no more failures than one host "
                "less",
                list->n);
        else
            reader_refuse(
                r, where,
                "[etcd] has %zu hosts: a new cluster needs an odd number: write %zu or %zu",
                list->n, list->n - 1, list->n + 1);
    }
    if (list->n > ETCD_ADVISED_MAX)
        reader_warn(r, where, "[etcd] has %zu hosts: etcd's makers advise at most %d", list->n,
                    ETCD_ADVISED_MAX);
    ret = name_members(r, &names, e);
    index_done(&names);
    return ret;
}

/* ---- pod networks ---------------------------------------------------------------------------- */

struct pods {
    struct reader *r;
    uint8_t *used; /* a bit a network */
    uint64_t n, next;
};

/* The place of a network of a node's size within kube_pods_subnet, or UINT64_MAX. */
static uint64_t pod_index(const struct cluster *c, const char *text)
{
    struct ip_network n;
    uint32_t mine, base;

    if (parse_network(text, &n, NULL) < 0 || n.prefix != c->node_prefix ||
        !network_contains(&c->pods, &n.address))
        return UINT64_MAX;
    mine = (uint32_t)n.address.bytes[0] << 24 | (uint32_t)n.address.bytes[1] << 16 |
           (uint32_t)n.address.bytes[2] << 8 | n.address.bytes[3];
    base = (uint32_t)c->pods.address.bytes[0] << 24 | (uint32_t)c->pods.address.bytes[1] << 16 |
           (uint32_t)c->pods.address.bytes[2] << 8 | c->pods.address.bytes[3];
    return (mine - base) >> (32 - c->node_prefix);
}

static void take_stored_pods(const char *key, const char *value, void *userdata)
{
    struct pods *pods = userdata;
    uint64_t i = pod_index(&pods->r->plan->cluster, value);

    (void)key;
    if (i < pods->n)
        pods->used[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* The lowest free network as text in the arena; NULL when all are taken. */
static const char *free_pods(struct pods *pods)
{
    const struct cluster *c = &pods->r->plan->cluster;
    char text[NETWORK_TEXT_SIZE];
    struct ip_network n;

    while (pods->next < pods->n && pods->used[pods->next / 8] & 1u << (pods->next % 8))
        pods->next++;
    if (pods->next == pods->n || network_subnet(&c->pods, c->node_prefix, pods->next, &n) < 0)
        return NULL;
    pods->next++;
    format_network(&n, text);
    return arena_copy(&pods->r->plan->arena, text);
}

/* How many nodes the pod network holds is settled when the cluster is made: the last chance to say
 * so. */
static void check_room(struct reader *r, const struct pods *pods, size_t kubelets)
{
    if (kubelets > pods->n)
        reader_refuse(
            r, reader_where(r, VAR_KUBE_PODS_SUBNET),
            "%zu hosts, but kube_pods_subnet %s with kube_network_node_prefix %u holds %llu: "
            "widen kube_pods_subnet",
            kubelets, r->plan->cluster.pods_text, r->plan->cluster.node_prefix,
            (unsigned long long)pods->n);
    else if (!stored(r, "cluster/id") && !r->set[VAR_KUBE_PODS_SUBNET])
        reader_warn(
            r, reader_where(r, VAR_KUBE_PODS_SUBNET),
            "kube_pods_subnet is not set: the default %s caps this cluster at %llu nodes for "
            "ever; set it now if it is to grow past that",
            r->plan->cluster.pods_text, (unsigned long long)pods->n);
}

static void allot_pods_to(struct pods *pods, struct host *h)
{
    struct reader *r = pods->r;
    struct plan *p = r->plan;
    const char *key = arena_printf(&p->arena, "alloc/pod-cidr/%s", h->pub.name);
    const char *kept = arena_copy(&p->arena, stored(r, key));

    if (kept && pod_index(&p->cluster, kept) == UINT64_MAX) {
        reader_refuse(
            r, reader_where(r, VAR_KUBE_PODS_SUBNET),
            "%s was allotted %s for its pods, which is no /%u of kube_pods_subnet %s: the pod "
            "network of a cluster cannot be changed",
            h->pub.name, kept, p->cluster.node_prefix, p->cluster.pods_text);
        return;
    }
    h->pub.pod_cidr = kept ? kept : free_pods(pods);
    if (!h->pub.pod_cidr) {
        reader_refuse(
            r, host_where(r, h),
            "%s: every network of kube_pods_subnet %s is taken, some by hosts that left and "
            "are still remembered",
            h->pub.name, p->cluster.pods_text);
        return;
    }
    note(r, key, h->pub.pod_cidr, !kept);
}

static int allot_pods(struct reader *r, struct error *e)
{
    struct plan *p = r->plan;
    const struct cluster *c = &p->cluster;
    const struct allotments *a = r->options->stored;
    struct pods pods = {.r = r};
    size_t i, kubelets = 0;

    if (c->node_prefix < c->pods.prefix || c->node_prefix - c->pods.prefix > 20)
        return 0; /* told already */
    pods.n = 1ULL << (c->node_prefix - c->pods.prefix);
    for (i = 0; i < p->n_hosts; i++)
        kubelets += (p->hosts[i].pub.roles & ROLE_KUBELET) != 0;
    check_room(r, &pods, kubelets);
    if (kubelets > pods.n)
        return 0;
    pods.used = calloc(pods.n / 8 + 1, 1);
    if (!pods.used)
        return error_oom(e);
    if (a && a->each)
        a->each("alloc/pod-cidr/", take_stored_pods, &pods, a->userdata);
    for (i = 0; i < p->n_hosts; i++)
        if (p->hosts[i].pub.roles & ROLE_KUBELET)
            allot_pods_to(&pods, &p->hosts[i]);
    free(pods.used);
    return 0;
}

/* The added ones first, both halves in their order. */
static int sort_added(struct plan *p, struct error *e)
{
    struct allotment *sorted = calloc(p->n_allotments + 1, sizeof(*sorted));
    size_t i, added = 0, kept = p->n_added;

    if (!sorted)
        return error_oom(e);
    for (i = 0; i < p->n_allotments; i++)
        sorted[p->allotments[i].added ? added++ : kept++] = p->allotments[i];
    free(p->allotments);
    p->allotments = sorted;
    return 0;
}

int allot(struct reader *r, struct error *e)
{
    struct plan *p = r->plan;
    int ret;

    p->etcd_formed = stored(r, "cluster/etcd-formed") != NULL;
    p->allotments = calloc(2 * p->n_hosts + 2, sizeof(*p->allotments));
    if (!p->allotments)
        return error_oom(e);
    ret = allot_cluster_id(r, e);
    if (ret < 0)
        return ret;
    allot_init_master(r);
    ret = allot_members(r, e);
    if (ret < 0)
        return ret;
    ret = allot_pods(r, e);
    if (ret < 0)
        return ret;
    ret = sort_added(p, e);
    if (ret < 0)
        return ret;
    return p->arena.failed || r->failed ? error_oom(e) : 0;
}
