/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "buf.h"
#include "error.h"

/* JSON is built and read as jansson's value tree: the one library type that everyone may hold.
 * Texts from outside go through json_parse, which has limits; jansson itself is built in only by
 * json.c and by whoever holds a json_t. */

#define JSON_DEPTH_MAX 64 /* nested arrays and objects accepted by json_parse */

/* Parses exactly one JSON value of at most max bytes; duplicate keys, NUL escapes, trailing bytes
 * and deeper nesting than JSON_DEPTH_MAX are refused. *ret is a new reference. -EINVAL, -E2BIG. */
int json_parse(const char *text, size_t len, size_t max, json_t **ret,
               struct error *e) _must_check_;

/* Compact text with object keys sorted (one value, one text: digests depend on it). */
int json_print(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* The same, indented by four, for people; a newline ends it. */
int json_print_pretty(const json_t *value, struct buf *out, struct error *e) _must_check_;

/* Typed members of an object. The result is borrowed from object. A missing member or one of
 * another type is -EINVAL with the member's name in the error; the _or forms answer the default for
 * a missing (or null) member and -EINVAL only for a wrong type. */
int json_get_string(const json_t *object, const char *key, const char **ret,
                    struct error *e) _must_check_;
int json_get_string_or(const json_t *object, const char *key, const char *otherwise,
                       const char **ret, struct error *e) _must_check_;
int json_get_int(const json_t *object, const char *key, int64_t *ret, struct error *e) _must_check_;
int json_get_int_or(const json_t *object, const char *key, int64_t otherwise, int64_t *ret,
                    struct error *e) _must_check_;
int json_get_bool_or(const json_t *object, const char *key, bool otherwise, bool *ret,
                     struct error *e) _must_check_;
int json_get_array(const json_t *object, const char *key, json_t **ret,
                   struct error *e) _must_check_;
int json_get_object(const json_t *object, const char *key, json_t **ret,
                    struct error *e) _must_check_;

/* Is the text an item of the array? False where array is NULL or none; other items are passed by.
 */
bool json_has_text(const json_t *array, const char *text);

static inline void json_unrefp(json_t **p)
{
    json_decref(*p);
}
#define _cleanup_json_ _cleanup_(json_unrefp)
