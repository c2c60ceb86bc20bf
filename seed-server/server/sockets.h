/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/error.h"
#include "common/parse.h"

struct sockaddr;

/* Listening sockets that nobody passed to us. */

/* "ADDR:PORT" or ":PORT" (all addresses of both families). */
int listen_tcp(const char *endpoint, int *ret, struct error *e) _must_check_;

/* A unix socket for root and the group nodeseed (0660; 0600 where there is no such group), its
 * folder made when missing. A stale socket is replaced, one that answers is -EADDRINUSE. */
int listen_unix(const char *path, int *ret, struct error *e) _must_check_;

/* An address as text, for people; "local" for what has none. */
void socket_address_text(const struct sockaddr *a, char ret[IP_TEXT_SIZE]);
