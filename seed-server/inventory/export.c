/* SPDX-License-Identifier: Apache-2.0 */
#include "precedence.h"

/* What `ansible-inventory --list` makes of an inventory. */

/* Ansible's INTERNAL_VARS are never printed, whoever set them. */
static bool is_internal(const struct text *name)
{
    static const char *const names[] = {"ansible_diff_mode",
                                        "ansible_config_file",
                                        "ansible_facts",
                                        "ansible_forks",
                                        "ansible_inventory_sources",
                                        "ansible_limit",
                                        "ansible_playbook_python",
                                        "ansible_run_tags",
                                        "ansible_skip_tags",
                                        "ansible_verbosity",
                                        "ansible_version",
                                        "inventory_dir",
                                        "inventory_file",
                                        "inventory_hostname",
                                        "inventory_hostname_short",
                                        "groups",
                                        "group_names",
                                        "omit",
                                        "playbook_dir"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (!strcmp(name->s, names[i]) && name->len == strlen(names[i]))
            return true;
    return false;
}

static int set(json_t *object, const struct text *name, json_t *value)
{
    return json_object_setn_new_nocheck(object, name->s, name->len, value);
}

/* Adds what isn't there yet: sets come the strongest first. */
static int add_weaker(const struct vars *v, void *userdata)
{
    json_t *object = userdata;

    for (uint32_t i = 0; v && i < v->n; i++) {
        const struct text *name = v->items[i].name;

        if (is_internal(name) || json_object_getn(object, name->s, name->len))
            continue;
        if (set(object, name, json_incref(v->items[i].value)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static json_t *names_of_hosts(const struct inventory *inv, const struct index_list *hosts)
{
    _cleanup_json_ json_t *names = json_array();

    for (uint32_t i = 0; names && i < hosts->n; i++) {
        const struct text *name = inv->hosts[hosts->items[i]].name;

        if (json_array_append_new(names, json_stringn_nocheck(name->s, name->len)) < 0)
            return NULL;
    }
    return TAKE_PTR(names);
}

static json_t *names_of_groups(const struct inventory *inv, const struct index_list *groups)
{
    _cleanup_json_ json_t *names = json_array();

    for (uint32_t i = 0; names && i < groups->n; i++) {
        const struct text *name = inv->groups[groups->items[i]].name;

        if (json_array_append_new(names, json_stringn_nocheck(name->s, name->len)) < 0)
            return NULL;
    }
    return TAKE_PTR(names);
}

static json_t *group_vars(const struct group *g)
{
    _cleanup_json_ json_t *vars = json_object();
    bool shown = g->priority_set &&
                 !(json_is_integer(g->priority_set) && json_integer_value(g->priority_set) == 1);

    if (!vars)
        return NULL;
    if (shown && json_object_set_nocheck(vars, "ansible_group_priority", g->priority_set) < 0)
        return NULL;
    if (add_weaker(g->files, vars) < 0 || add_weaker(&g->vars, vars) < 0)
        return NULL;
    return TAKE_PTR(vars);
}

static int export_group(const struct inventory *inv, uint32_t group, bool export, json_t *ret)
{
    const struct group *g = &inv->groups[group];
    _cleanup_json_ json_t *object = json_object(), *vars = NULL;

    if (!object)
        return -ENOMEM;
    if (group != GROUP_ALL && g->hosts.n &&
        json_object_set_new_nocheck(object, "hosts", names_of_hosts(inv, &g->hosts)) < 0)
        return -ENOMEM;
    if (g->children.n &&
        json_object_set_new_nocheck(object, "children", names_of_groups(inv, &g->children)) < 0)
        return -ENOMEM;
    if (export) {
        vars = group_vars(g);
        if (!vars || (json_object_size(vars) && json_object_set_nocheck(object, "vars", vars) < 0))
            return -ENOMEM;
    }
    return json_object_size(object) ? set(ret, g->name, TAKE_PTR(object)) : 0;
}

/* The groups' share of a host's variables: the same for all hosts in the same groups. */
struct shared {
    uint32_t groupset;
    json_t *vars;
};

static int host_vars(const struct inventory *inv, uint32_t host, bool export, struct shared *shared,
                     json_t **ret)
{
    const struct host *h = &inv->hosts[host];
    _cleanup_json_ json_t *vars = json_object();

    if (!vars || add_weaker(h->files, vars) < 0 || add_weaker(&h->vars, vars) < 0)
        return -ENOMEM;
    if (!export) {
        if (!shared->vars || shared->groupset != h->groupset) {
            json_decref(shared->vars);
            shared->groupset = h->groupset;
            shared->vars = json_object();
            if (!shared->vars || precedence_of_groups(inv, host, add_weaker, shared->vars) < 0)
                return -ENOMEM;
        }
        if (json_object_update_missing(vars, shared->vars) < 0)
            return -ENOMEM;
    }
    *ret = TAKE_PTR(vars);
    return 0;
}

/* The hosts of the pattern "all": to Ansible that is the host of that name, where there is one. */
static int all_hosts(const struct inventory *inv, size_t **ret, size_t *ret_n, struct error *e)
{
    size_t all = inventory_find_host(inv, "all");

    if (all == SIZE_MAX)
        return inventory_group_hosts(inv, GROUP_ALL, ret, ret_n, e);
    *ret = malloc(sizeof(**ret));
    if (!*ret)
        return error_oom(e);
    **ret = all;
    *ret_n = 1;
    return 0;
}

static int export_hosts(const struct inventory *inv, bool export, json_t *ret, struct error *e)
{
    _cleanup_free_ size_t *hosts = NULL;
    struct shared shared = {NO_INDEX, NULL};
    size_t n;
    int r;

    r = all_hosts(inv, &hosts, &n, e);
    for (size_t i = 0; r == 0 && i < n; i++) {
        json_t *vars;

        r = host_vars(inv, (uint32_t)hosts[i], export, &shared, &vars);
        if (r == 0 && json_object_size(vars))
            r = set(ret, inv->hosts[hosts[i]].name, vars) < 0 ? -ENOMEM : 0;
        else if (r == 0)
            json_decref(vars);
        if (r < 0)
            r = error_oom(e);
    }
    json_decref(shared.vars);
    return r;
}

int inventory_export(const struct inventory *inv, bool export, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *all = json_object(), *hosts = json_object();
    int r;

    if (!all || !hosts)
        return error_oom(e);
    for (uint32_t i = 0; i < inv->n_groups; i++)
        if (export_group(inv, i, export, all) < 0)
            return error_oom(e);
    r = export_hosts(inv, export, hosts, e);
    if (r < 0)
        return r;
    if (json_object_set_new_nocheck(all, "_meta", json_pack("{sO}", "hostvars", hosts)) < 0)
        return error_oom(e);
    *ret = TAKE_PTR(all);
    return 0;
}
