/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/error.h"
#include "common/parse.h"

/* The kernel's IPv4 routes, without iproute2, which a small image may lack. */

/* *ret: is there a route to exactly this network by this gateway? Reads /proc/net/route. */
int route_exists(const struct ip_network *to, const struct ip_address *via, bool *ret,
                 struct error *e) _must_check_;
/* Adds it (SIOCADDRT); one to the same network by another gateway is taken away first. */
int route_add(const struct ip_network *to, const struct ip_address *via,
              struct error *e) _must_check_;

/* The interface that has this address, "" when none has. */
#define INTERFACE_NAME_SIZE 16
int interface_of_address(const struct ip_address *address, char ret[INTERFACE_NAME_SIZE],
                         struct error *e) _must_check_;
/* The interface by which packets to this address leave, "" when there is no way. */
int interface_towards(const struct ip_address *address, char ret[INTERFACE_NAME_SIZE],
                      struct error *e) _must_check_;
/* The same for a host's name, or an address as text: the first of its addresses to which there is a
 * way. -EHOSTUNREACH when the name has none. Asks name servers, for some seconds. */
int interface_towards_host(const char *host, char ret[INTERFACE_NAME_SIZE],
                           struct error *e) _must_check_;
/* "eth0 192.168.0.10, …": what is up and has an address, for error messages. */
void interfaces_describe(char *ret, size_t size);
