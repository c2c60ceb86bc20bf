/* SPDX-License-Identifier: Apache-2.0 */
#include "roles.h"

/* One row a group name; the first of a role is the one that messages name. */
static const struct {
    const char *group;
    enum role role;
} groups[] = {
    {"etcd",               ROLE_ETCD  },
    {"kube-master",        ROLE_MASTER},
    {"kube_control_plane", ROLE_MASTER},
    {"kube-control-plane", ROLE_MASTER},
    {"kube_master",        ROLE_MASTER},
    {"kube-node",          ROLE_NODE  },
    {"kube_node",          ROLE_NODE  },
};

static const struct {
    enum role role;
    const char *name, *group, *what;
} roles[ROLES] = {
    {ROLE_ETCD,   "etcd",   "etcd",        "keep the cluster's state"},
    {ROLE_MASTER, "master", "kube-master", "run the control plane"   },
    {ROLE_NODE,   "node",   "kube-node",   "run pods"                },
};

unsigned role_find(const char *name)
{
    size_t i;

    for (i = 0; i < ROLES; i++)
        if (strcmp(roles[i].name, name) == 0)
            return roles[i].role;
    return 0;
}

const char *role_name(enum role role)
{
    size_t i;

    for (i = 0; i < ROLES; i++)
        if (roles[i].role == role)
            return roles[i].name;
    return NULL;
}

/* Sets the bit for every host of a group, if there is one; *where is the first such group's place.
 */
static int read_group(struct reader *r, const char *name, unsigned bit,
                      struct inventory_origin *where, struct error *e)
{
    size_t group = inventory_find_group(r->inv, name), n, i;
    _cleanup_free_ size_t *hosts = NULL;
    int ret;

    if (group == SIZE_MAX)
        return 0;
    if (!where->line)
        *where = inventory_group_origin(r->inv, group);
    ret = inventory_group_hosts(r->inv, group, &hosts, &n, e);
    if (ret < 0)
        return ret;
    for (i = 0; i < n; i++)
        r->roles[hosts[i]] |= bit;
    return 0;
}

static bool has_role(const struct reader *r, unsigned role)
{
    size_t i, n = inventory_host_count(r->inv);

    for (i = 0; i < n; i++)
        if (r->roles[i] & role)
            return true;
    return false;
}

/* "ansible_become_pass=x" where hosts stand is a host to Ansible. Its "name" is not shown: it may
 * be a password. */
static void check_names(struct reader *r)
{
    size_t i, n = inventory_host_count(r->inv);

    for (i = 0; i < n; i++) {
        if (!strchr(inventory_host_name(r->inv, i), '='))
            continue;
        r->roles[i] = 0;
        reader_refuse(
            r, inventory_host_origin(r->inv, i),
            "a line for a host begins with the host's name, and this one with NAME=VALUE: "
            "variables stand behind the name, or below [GROUP:vars]");
    }
}

/* Hosts that nothing will be done with, and hosts that vars.yml does not reach. */
static void check_strays(struct reader *r)
{
    size_t i, n = inventory_host_count(r->inv);

    for (i = 0; i < n; i++) {
        struct inventory_origin where = inventory_host_origin(r->inv, i);

        if (strchr(inventory_host_name(r->inv, i), '='))
            continue; /* refused already */
        if (!r->roles[i])
            reader_warn(r, where,
                        "%.100s is in none of [etcd], [kube-master], [kube-node], ignoring",
                        inventory_host_name(r->inv, i));
        else if (r->roles[i] & ROLE_KUBELET && inventory_has_cluster(r->inv) &&
                 !inventory_host_in_cluster(r->inv, i))
            reader_warn(
                r, where,
                "%.100s is not in [k8s-cluster], so that vars.yml says nothing about it: add "
                "kube-master and kube-node to [k8s-cluster:children]",
                inventory_host_name(r->inv, i));
    }
}

int roles_read(struct reader *r, struct error *e)
{
    struct inventory_origin where[ROLES] = {0};
    size_t i, j;
    int ret;

    r->roles = calloc(inventory_host_count(r->inv) + 1, sizeof(*r->roles));
    if (!r->roles)
        return error_oom(e);
    for (i = 0; i < ARRAY_SIZE(groups); i++) {
        for (j = 0; roles[j].role != groups[i].role; j++)
            ;
        ret = read_group(r, groups[i].group, groups[i].role, &where[j], e);
        if (ret < 0)
            return ret;
    }
    for (j = 0; j < ROLES; j++)
        if (!has_role(r, roles[j].role))
            reader_refuse(r, where[j].line ? where[j] : reader_origin(r),
                          "no host is in [%s]: name at least one to %s", roles[j].group,
                          roles[j].what);
    check_names(r);
    check_strays(r);
    return 0;
}

/* Appends the host unless it is there: r->roles' bit, set by roles_read, says that it is not yet.
 */
static void add_host(struct reader *r, struct role_list *list, size_t inventory_host, unsigned role)
{
    size_t host = plan_find_host(r->plan, inventory_host_name(r->inv, inventory_host));

    if (host == SIZE_MAX || !(r->roles[inventory_host] & role))
        return;
    r->roles[inventory_host] &= ~role;
    list->hosts[list->n++] = host;
}

int roles_list(struct reader *r, struct error *e)
{
    size_t i, j, k, n;
    int ret;

    for (j = 0; j < ROLES; j++) {
        struct role_list *list = &r->plan->roles[j];

        list->hosts = calloc(r->plan->n_hosts + 1, sizeof(*list->hosts));
        if (!list->hosts)
            return error_oom(e);
        for (i = 0; i < ARRAY_SIZE(groups); i++) {
            size_t group = inventory_find_group(r->inv, groups[i].group);
            _cleanup_free_ size_t *hosts = NULL;

            if (groups[i].role != roles[j].role || group == SIZE_MAX)
                continue;
            ret = inventory_group_hosts(r->inv, group, &hosts, &n, e);
            if (ret < 0)
                return ret;
            for (k = 0; k < n; k++)
                add_host(r, list, hosts[k], roles[j].role);
        }
    }
    return 0;
}
