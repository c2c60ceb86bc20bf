/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What GET /admin/apply answers, for people. Pure. */

struct apply_figures {
    size_t changed; /* hosts that would carry out another configuration */
    size_t refused; /* those among them that cannot */
    size_t marks;   /* whose Nodes get other labels or taints */
    size_t blind;   /* hosts of whom nobody knows what they have: only by name */
};

/* named: hosts that count alone; NULL: all. -EINVAL names the member that is missing or odd. */
int apply_print(const json_t *answer, char *const *named, size_t n_named, struct buf *out,
                struct apply_figures *ret, struct error *e) _must_check_;
