/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/json.h"

/* Machines that asked for an identity and got none, as the server lists them (openapi.json:
 * Pending). What they say of themselves is not trusted, and shown as text_add does. Pure. */

/* In full: who it says it is, why it waits, and where it told them its parts: processors, memory,
 * network cards, disks with what is on them. */
void machine_describe(const json_t *entry, uint64_t now_ms, struct buf *out);

/* Its first MAC, or NULL. */
const char *machine_mac(const json_t *entry);

/* Whether mac (as parse_mac normalizes it) is one of its own. */
bool machine_has_mac(const json_t *entry, const char *mac);

/* Its disks (a list, perhaps empty); borrowed. NULL when it told nothing about them. */
const json_t *machine_disks(const json_t *entry);
