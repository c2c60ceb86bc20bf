/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/json.h"

/* seed_ssh_keys: a list of public keys (common/ssh_key.h), or one as a text. */
#define SSH_KEYS_MAX 100
int ssh_keys_check(const json_t *value, struct error *e) _must_check_;
/* Of a value that passed: a list of texts, or NULL without memory. New reference. */
json_t *ssh_keys_list(const json_t *value) _must_check_;

/* useradd(8): a name that POSIX systems agree on. */
bool ssh_user_is_good(const char *name);
