/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "seed-server/plan/plan.h"
#include "store.h"

/* Whether a host is inside the window in which it may enrol for the first time: arm/HOST has its
 * beginning, seed_arm_window its length. One that begins in the future, which a clock that was
 * ahead leaves behind, is not open. *ret_revision (may be NULL) is that record's, for a transaction
 * that expects the window as it was; 0 when there is none. */
bool arm_is_open(const struct store_view *view, const struct plan *plan, const char *host,
                 uint64_t *ret_revision);

/* Into t: the host's window opens now. */
void arm_put(struct store_txn *t, const char *host, uint64_t now_ms);

/* The host's installer, which was let in, is at work: the window opens anew, once a minute at most.
 * A power cut makes another installer of it with another key, which is to be let in as well. */
void arm_keep_open(struct store *store, const struct plan *plan, const char *host);

/* Hosts whose window begins in the future. *ret_first is one of them, of the plan. */
size_t arm_count_future(const struct store_view *view, const struct plan *plan,
                        const char **ret_first);
