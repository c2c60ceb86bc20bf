/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "common/error.h"

/* Text to number, for look-ups in constant time. Keys are borrowed. All zero is an empty index. */
struct index_slot {
    const char *key;
    size_t value;
};
struct index {
    struct index_slot *slots;
    size_t n, size; /* size is 0 or a power of two */
};

void index_done(struct index *x);
/* SIZE_MAX when absent. */
size_t index_find(const struct index *x, const char *key);
/* Puts key unless it is there; *ret_there is the value that is there already, or SIZE_MAX. */
int index_put(struct index *x, const char *key, size_t value, size_t *ret_there,
              struct error *e) _must_check_;
