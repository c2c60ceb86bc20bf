/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "network.h"

/* The Ethernet cards of this machine, from /sys/class/net: what has a device behind it, and not
 * what is made of them. */
#define NICS_MAX 1024 /* virtual functions count */

struct nics {
    struct network_nic items[NICS_MAX]; /* by name; mac is the one burnt in */
    size_t n;
};

/* Reads ROOT/sys. No cards are no error; more than NICS_MAX are -E2BIG, since one that is left out
 * would look as if it were gone. */
int nics_read(const char *root, struct nics *ret, struct error *e) _must_check_;
/* NULL when there is none. */
const struct network_nic *nics_find_mac(const struct nics *n, const char *mac);
const struct network_nic *nics_find_name(const struct nics *n, const char *name);
/* "ens3 52:54:00:00:00:0a, …", for error messages. */
void nics_describe(const struct nics *n, char *ret, size_t size);
