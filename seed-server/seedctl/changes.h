/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "state.h"

/* What `seedctl status --watch` prints where it cannot redraw: one line for each host whose state,
 * step or message differs, and for each machine that newly waits outside. before may be NULL. A
 * message that only counts on within a step ("12 of 110 MB") is no change: percent is not compared,
 * and messages only outside HOST_RUNNING. Pure. */
int changes_render(const struct cluster_view *before, const struct cluster_view *now,
                   uint64_t now_ms, struct buf *out, struct error *e) _must_check_;

/* Where a watch ends. */
enum outcome { OUTCOME_OPEN, OUTCOME_SUCCESS, OUTCOME_FAILURE };

/* Success: there are hosts and all are ready. Failure: some host failed or is quarantined, and no
 * host that is not ready has shown a change for patience_ms; a failing step is tried again by its
 * node, so that one failure says little. Waiting for approval is never a failure. */
enum outcome cluster_outcome(const struct cluster_view *v, uint64_t last_change_ms,
                             uint64_t patience_ms, uint64_t now_ms);
