/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* The first word of a host line, "NAME", "NAME:PORT" or "[NAME]:PORT", as Ansible's parse_address()
 * and expand_hostname_range() read it. */

/* Finds the port, if there is one: *ret_port is a new reference to a number, or NULL. The name (a
 * piece of pattern) is what then gets its ranges expanded. */
int host_pattern_split(const char *pattern, size_t len, const char **ret_name, size_t *ret_len,
                       json_t **ret_port, struct error *e) _must_check_;

/* One pattern makes at most so many hosts. */
#define HOST_RANGE_MAX (1u << 20)

/* Gets each name in order; not NUL-terminated. A negative errno (error set) ends the expansion. */
typedef int host_name_made(const char *name, size_t len, void *userdata, struct error *e);

/* Expands every [begin:end[:step]] in name, leftmost first. */
int host_pattern_expand(const char *name, size_t len, host_name_made *made, void *userdata,
                        struct error *e) _must_check_;
