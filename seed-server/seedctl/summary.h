/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "board.h"

/* The last words of `seedctl status --watch`. Pure. */

/* "Successful", how long each step took on each host (where a terminal is too narrow for that, the
 * shortest, the median and the longest over the hosts), how to use the cluster, its storage
 * classes, and whether cluster DNS is part of it. */
int summary_success(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                    struct error *e) _must_check_;

/* What keeps it from being ready: each host that failed, is quarantined or waits, in words, and
 * where to look. */
int summary_failure(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                    struct error *e) _must_check_;
