/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "yaml.h"

/* Inside yaml*.c only: a document as nodes (yaml.c), their tags resolved (yaml_resolve.c), on their
 * way to become values (yaml_construct.c). */

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

enum yaml_tag {
    YAML_TAG_NULL,
    YAML_TAG_BOOL,
    YAML_TAG_INT,
    YAML_TAG_FLOAT,
    YAML_TAG_BINARY,
    YAML_TAG_TIMESTAMP,
    YAML_TAG_OMAP,
    YAML_TAG_PAIRS,
    YAML_TAG_SET,
    YAML_TAG_STR,
    YAML_TAG_SEQ,
    YAML_TAG_MAP,
    YAML_TAG_MERGE, /* plain << */
    YAML_TAG_VALUE, /* plain = */
    YAML_TAG_UNSAFE,
    YAML_TAG_VAULT,
    YAML_TAG_UNKNOWN,
};

struct yaml_node {
    enum yaml_kind kind;
    enum yaml_tag tag;
    char *value; /* scalars; NUL-terminated, and may hold NUL */
    size_t len;
    struct yaml_node **items; /* sequences; mappings: key, value, key, value … */
    size_t n, allocated;
    struct yaml_position where;
    bool busy;     /* its construction is under way: an alias to it is a loop */
    json_t *made;  /* once constructed */
    size_t values; /* in made, with everything below */
    struct yaml_node *next;
};

/* What a document is made with. */
struct yaml_document {
    const struct yaml_options *options;
    struct yaml_node *nodes; /* all of them, to free them */
    struct buf path;         /* of the key that is looked at */
    unsigned depth;
    size_t merged; /* pairs that merges copied */
};

/* The tag of that name; YAML_TAG_UNKNOWN. */
enum yaml_tag yaml_tag_find(const char *name);

/* The tag of a plain scalar, by PyYAML's implicit resolvers. */
enum yaml_tag yaml_resolve(const char *value, size_t len);

/* A scalar's value under one of the scalar tags (null to timestamp, str). -EINVAL where Python
 * raises an error: the caller says where. */
int yaml_scalar(enum yaml_tag tag, const char *value, size_t len, json_t **ret,
                struct error *e) _must_check_;

int yaml_construct(struct yaml_document *d, struct yaml_node *root, json_t **ret,
                   struct error *e) _must_check_;
