/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "common/json.h"

/* Python's json.dumps(value, sort_keys=True, indent=4, ensure_ascii=False) piece by piece, for what
 * is too big to be made a tree first. The caller sees to the keys' order. */
struct printing {
    struct buf *out;
    unsigned depth;
    bool any; /* something was printed behind the bracket that is open */
};

void print_begin(struct printing *p, char bracket); /* '{' or '[' */
void print_end(struct printing *p, char bracket);
void print_item(struct printing *p); /* a new line for an item of a list; its text comes next */
void print_key(struct printing *p, const char *key, size_t len); /* its value comes next */
void print_text(struct printing *p, const char *s, size_t len);

/* -EINVAL with Python's words for what it can't print. */
int print_value(struct printing *p, const json_t *v, struct error *e) _must_check_;
