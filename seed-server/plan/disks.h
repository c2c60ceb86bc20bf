/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* seed_data_disks and seed_install_disk. A disk is named by what is written on it or by where it is
 * plugged in, never by size, order or sdX. */

/* seed_data_disks: every item, in full. -EINVAL. */
int disks_check(const json_t *value, struct error *e) _must_check_;

/* {serial|wwn|by_id|by_path: X}: exactly one. *ret_kind is that word, *ret_id borrowed from match.
 */
int disk_match(const json_t *match, const char **ret_kind, const char **ret_id,
               struct error *e) _must_check_;

/* The "disks" of a node config from a checked seed_data_disks (NULL: none): each with its preset
 * UUID and its mount point below base. New reference. */
int disks_render(const json_t *value, const char *cluster_id, const char *host, const char *base,
                 json_t **ret, struct error *e) _must_check_;

/* May the disk with that serial be wiped, by a checked seed_data_disks (NULL: none)? -EPERM with
 * what to write there. */
int disks_check_wipe(const json_t *value, const char *serial, struct error *e) _must_check_;
