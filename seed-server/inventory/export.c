/* SPDX-License-Identifier: Apache-2.0 */
#include "precedence.h"
#include "print.h"

/* What `ansible-inventory --list` makes of an inventory. */

/* Ansible's INTERNAL_VARS are never printed, whoever set them. By length, which tells most apart.
 */
static bool is_internal(const struct text *name)
{
    static const struct {
        uint32_t len;
        const char *name;
    } names[] = {
        {4,  "omit"                     },
        {6,  "groups"                   },
        {11, "group_names"              },
        {12, "playbook_dir"             },
        {13, "ansible_facts"            },
        {13, "ansible_forks"            },
        {13, "ansible_limit"            },
        {13, "inventory_dir"            },
        {14, "inventory_file"           },
        {15, "ansible_version"          },
        {16, "ansible_run_tags"         },
        {17, "ansible_diff_mode"        },
        {17, "ansible_skip_tags"        },
        {17, "ansible_verbosity"        },
        {18, "inventory_hostname"       },
        {19, "ansible_config_file"      },
        {23, "ansible_playbook_python"  },
        {24, "inventory_hostname_short" },
        {25, "ansible_inventory_sources"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(names) && names[i].len <= name->len; i++)
        if (name->len == names[i].len && !memcmp(name->s, names[i].name, name->len))
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

static void print_children(const struct inventory *inv, const struct index_list *l,
                           struct printing *p)
{
    if (!l->n)
        return;
    print_key(p, "children", 8);
    print_begin(p, '[');
    for (uint32_t i = 0; i < l->n; i++) {
        const struct text *name = inv->groups[l->items[i]].name;

        print_item(p);
        print_text(p, name->s, name->len);
    }
    print_end(p, ']');
}

static void print_members(const struct inventory *inv, const struct index_list *l,
                          struct printing *p)
{
    if (!l->n)
        return;
    print_key(p, "hosts", 5);
    print_begin(p, '[');
    for (uint32_t i = 0; i < l->n; i++) {
        const struct text *name = inv->hosts[l->items[i]].name;

        print_item(p);
        print_text(p, name->s, name->len);
    }
    print_end(p, ']');
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

struct blame {
    const struct inventory *inv;
    struct error *e;
};

/* Says where a value was set that Ansible can't print. */
static int blame(const struct vars *v, void *userdata)
{
    struct blame *x = userdata;

    for (uint32_t i = 0; v && i < v->n; i++) {
        _cleanup_buf_ struct buf scratch = BUF_INIT(SIZE_MAX / 2);
        const struct var *var = &v->items[i];

        if (inventory_print(var->value, &scratch, x->e) == -EINVAL)
            return error_wrap(x->e, "%s:%u: %s", x->inv->files[var->file], var->line, var->name->s);
    }
    return 0;
}

/* A group without hosts, children and variables isn't printed. */
static int print_group(const struct inventory *inv, uint32_t group, bool export, struct printing *p,
                       struct error *e)
{
    static const struct index_list nobody = {NULL, 0, 0};
    const struct group *g = &inv->groups[group];
    const struct index_list *hosts = group == GROUP_ALL ? &nobody : &g->hosts;
    _cleanup_json_ json_t *vars = export ? group_vars(g) : json_object();
    struct blame x = {inv, e};
    int r = 0;

    if (!vars)
        return error_oom(e);
    if (!hosts->n && !g->children.n && !json_object_size(vars))
        return 0;
    print_key(p, g->name->s, g->name->len);
    print_begin(p, '{');
    print_children(inv, &g->children, p);
    print_members(inv, hosts, p);
    if (json_object_size(vars)) {
        print_key(p, "vars", 4);
        r = print_value(p, vars, e);
        if (r == -EINVAL && !blame(g->files, &x))
            (void)blame(&g->vars, &x);
    }
    print_end(p, '}');
    return r;
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

static int compare_texts(const struct text *p, const struct text *q)
{
    int r = memcmp(p->s, q->s, p->len < q->len ? p->len : q->len);

    return r ? r : (p->len > q->len) - (p->len < q->len);
}

static int compare_hosts(const void *a, const void *b, void *userdata)
{
    const struct inventory *inv = userdata;

    return compare_texts(inv->hosts[*(const size_t *)a].name, inv->hosts[*(const size_t *)b].name);
}

static int compare_groups(const void *a, const void *b, void *userdata)
{
    const struct inventory *inv = userdata;

    return compare_texts(inv->groups[*(const uint32_t *)a].name,
                         inv->groups[*(const uint32_t *)b].name);
}

static int print_hosts(const struct inventory *inv, bool export, struct printing *p,
                       struct error *e)
{
    _cleanup_free_ size_t *hosts = NULL;
    struct shared shared = {NO_INDEX, NULL};
    struct blame x = {inv, e};
    size_t n;
    int r;

    r = all_hosts(inv, &hosts, &n, e);
    if (r < 0)
        return r;
    qsort_r(hosts, n, sizeof(*hosts), compare_hosts, (void *)inv);
    print_key(p, "hostvars", 8);
    print_begin(p, '{');
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct text *name = inv->hosts[hosts[i]].name;
        _cleanup_json_ json_t *vars = NULL;

        if (host_vars(inv, (uint32_t)hosts[i], export, &shared, &vars) < 0) {
            r = error_oom(e);
        } else if (json_object_size(vars)) {
            print_key(p, name->s, name->len);
            r = print_value(p, vars, e);
            if (r == -EINVAL) /* it may be a weaker value that this one hides: near enough */
                (void)precedence_of_host(inv, (uint32_t)hosts[i], blame, &x);
        }
    }
    json_decref(shared.vars);
    print_end(p, '}');
    return r;
}

static int print_meta(const struct inventory *inv, bool export, struct printing *p, struct error *e)
{
    int r;

    print_key(p, "_meta", 5);
    print_begin(p, '{');
    r = print_hosts(inv, export, p, e);
    print_end(p, '}');
    return r;
}

int inventory_export(const struct inventory *inv, bool export, struct buf *out, struct error *e)
{
    _cleanup_free_ uint32_t *groups = calloc(inv->n_groups, sizeof(*groups));
    struct printing p = {out, 0, false};
    bool meta_done = false;
    int r = 0, order;

    if (!groups)
        return error_oom(e);
    for (uint32_t i = 0; i < inv->n_groups; i++)
        groups[i] = i;
    qsort_r(groups, inv->n_groups, sizeof(*groups), compare_groups, (void *)inv);
    print_begin(&p, '{');
    for (uint32_t i = 0; r == 0 && i < inv->n_groups; i++) {
        order = strcmp(inv->groups[groups[i]].name->s, "_meta");
        if (order >= 0 && !meta_done) {
            r = print_meta(inv, export, &p, e);
            meta_done = true;
        }
        if (r == 0 && order != 0) /* a group of that name is lost: so it is in Ansible */
            r = print_group(inv, groups[i], export, &p, e);
    }
    if (r < 0)
        return r;
    print_end(&p, '}');
    buf_add_char(out, '\n');
    r = buf_check(out);
    return r < 0 ? error_set_errno(e, r, "printing the inventory") : 0;
}
