/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http.h"
#include "wipe_grant.h"

/* Leave to wipe disks, with its effects on the store; what is decided is wipe_grant.h's. Any
 * thread. */
struct server;

/* An administrator grants it: answers r. An earlier grant for that disk is void. */
void wipe_allow(struct server *s, struct http_request *r, const char *host, const char *serial);
