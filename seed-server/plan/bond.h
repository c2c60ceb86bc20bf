/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "arena.h"
#include "common/json.h"
#include "plan.h"

/* seed_bond: several network cards as one. The kernel's bonding.txt says what goes with what. */

#define BOND_MEMBERS_MAX 8 /* as many as one LACP group may have active */

/* {mode, macs|interfaces, miimon, lacp_rate, primary}, in full. -EINVAL. */
int bond_check(const json_t *value, struct error *e) _must_check_;

/* A checked value as a node config has it: defaults filled in, addresses as parse_mac() writes
 * them. In *h: its mode and addresses (the list is the caller's to free). Texts are the arena's.
 * -ENOMEM. */
int bond_read(const json_t *value, struct arena *arena, struct plan_host *h, const char **ret_text,
              struct error *e) _must_check_;
