/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "json.h"

/* YAML 1.1 into JSON's value tree as PyYAML's SafeLoader resolves plain scalars, plus Ansible's
 * tags; libyaml is included by yaml.c alone. Limits: max bytes, depth, alias expansion. */

struct yaml_position {
    unsigned line, column; /* 1-based */
};

/* Told for each mapping key at the top level and below, with its path ("a.b"), so that whoever
 * checks a value can say where it was written. NULL: not wanted. */
typedef void yaml_key_seen(const char *path, struct yaml_position where, void *userdata);

/* name is used in errors: "NAME:LINE: …". Warnings (duplicate keys) go to warn, which may be NULL.
 */
typedef void yaml_warning(const char *message, void *userdata);

struct yaml_options {
    const char *name;
    size_t max_bytes;
    yaml_key_seen *key_seen;
    yaml_warning *warn;
    void *userdata;
};

/* An empty document is JSON null. *ret is a new reference. -EINVAL for whatever Ansible refuses. */
int yaml_parse(const char *text, size_t len, const struct yaml_options *options, json_t **ret,
               struct error *e) _must_check_;
