/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* A value of hosts.ini as Ansible types it: what Python's ast.literal_eval() makes of the text, and
 * the text itself where that answers ValueError or SyntaxError. *ret is a new reference (see
 * common/pyvalue.h for numbers beyond 64 bits and for sets). Refused (-EINVAL) as Ansible does:
 * "unhashable type: 'set'" for x={{ "root" }}; and, other than Ansible, "\N{NAME}" in a string that
 * counts, because the table of character names isn't kept here. */
#define LITERAL_MAX (1024 * 1024) /* bytes of a value that isn't plainly a string; -E2BIG above */

int literal_parse(const char *text, size_t len, json_t **ret, struct error *e) _must_check_;
