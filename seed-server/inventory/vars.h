/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/json.h"
#include "strings.h"

/* Variables of one host, group or file in the order of their first setting, each with where it was
 * set last. Values are never changed once set: they are shared. */
struct var {
    const struct text *name;
    json_t *value;
    uint32_t file; /* index in the inventory's list of files */
    uint32_t line; /* 0: unknown */
};

struct vars {
    struct var *items;
    uint32_t n, allocated;
    uint32_t *index; /* of items by name, open addressing, once there are many */
    uint32_t index_size;
};

void vars_done(struct vars *v);

/* Takes the reference to value, also when it fails (-ENOMEM). The last value of a name wins. */
int vars_set(struct vars *v, const struct text *name, json_t *value, uint32_t file,
             uint32_t line) _must_check_;

/* NULL where there is none. */
const struct var *vars_find(const struct vars *v, const struct text *name);
