/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/error.h"
#include "seed-server/inventory/inventory.h"

/* Copies of the files that the plan in use was made from, in STATE/last-good, so that a server that
 * restarts beside a broken configuration carries on with the last good one. */

/* Replaces them whole. Files outside the configuration folder are not ours to copy. */
int last_good_save(const char *state_folder, const char *conf_folder,
                   const struct inventory *inventory, struct error *e) _must_check_;

/* The folder to load, free() it; NULL when there is none (or no memory). */
char *last_good_folder(const char *state_folder);
