/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/parse.h"
#include "variables.h"

/* Checks of variable_types.c's table that have files of their own. The error says only what is
 * expected; variable_check puts the variable's name before it and the value behind it. -EINVAL,
 * -ENOMEM. */
typedef int type_check(const struct variable *v, const char *text, struct error *e) _must_check_;
typedef int type_value_check(const struct variable *v, const json_t *value,
                             struct error *e) _must_check_;

/* type_network.c */
type_check type_ip, type_network, type_url, type_address, type_endpoint;
type_value_check type_ips, type_addresses, type_endpoints, type_loadbalancer;
/* What an address is that no host can have for its own ("a loopback address"), or NULL. */
const char *address_fault(const struct ip_address *a);

/* type_image.c */
type_check type_registry, type_image, type_tag, type_sha256;

/* type_path.c */
type_check type_path, type_folder;
/* Is it the same folder, or one inside? Both as type_path takes them. */
bool path_is_inside(const char *path, const char *folder);

/* variable_types.c: a list, every item by check. */
int type_items(const struct variable *v, const json_t *value, type_check *check,
               struct error *e) _must_check_;
