/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Every host with a role into plan->hosts, in the inventory's order, with its address, its
 * identifiers and what is its own; fills the indexes and reports duplicates. Runs after roles_read
 * and cluster_read. */
int hosts_read(struct reader *r, struct error *e) _must_check_;

/* What hosts say about the others: masters and the load balancer, routes for the bridge plugin.
 * Runs after roles_list. */
void hosts_check_cluster(struct reader *r);
