/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "seed-server/plan/plan.h"
#include "store.h"

/* Whether a host is inside the window in which it may enrol for the first time: arm/HOST has its
 * beginning, seed_arm_window its length. *ret_revision (may be NULL) is that record's, for a
 * transaction that expects the window as it was; 0 when there is none. */
bool arm_is_open(const struct store_view *view, const struct plan *plan, const char *host,
                 uint64_t *ret_revision);
