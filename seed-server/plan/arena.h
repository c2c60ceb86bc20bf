/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/mem.h"

/* Texts that live as long as a plan, packed one after the other. Once memory runs out, failed is
 * set and every copy is "": copy freely, check once. */
struct arena {
    struct arena_chunk *chunks;
    bool failed;
};

void arena_done(struct arena *a);
/* NULL gives NULL. */
const char *arena_copy(struct arena *a, const char *s);
const char *arena_printf(struct arena *a, const char *format, ...) _printf_(2, 3);
/* Copies s unless it equals *last, which it becomes: most hosts share their group's values. */
const char *arena_share(struct arena *a, const char **last, const char *s);
