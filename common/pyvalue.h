/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "json.h"

/* Ansible's values are Python's; ours are jansson's. What jansson can't hold is kept in a wrapper,
 * an object with exactly one member whose name starts with the byte 0xFE, which no text, YAML or
 * JSON key can start with:
 *   {"\xfenumber": "123456789012345678901234567890"}   ints beyond 64 bits, NaN and the infinities
 *   {"\xfeopaque": "Object of type set is not JSON serializable"}   sets, bytes, complex numbers:
 *       values that Ansible accepts and can't print, with what it says then
 * To everyone else a wrapper is an object where a number or a list was expected, which is an error
 * by type. Tuples are arrays, dates are their ISO 8601 text. Strings are UTF-8 where a lone
 * surrogate (from "\ud800") keeps its three bytes, and bytes that aren't UTF-8 keep their value. */

/* Python refuses to convert longer integers from or to decimal. */
#define PYVALUE_DECIMAL_MAX 4300

/* n digits of base 2, 8, 10 or 16, nothing else. NULL without memory. More decimal digits than
 * PYVALUE_DECIMAL_MAX make an opaque value. */
json_t *pyvalue_integer(const char *digits, size_t n, unsigned base, bool negative) _must_check_;

json_t *pyvalue_float(double d) _must_check_;
json_t *pyvalue_string(const char *s, size_t n) _must_check_;

/* reason is what Ansible says when it is to print the value. */
json_t *pyvalue_opaque(const char *reason) _must_check_;

/* The wrapped text, or NULL where v is no such wrapper. */
const char *pyvalue_number_text(const json_t *v);
const char *pyvalue_opaque_reason(const json_t *v);

/* repr(float), but for the infinities and NaN, which are spelled as Python's json does. */
#define PYVALUE_FLOAT_SIZE 40
void pyvalue_format_float(double d, char ret[PYVALUE_FLOAT_SIZE]);

/* A Python dict on its way to become a JSON object. 1, 1.0 and True are one key there, 1 and "1"
 * are two (whose text in JSON is the same: the later one wins). */
struct pydict;

struct pydict *pydict_new(void) _must_check_; /* NULL without memory */
void pydict_free(struct pydict *d);           /* NULL ok */
DEFINE_CLEANUP(struct pydict *, pydict_free);

/* Appends what identifies a string, number, boolean or null as a key: equal values, equal bytes. */
void pydict_identify(struct buf *identity, const json_t *key);

/* Takes the reference to value, also when it fails (-ENOMEM). identity is the key's; text is how
 * JSON spells it: pydict_key_text(); NULL where JSON can't, with Python's type name in type.
 * *ret_duplicate (may be NULL) says that the key was there; its value is replaced. */
int pydict_set(struct pydict *d, const struct buf *identity, const struct buf *text,
               const char *type, json_t *value, bool *ret_duplicate) _must_check_;

/* The key as Python's json spells it; false where it can't. */
bool pydict_key_text(struct buf *text, const json_t *key);

/* The object (or an opaque value where a key can't be spelled). New reference, NULL without
 * memory. */
json_t *pydict_finish(struct pydict *d) _must_check_;
