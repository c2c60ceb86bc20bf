/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

/* "[GROUP]", "[GROUP:hosts]", "[GROUP:children]", "[GROUP:vars]". */
enum section_kind {
    SECTION_HOSTS,
    SECTION_CHILDREN,
    SECTION_VARS,
    SECTION_UNKNOWN, /* some other tag */
};

struct section {
    enum section_kind kind;
    const char *name, *tag;
    size_t name_len, tag_len;
};

/* Whether a line (stripped) is a header: ^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:\#.*)?$ */
bool section_parse(const char *line, size_t len, struct section *ret);

/* Whether a line is a group's name, ^([^:\]\s]+)\s*(?:\#.*)?$; its length. */
bool section_child_name(const char *line, size_t len, size_t *ret_len);

/* Letters, digits and underscores, and no digit first. */
bool section_is_variable_name(const char *name, size_t len);

/* Groups that were named as a child, or given variables, before any section made them. */
struct pending_group {
    const struct text *name;
    unsigned line;
    bool vars;                 /* else a child */
    bool done;                 /* it has come */
    struct index_list parents; /* of a child */
};

struct pending_groups {
    struct pending_group *items;
    uint32_t n, allocated;
    uint32_t *by_name; /* item + 1 by the name's number */
    uint32_t by_name_allocated;
};

void pending_done(struct pending_groups *p);

/* [NAME:vars] made the group: it has to come as a section of its own, unless it is waited for as a
 * child already. */
int pending_add_vars(struct pending_groups *p, const struct text *name, unsigned line,
                     struct error *e) _must_check_;
int pending_add_child(struct pending_groups *p, const struct text *name, uint32_t parent,
                      unsigned line, struct error *e) _must_check_;

/* The group has come: links it to the parents that wait for it, and those to theirs. */
int pending_resolve(struct pending_groups *p, struct inventory *inv, const struct text *name,
                    struct error *e) _must_check_;

/* At the end: -EINVAL with the first that never came, *ret_line being where it was named. */
int pending_check(const struct pending_groups *p, const struct inventory *inv, unsigned *ret_line,
                  struct error *e) _must_check_;
