/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"

#define PLACES_MAX 100 /* of one variable that are told one by one */

#define WHOLE "is the whole cluster's: write it into vars.yml, [all:vars] or [k8s-cluster:vars]"

static bool is_same(const struct variable *v, const json_t *a, const json_t *b)
{
    char scratch_a[VALUE_TEXT_SIZE], scratch_b[VALUE_TEXT_SIZE];
    const char *text_a = value_text(a, scratch_a), *text_b = value_text(b, scratch_b);

    if (text_a && text_b)
        return v->type == TYPE_BOOL ? value_bool(a, false) == value_bool(b, false)
                                    : strcmp(text_a, text_b) == 0;
    return json_equal(a, b);
}

/* ---- which variables have more than one value ------------------------------------------------ */

struct search {
    struct reader *r;
    struct index names;
    const json_t *cluster[VAR_COUNT]; /* NULL: no host of k8s-cluster shares one */
    bool differs[VAR_COUNT];
};

static void see(const char *name, const json_t *value, struct inventory_origin where,
                void *userdata)
{
    struct search *s = userdata;
    size_t id = index_find(&s->names, name);

    (void)where;
    if (id != SIZE_MAX && s->cluster[id] &&
        !is_same(variable((enum variable_id)id), value, s->cluster[id]))
        s->differs[id] = true;
}

/* ---- whose value is not the cluster's -------------------------------------------------------- */

/* A definition that Ansible would have taken for this host and that nobody takes here. vars.yml and
 * [k8s-cluster:vars] win over [all:vars] for the cluster's hosts alone: what others (etcd's, in a
 * cluster of their own) have from there is no definition of theirs. */
static bool is_own(const struct reader *r, size_t host, struct inventory_origin where)
{
    struct inventory_origin line = inventory_host_origin(r->inv, host);

    if (inventory_has_cluster(r->inv) ? inventory_host_in_cluster(r->inv, host)
                                      : (r->roles[host] & (ROLE_MASTER | ROLE_NODE)) != 0)
        return true;
    return strstr(where.file, "/host_vars/") ||
           (strcmp(where.file, line.file) == 0 && where.line == line.line);
}

struct places {
    struct inventory_origin told[PLACES_MAX];
    size_t n, n_further;
};

static bool is_told(const struct places *p, struct inventory_origin where)
{
    size_t i;

    for (i = 0; i < p->n; i++)
        if (p->told[i].line == where.line && strcmp(p->told[i].file, where.file) == 0)
            return true;
    return false;
}

static void check_hosts(struct reader *r, enum variable_id id, const json_t *shared)
{
    size_t n = inventory_host_count(r->inv), i;
    const struct variable *v = variable(id);
    struct places places = {.n = 0};

    for (i = 0; i < n; i++) {
        struct inventory_origin where = {NULL, 0};
        const json_t *value = inventory_host_var(r->inv, i, v->name, &where);

        if (!r->roles[i] || !value || is_same(v, value, shared) || is_told(&places, where) ||
            !is_own(r, i, where))
            continue;
        if (places.n == PLACES_MAX) {
            places.n_further++;
            continue;
        }
        places.told[places.n++] = where;
        reader_refuse(r, where,
                      "%s " WHOLE ", where another value stands: %s alone cannot have "
                      "its own",
                      v->name, inventory_host_name(r->inv, i));
    }
    if (places.n_further)
        reader_refuse(r, reader_origin(r),
                      "%s " WHOLE ": and %zu more hosts have a value of their own", v->name,
                      places.n_further);
}

int places_check(struct reader *r, struct error *e)
{
    struct search s = {.r = r};
    size_t there;
    unsigned id;
    int ret = 0;

    for (id = VAR_HOST_LAST + 1; id < VAR_COUNT && ret == 0; id++) {
        if (!r->set[id])
            continue;
        s.cluster[id] = inventory_cluster_var(r->inv, variable(id)->name, NULL);
        if (!s.cluster[id])
            reader_refuse(r, r->where[id], "%s " WHOLE, variable(id)->name);
        ret = index_put(&s.names, variable(id)->name, id, &there, e);
    }
    if (ret == 0)
        inventory_each_var(r->inv, see, &s);
    for (id = 0; id < VAR_COUNT && ret == 0; id++)
        if (s.differs[id])
            check_hosts(r, (enum variable_id)id, s.cluster[id]);
    index_done(&s.names);
    return ret;
}
