/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/error.h"
#include "seed-server/inventory/inventory.h"

/* Copies of the files that the plan in use was made from, in STATE/last-good, so that a server that
 * restarts beside a broken configuration carries on with the last good one. */

/* Right after they were read, and before anybody knows whether they are good: copies them beside
 * the last good ones. Files outside the configuration folder are not ours to copy. *ret_folder is
 * where they are, to free. */
int last_good_copy(const char *state_folder, const char *conf_folder,
                   const struct inventory *inventory, char **ret_folder,
                   struct error *e) _must_check_;
/* They are good: the copies take the place of the ones before, whole. */
int last_good_keep(const char *state_folder, struct error *e) _must_check_;

/* The folder to load, free() it; NULL when there is none (or no memory). */
char *last_good_folder(const char *state_folder);
