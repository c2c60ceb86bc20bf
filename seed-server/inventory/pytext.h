/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/json.h"

/* Python's int(str): white space around, a sign, any script's decimal digits, single underscores
 * between digits. -EINVAL with Python's words "invalid literal for int() with base 10: 'x'". */
int pytext_to_int(const char *s, size_t n, json_t **ret, struct error *e) _must_check_;

/* The same within 64 bits; -ERANGE beyond them. */
int pytext_to_int64(const char *s, size_t n, int64_t *ret, struct error *e) _must_check_;

/* Python's repr(str), for messages that quote it. */
void pytext_repr(struct buf *out, const char *s, size_t n);
