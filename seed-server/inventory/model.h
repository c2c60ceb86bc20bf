/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "inventory.h"
#include "strings.h"
#include "vars.h"

/* Inside the inventory only: what an inventory is made of. Hosts and groups are known by their
 * index. Built by ini.c, put in order by reconcile.c, read-only from then on. */

#define GROUP_ALL 0u
#define GROUP_UNGROUPED 1u
#define NO_INDEX UINT32_MAX

/* Which groups list a host, in order: a chain that hosts with the same history share. */
struct membership {
    uint32_t before; /* index of the chain without the last group, NO_INDEX for the empty one */
    uint32_t group;
    uint32_t groupset; /* reconcile.c: of the hosts that end here; NO_INDEX: not yet known */
};

/* All groups that a host is in, by its listing or by their children, but `all`: sorted by
 * precedence (depth, priority, name), the strongest last. */
struct groupset {
    uint32_t *groups;
    uint32_t n;
};

struct host {
    const struct text *name;
    uint32_t line, file;
    uint32_t memberships; /* index into memberships */
    uint32_t groupset;
    struct vars vars;   /* of its lines in hosts.ini */
    struct vars *files; /* of its host_vars; NULL where there are none */
};

struct index_list {
    uint32_t *items;
    uint32_t n, allocated;
};

struct group {
    const struct text *name;
    uint32_t line, file;
    uint32_t depth;
    int64_t priority;     /* for the order; beyond 64 bits it is the nearest */
    json_t *priority_set; /* as exported; NULL: 1 */
    struct index_list hosts, children, parents;
    struct vars vars;
    struct vars *files; /* of its group_vars */
    uint32_t rank;      /* reconcile.c: place in the order of precedence */
    uint32_t mark;      /* walks: of the last walk that came by */
};

struct inventory {
    struct strings strings;
    struct host *hosts;
    uint32_t n_hosts, hosts_allocated;
    struct group *groups;
    uint32_t n_groups, groups_allocated;
    uint32_t *host_by_name, *group_by_name; /* by the name's number; grown together */
    uint32_t by_name_allocated;
    struct membership *memberships;
    uint32_t n_memberships, memberships_allocated;
    uint32_t *membership_index; /* open addressing */
    uint32_t membership_index_size;
    struct groupset *groupsets;
    uint32_t n_groupsets, groupsets_allocated;
    uint32_t mark;
    bool has_localhost;
    char **files;
    uint32_t n_files, files_allocated;
    char **warnings;
    uint32_t n_warnings, warnings_allocated;
    json_t *addons;      /* see addons_folder.h; NULL: none */
    struct vars cluster; /* vars.yml where no group of the cluster's name is there to hold it */
    struct groupset cluster_groups; /* those of model_cluster() and what is above them */
};

/* An inventory with `all` and, as its child, `ungrouped`. */
int model_new(struct inventory **ret, struct error *e) _must_check_;

int model_add_file(struct inventory *inv, const char *path, uint32_t *ret,
                   struct error *e) _must_check_;
int model_warn(struct inventory *inv, struct error *e, const char *format, ...)
    _printf_(3, 4) _must_check_;

/* Index of the host or group of that name, NO_INDEX where there is none. */
uint32_t model_host(const struct inventory *inv, const struct text *name);
uint32_t model_group(const struct inventory *inv, const struct text *name);

/* kubespray's groups of the whole cluster, by the old name and by the new one; how many of the two
 * there are. */
#define CLUSTER_NAMES 2
size_t model_cluster(const struct inventory *inv, uint32_t ret[CLUSTER_NAMES]);

/* The group of that name, made when it is new. */
int model_add_group(struct inventory *inv, const struct text *name, uint32_t file, uint32_t line,
                    uint32_t *ret, struct error *e) _must_check_;

/* The host of that name, made when it is new, listed in group. port (may be NULL) counts for a new
 * host only. */
int model_add_host(struct inventory *inv, const struct text *name, uint32_t group,
                   const json_t *port, uint32_t file, uint32_t line, struct error *e) _must_check_;

/* Sets a variable of the group of that name, if there is one, else of the host: Ansible's way.
 * Takes the reference to value. ansible_group_priority isn't a group's variable but its priority.
 */
int model_set_variable(struct inventory *inv, const struct text *entity, const struct text *name,
                       json_t *value, uint32_t file, uint32_t line, struct error *e) _must_check_;

/* groups.c: makes child a child of parent, once. -EINVAL in Ansible's words where that would make a
 * loop. */
int group_add_child(struct inventory *inv, uint32_t parent, uint32_t child,
                    struct error *e) _must_check_;

/* The ancestors of group, without itself, in *ret (reused). */
int group_ancestors(struct inventory *inv, uint32_t group, struct index_list *ret,
                    struct error *e) _must_check_;

int index_list_add(struct index_list *l, uint32_t item) _must_check_;
void index_list_done(struct index_list *l);

/* reconcile.c: after the last line. Also finds the groups of the cluster as a whole. */
int model_reconcile(struct inventory *inv, struct error *e) _must_check_;

/* ini.c: reads hosts.ini's text. */
int ini_parse(struct inventory *inv, const char *path, const char *text, size_t len,
              struct error *e) _must_check_;

/* Room for one more item; items of `size` bytes. The new array, or NULL without memory. */
void *model_room(void *items, uint32_t n, uint32_t *allocated, size_t size) _must_check_;
