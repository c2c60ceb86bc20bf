/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

#include <math.h>
#include <stdarg.h>

#include "common/pyvalue.h"
#include "pytext.h"

void *model_room(void *items, uint32_t n, uint32_t *allocated, size_t size)
{
    uint32_t want = *allocated ? *allocated * 2 : 8;
    void *p;

    if (n < *allocated)
        return items;
    if (want <= n) /* 2^32 of them */
        return NULL;
    p = reallocarray(items, want, size);
    if (p)
        *allocated = want;
    return p;
}

int index_list_add(struct index_list *l, uint32_t item)
{
    uint32_t *items = model_room(l->items, l->n, &l->allocated, sizeof(*items));

    if (!items)
        return -ENOMEM;
    l->items = items;
    l->items[l->n++] = item;
    return 0;
}

void index_list_done(struct index_list *l)
{
    free(l->items);
    *l = (struct index_list){NULL, 0, 0};
}

int model_new(struct inventory **ret, struct error *e)
{
    static const char *const built_in[] = {"all", "ungrouped"}; /* GROUP_ALL, GROUP_UNGROUPED */
    _cleanup_(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
    const struct text *name;
    uint32_t group;
    int r;

    if (!inv)
        return error_oom(e);
    for (size_t i = 0; i < ARRAY_SIZE(built_in); i++) {
        r = strings_intern(&inv->strings, built_in[i], strlen(built_in[i]), &name, e);
        if (r == 0)
            r = model_add_group(inv, name, 0, 0, &group, e);
        if (r < 0)
            return r;
    }
    r = group_add_child(inv, GROUP_ALL, GROUP_UNGROUPED, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(inv);
    return 0;
}

static void free_files(struct vars *files)
{
    if (files)
        vars_done(files);
    free(files);
}

void inventory_free(struct inventory *inv)
{
    if (!inv)
        return;
    for (uint32_t i = 0; i < inv->n_hosts; i++) {
        vars_done(&inv->hosts[i].vars);
        free_files(inv->hosts[i].files);
    }
    for (uint32_t i = 0; i < inv->n_groups; i++) {
        struct group *g = &inv->groups[i];

        json_decref(g->priority_set);
        index_list_done(&g->hosts);
        index_list_done(&g->children);
        index_list_done(&g->parents);
        vars_done(&g->vars);
        free_files(g->files);
    }
    for (uint32_t i = 0; i < inv->n_groupsets; i++)
        free(inv->groupsets[i].groups);
    for (uint32_t i = 0; i < inv->n_files; i++)
        free(inv->files[i]);
    for (uint32_t i = 0; i < inv->n_warnings; i++)
        free(inv->warnings[i]);
    json_decref(inv->addons);
    vars_done(&inv->cluster);
    free(inv->cluster_groups.groups);
    free(inv->hosts);
    free(inv->groups);
    free(inv->host_by_name);
    free(inv->group_by_name);
    free(inv->memberships);
    free(inv->membership_index);
    free(inv->groupsets);
    free(inv->files);
    free(inv->warnings);
    strings_done(&inv->strings);
    free(inv);
}

int model_add_file(struct inventory *inv, const char *path, uint32_t *ret, struct error *e)
{
    char **files = model_room(inv->files, inv->n_files, &inv->files_allocated, sizeof(*files));

    if (!files)
        return error_oom(e);
    inv->files = files;
    files[inv->n_files] = strdup(path);
    if (!files[inv->n_files])
        return error_oom(e);
    *ret = inv->n_files++;
    return 0;
}

int model_warn(struct inventory *inv, struct error *e, const char *format, ...)
{
    struct error words;
    char text[512];
    va_list ap;
    char **warnings;

    va_start(ap, format);
    (void)vsnprintf(text, sizeof(text), format, ap); /* cut short is fine */
    va_end(ap);
    (void)error_set(&words, -EINVAL, "%s", text); /* makes it one line */
    warnings =
        model_room(inv->warnings, inv->n_warnings, &inv->warnings_allocated, sizeof(*warnings));
    if (!warnings)
        return error_oom(e);
    inv->warnings = warnings;
    warnings[inv->n_warnings] = strdup(words.message);
    if (!warnings[inv->n_warnings])
        return error_oom(e);
    inv->n_warnings++;
    return 0;
}

static uint32_t by_name(const struct inventory *inv, const uint32_t *index, const struct text *name)
{
    return name && name->number < inv->by_name_allocated ? index[name->number] : NO_INDEX;
}

uint32_t model_host(const struct inventory *inv, const struct text *name)
{
    return by_name(inv, inv->host_by_name, name);
}

uint32_t model_group(const struct inventory *inv, const struct text *name)
{
    return by_name(inv, inv->group_by_name, name);
}

size_t model_cluster(const struct inventory *inv, uint32_t ret[CLUSTER_NAMES])
{
    static const char *const names[CLUSTER_NAMES] = {"k8s-cluster", "k8s_cluster"};
    size_t n = 0;

    for (size_t i = 0; i < CLUSTER_NAMES; i++) {
        uint32_t group = model_group(inv, strings_find(&inv->strings, names[i], strlen(names[i])));

        if (group != NO_INDEX)
            ret[n++] = group;
    }
    return n;
}

/* Makes room in both indices by name for a name's number. */
static int reach(struct inventory *inv, const struct text *name)
{
    uint32_t want = inv->by_name_allocated ? inv->by_name_allocated : 64, *p;

    if (name->number < inv->by_name_allocated)
        return 0;
    while (want <= name->number)
        want *= 2;
    p = reallocarray(inv->host_by_name, want, sizeof(*p));
    if (!p)
        return -ENOMEM;
    inv->host_by_name = p;
    p = reallocarray(inv->group_by_name, want, sizeof(*p));
    if (!p)
        return -ENOMEM;
    inv->group_by_name = p;
    for (uint32_t i = inv->by_name_allocated; i < want; i++)
        inv->host_by_name[i] = inv->group_by_name[i] = NO_INDEX;
    inv->by_name_allocated = want;
    return 0;
}

int model_add_group(struct inventory *inv, const struct text *name, uint32_t file, uint32_t line,
                    uint32_t *ret, struct error *e)
{
    struct group *groups;

    *ret = model_group(inv, name);
    if (*ret != NO_INDEX)
        return 0;
    groups = model_room(inv->groups, inv->n_groups, &inv->groups_allocated, sizeof(*groups));
    if (!groups)
        return error_oom(e);
    inv->groups = groups;
    if (reach(inv, name) < 0)
        return error_oom(e);
    *ret = inv->n_groups++;
    groups[*ret] = (struct group){.name = name, .file = file, .line = line, .priority = 1};
    inv->group_by_name[name->number] = *ret;
    return 0;
}

static bool is_listed(const struct inventory *inv, uint32_t memberships, uint32_t group)
{
    for (; memberships != NO_INDEX; memberships = inv->memberships[memberships].before)
        if (inv->memberships[memberships].group == group)
            return true;
    return false;
}

static uint32_t *membership_place(const struct inventory *inv, uint32_t *index, uint32_t size,
                                  uint32_t before, uint32_t group)
{
    uint64_t h = ((uint64_t)before << 32 | group) * 0x9e3779b97f4a7c15u;
    uint32_t i = (uint32_t)(h >> 32) & (size - 1);

    while (index[i] && (inv->memberships[index[i] - 1].before != before ||
                        inv->memberships[index[i] - 1].group != group))
        i = (i + 1) & (size - 1);
    return &index[i];
}

static int grow_membership_index(struct inventory *inv)
{
    uint32_t size = inv->membership_index_size ? inv->membership_index_size * 2 : 64;
    uint32_t *index = calloc(size, sizeof(*index));

    if (!index)
        return -ENOMEM;
    for (uint32_t i = 0; i < inv->n_memberships; i++)
        *membership_place(inv, index, size, inv->memberships[i].before, inv->memberships[i].group) =
            i + 1;
    free(inv->membership_index);
    inv->membership_index = index;
    inv->membership_index_size = size;
    return 0;
}

/* The chain `before` with group behind it. */
static int extend_membership(struct inventory *inv, uint32_t before, uint32_t group, uint32_t *ret,
                             struct error *e)
{
    struct membership *m;
    uint32_t *at;

    if (inv->n_memberships * 2 >= inv->membership_index_size && grow_membership_index(inv) < 0)
        return error_oom(e);
    at = membership_place(inv, inv->membership_index, inv->membership_index_size, before, group);
    if (!*at) {
        m = model_room(inv->memberships, inv->n_memberships, &inv->memberships_allocated,
                       sizeof(*m));
        if (!m)
            return error_oom(e);
        inv->memberships = m;
        m[inv->n_memberships++] = (struct membership){before, group, NO_INDEX};
        *at = inv->n_memberships;
    }
    *ret = *at - 1;
    return 0;
}

static int list_host(struct inventory *inv, uint32_t host, uint32_t group, struct error *e)
{
    uint32_t memberships = inv->hosts[host].memberships;
    int r;

    if (is_listed(inv, memberships, group))
        return 0;
    r = extend_membership(inv, memberships, group, &memberships, e);
    if (r < 0)
        return r;
    if (index_list_add(&inv->groups[group].hosts, host) < 0)
        return error_oom(e);
    inv->hosts[host].memberships = memberships;
    return 0;
}

/* Ansible keeps the first of these as "the" localhost. */
static int note_localhost(struct inventory *inv, const struct host *h, struct error *e)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "::1"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(h->name->s, names[i]) != 0)
            continue;
        if (inv->has_localhost)
            return model_warn(inv, e, "%s:%u: %s is one more name for localhost",
                              inv->files[h->file], h->line, names[i]);
        inv->has_localhost = true;
    }
    return 0;
}

static int new_host(struct inventory *inv, const struct text *name, const json_t *port,
                    uint32_t file, uint32_t line, uint32_t *ret, struct error *e)
{
    struct host *hosts, *h;
    const struct text *key;
    int r;

    hosts = model_room(inv->hosts, inv->n_hosts, &inv->hosts_allocated, sizeof(*hosts));
    if (!hosts)
        return error_oom(e);
    inv->hosts = hosts;
    if (reach(inv, name) < 0)
        return error_oom(e);
    *ret = inv->n_hosts++;
    h = &hosts[*ret];
    *h = (struct host){
        .name = name, .file = file, .line = line, .memberships = NO_INDEX, .groupset = NO_INDEX};
    inv->host_by_name[name->number] = *ret;
    if (port && !(json_is_integer(port) && json_integer_value(port) == 0)) {
        r = strings_intern(&inv->strings, "ansible_port", 12, &key, e);
        if (r < 0)
            return r;
        if (vars_set(&h->vars, key, json_incref((json_t *)port), file, line) < 0)
            return error_oom(e);
    }
    return note_localhost(inv, h, e);
}

int model_add_host(struct inventory *inv, const struct text *name, uint32_t group,
                   const json_t *port, uint32_t file, uint32_t line, struct error *e)
{
    uint32_t host = model_host(inv, name);
    int r;

    if (!name->len)
        return error_set(e, -EINVAL, "Invalid empty host name provided: ");
    if (host == NO_INDEX) {
        r = new_host(inv, name, port, file, line, &host, e);
        if (r < 0)
            return r;
    }
    return list_host(inv, host, group, e);
}

/* Python's int(value). */
static int to_int(const json_t *value, json_t **ret, struct error *e)
{
    const char *text = pyvalue_number_text(value), *type;
    char digits[512];
    json_t *v;
    double d;

    switch (json_typeof(value)) {
    case JSON_STRING:
        return pytext_to_int(json_string_value(value), json_string_length(value), ret, e);
    case JSON_TRUE:
    case JSON_FALSE:
        v = json_integer(json_is_true(value));
        break;
    case JSON_INTEGER:
        v = json_integer(json_integer_value(value));
        break;
    case JSON_REAL:
        d = trunc(json_real_value(value));
        (void)snprintf(digits, sizeof(digits), "%.0f", fabs(d)); /* at most 309 digits */
        v = pyvalue_integer(digits, strlen(digits), 10, d < 0);
        break;
    default:
        if (text && (strstr(text, "Infinity") || !strcmp(text, "NaN")))
            return error_set(e, -EINVAL, "cannot convert float %s to integer",
                             *text == 'N' ? "NaN" : "infinity");
        if (text) {
            v = json_incref((json_t *)value);
            break;
        }
        type = json_is_null(value) ? "NoneType" : json_is_array(value) ? "list" : "dict";
        return error_set(e, -EINVAL,
                         "int() argument must be a string, a bytes-like object or a real number, "
                         "not '%s'",
                         type);
    }
    if (!v)
        return error_oom(e);
    *ret = v;
    return 0;
}

static int set_priority(struct group *g, const json_t *value, struct error *e)
{
    const char *text;
    json_t *v;
    int r;

    r = to_int(value, &v, e);
    if (r < 0)
        return r;
    text = pyvalue_number_text(v);
    g->priority = text ? (*text == '-' ? INT64_MIN : INT64_MAX) : json_integer_value(v);
    json_decref(g->priority_set);
    g->priority_set = v;
    return 0;
}

int model_set_variable(struct inventory *inv, const struct text *entity, const struct text *name,
                       json_t *value, uint32_t file, uint32_t line, struct error *e)
{
    uint32_t group = model_group(inv, entity);
    struct vars *vars;
    int r;

    if (group != NO_INDEX && !strcmp(name->s, "ansible_group_priority")) {
        r = set_priority(&inv->groups[group], value, e);
        json_decref(value);
        return r;
    }
    vars = group != NO_INDEX ? &inv->groups[group].vars : &inv->hosts[model_host(inv, entity)].vars;
    return vars_set(vars, name, value, file, line) < 0 ? error_oom(e) : 0;
}
