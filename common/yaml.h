/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "json.h"

/* YAML 1.1 into JSON's value tree as PyYAML's SafeLoader resolves plain scalars, plus Ansible's
 * tags
 * (!unsafe, !vault). Values that JSON can't hold are wrapped as pyvalue.h says. libyaml is included
 * by yaml.c alone. What an alias names is kept once and shared: the tree is to be read, not
 * changed.
 */

#define YAML_DEPTH_MAX 256        /* nested collections */
#define YAML_VALUES_MAX (1 << 20) /* values, those of an alias counted at each of its places */

struct yaml_position {
    unsigned line, column; /* 1-based */
};

/* Told for each mapping key, with its path ("a.b", "a[0].b") and its depth (1 at the top level), so
 * that whoever checks a value can say where it was written. NULL: not wanted. */
typedef void yaml_key_seen(const char *path, unsigned depth, struct yaml_position where,
                           void *userdata);

/* name is used in errors: "NAME:LINE: …". Warnings (duplicate keys) go to warn, which may be NULL.
 */
typedef void yaml_warning(const char *message, void *userdata);

struct yaml_options {
    const char *name;
    size_t max_bytes;
    bool mark_unsafe; /* `!unsafe x` is {"__ansible_unsafe": "x"}, as ansible-inventory prints it;
                       * else it is "x", as it is to whoever reads the variable */
    yaml_key_seen *key_seen;
    yaml_warning *warn;
    void *userdata;
};

/* An empty document is JSON null. *ret is a new reference. -EINVAL for whatever Ansible refuses;
 * -E2BIG past a limit. */
int yaml_parse(const char *text, size_t len, const struct yaml_options *options, json_t **ret,
               struct error *e) _must_check_;

/* A stream of documents ("---" between them), each told with the line where its content begins;
 * value is borrowed. An error that seen answers ends it. */
typedef int yaml_document_seen(const json_t *value, unsigned line, void *userdata, struct error *e);
int yaml_parse_stream(const char *text, size_t len, const struct yaml_options *options,
                      yaml_document_seen *seen, void *seen_data, struct error *e) _must_check_;
