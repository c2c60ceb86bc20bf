/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/json.h"

/* Python's json.loads(): what Ansible tries first with a file of variables. Unlike common/json.h it
 * takes NaN, Infinity, integers of any size, lone surrogates, NUL escapes and repeated keys (the
 * last value wins), and Ansible's {"__ansible_vault": …} and {"__ansible_unsafe": …}. */

#define PYJSON_DEPTH_MAX 256

/* Told for each key of the outermost object, with its line. NULL: not wanted. */
typedef void pyjson_key_seen(const char *key, size_t len, unsigned line, void *userdata);

struct pyjson_options {
    bool mark_unsafe; /* as in common/yaml.h */
    pyjson_key_seen *key_seen;
    void *userdata;
};

/* *ret is a new reference; -EINVAL where Python raises an error ("line 3: …"). */
int pyjson_parse(const char *text, size_t len, const struct pyjson_options *options, json_t **ret,
                 struct error *e) _must_check_;
