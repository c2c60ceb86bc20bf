/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What it would change to carry out another config on a host that is ready. Pure. */

/* Both configs as rendered. *ret, a new reference:
 *   {"host":    [{"path", "old", "new", "note"}],   old or new is missing where it was added or has
 *                                                   gone; note: why nothing happens at once
 *    "cluster": [{"object": "StorageClass rbd", "what": "add|change|remake|remove|keep",
 *                 "changes": [{"path", "old", "new"}]}],   the first master's addons alone
 *    "refused": [{"path", "variables": [names], "why"}]}   what a ready host cannot become
 * What is in Secrets is not in it. */
int plan_changes(const json_t *old, const json_t *new, json_t **ret, struct error *e) _must_check_;
