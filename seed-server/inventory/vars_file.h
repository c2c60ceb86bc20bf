/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/yaml.h"
#include "model.h"

#define VARS_FILE_MAX (16 * 1024 * 1024)

/* A file of variables as Ansible reads it: JSON first, then YAML. *ret is a new reference to an
 * object; an empty file makes an empty one. *ret_lines (may be NULL) is an object with the line of
 * each outermost key. The error is "FILE:LINE: …". */
struct vars_file_options {
    bool mark_unsafe;   /* as in common/yaml.h */
    yaml_warning *warn; /* may be NULL */
    void *userdata;
};

int vars_file_read(const char *path, const struct vars_file_options *options, json_t **ret,
                   json_t **ret_lines, struct error *e) _must_check_;

/* The same into a set of variables, over what is there. */
int vars_file_load(struct inventory *inv, const char *path, bool mark_unsafe, struct vars *vars,
                   struct error *e) _must_check_;
