/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/error.h"

/* How many connections each address has. An IPv6 address counts by its first 64 bits: one machine
 * may have all addresses below them. Not for several threads at once. */
struct peers;
struct peer;
struct sockaddr;

int peers_new(struct peers **ret, struct error *e) _must_check_;
void peers_free(struct peers *p); /* NULL ok; all were left */

/* One more connection of an address: *ret_count has how many it has now. NULL, and 0, for what has
 * no address of its own (a unix socket), or without memory. */
struct peer *peers_join(struct peers *p, const struct sockaddr *address, unsigned *ret_count);
void peers_leave(struct peers *p, struct peer *peer); /* NULL ok */
