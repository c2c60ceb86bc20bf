/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/mem.h"

#define URI_MAX 1024 /* bytes, query included */

/* Whether a raw request target is one that our routes can have: it begins with one slash, has no
 * empty, "." or ".." segment, and only letters, digits and -._~+:@/ in its path, and those with =&,
 * in its query. No escapes at all: what no route needs cannot be decoded twice. */
bool uri_is_plain(const char *uri);

/* How many parameters a raw target's query has, empty ones included. */
#define PARAMETERS_MAX 16
size_t uri_parameters(const char *uri);

/* The value of name in "a=1&b=2", "" when it is absent; -EINVAL when it does not fit. */
int uri_query_text(const char *query, const char *name, char *ret, size_t size) _must_check_;
