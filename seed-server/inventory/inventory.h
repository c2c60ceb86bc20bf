/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/error.h"
#include "common/json.h"

/* hosts.ini, vars.yml, group_vars/ and host_vars/ exactly as Ansible 2.14's ini plugin and variable
 * precedence read them. An inventory is immutable once loaded. Hosts and groups are numbered in the
 * order of their first appearance; memory is in proportion to the files. */
struct inventory;

struct inventory_origin {
    const char *file; /* as given; lives as long as the inventory */
    unsigned line;    /* 1-based; 0 when the file has no line for it */
};

struct inventory_warnings; /* one line each, in order */

/* One hosts.ini (with group_vars/ and host_vars/ beside it when with_vars_folders is set). The
 * error is one line "FILE:LINE: …". -ENOENT, -EINVAL, -E2BIG, -ENOMEM. */
int inventory_load_file(const char *path, bool with_vars_folders, struct inventory **ret,
                        struct error *e) _must_check_;

/* A configuration folder: hosts.ini, group_vars/, host_vars/ and vars.yml, which applies to the
 * hosts of k8s-cluster/k8s_cluster as one more file of that group's group_vars (it wins over them);
 * and addons/. What Ansible would pass by without a word, a misspelt host_vars/nod1.yml or a
 * vars.yaml, is warned about or refused (unread.h). */
int inventory_load_conf(const char *folder, struct inventory **ret, struct error *e) _must_check_;

/* The same, as if hosts.ini were this text: what an edit would lead to. */
int inventory_load_conf_text(const char *folder, const char *text, size_t len,
                             struct inventory **ret, struct error *e) _must_check_;
/* The bytes of a configuration folder's hosts.ini. */
int inventory_read_hosts(const char *folder, char **ret, size_t *ret_len,
                         struct error *e) _must_check_;

void inventory_free(struct inventory *inv); /* NULL ok */
DEFINE_CLEANUP(struct inventory *, inventory_free);

size_t inventory_warning_count(const struct inventory *inv);
const char *inventory_warning(const struct inventory *inv, size_t i);

/* Every file that was read, for "did anything change": NULL past the end. */
const char *inventory_file(const struct inventory *inv, size_t i);

/* The manifests of a configuration folder's addons/, in the order of their files' names, or NULL:
 * [{"name": the file's without its ending, "file", "documents": [{"line", "value"}]}], and
 * for what is none {"file", "skipped": what to do about it}. Borrowed. */
const json_t *inventory_addons(const struct inventory *inv);

size_t inventory_host_count(const struct inventory *inv);
const char *inventory_host_name(const struct inventory *inv, size_t host);
struct inventory_origin inventory_host_origin(const struct inventory *inv, size_t host);
/* Index, or SIZE_MAX. Constant time. */
size_t inventory_find_host(const struct inventory *inv, const char *name);

/* Group index, or SIZE_MAX where there is none of that name. */
size_t inventory_find_group(const struct inventory *inv, const char *name);
struct inventory_origin inventory_group_origin(const struct inventory *inv, size_t group);
/* The group's hosts with those of its children, in Ansible's order (groups['etcd'] in a playbook),
 * each once. *ret is an array of host indices: free() it. */
int inventory_group_hosts(const struct inventory *inv, size_t group, size_t **ret, size_t *ret_n,
                          struct error *e) _must_check_;
bool inventory_host_in_group(const struct inventory *inv, size_t host, size_t group);

/* kubespray's group of the whole cluster, k8s-cluster or k8s_cluster; where both are there the
 * cluster's hosts are those of both. */
bool inventory_has_cluster(const struct inventory *inv);
bool inventory_host_in_cluster(const struct inventory *inv, size_t host);

/* A variable of a host after precedence (all < group_vars/all < groups by depth, priority, name,
 * the INI's :vars below group_vars files < host line < host_vars); NULL when unset. Borrowed. */
const json_t *inventory_host_var(const struct inventory *inv, size_t host, const char *name,
                                 struct inventory_origin *ret_origin);

/* A variable as every host of the cluster's group sees it (what vars.yml and group_vars set):
 * looked up in the groups only, never in a host. */
const json_t *inventory_cluster_var(const struct inventory *inv, const char *name,
                                    struct inventory_origin *ret_origin);

/* Calls seen for every (variable name, origin) that any host or group sets, each definition once.
 */
typedef void inventory_var_seen(const char *name, const json_t *value,
                                struct inventory_origin origin, void *userdata);
void inventory_each_var(const struct inventory *inv, inventory_var_seen *seen, void *userdata);

/* The text that `ansible-inventory --list [--export]` prints, byte for byte (but that mappings
 * whose keys aren't all text come in the order of their keys' text). -EINVAL with its words for a
 * value that it can't print, such as a set. */
int inventory_export(const struct inventory *inv, bool export, struct buf *out,
                     struct error *e) _must_check_;

/* One value in the same way. */
int inventory_print(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* A vars file alone, as Ansible reads a group_vars file (JSON first, then YAML 1.1). */
int inventory_load_vars(const char *path, json_t **ret, struct error *e) _must_check_;
