/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http.h"

/* What an administrator changes about one host. Each answers r when it is stored. */
struct server;

/* Accepts the key that waits for approval as this host; fingerprint (may be NULL) says which. */
void host_approve(struct server *s, struct http_request *r, const char *host,
                  const char *fingerprint);
/* Forgets key, quarantine and progress, and opens the window for enrolling. Of a host that is
 * installed by PXE the same system may enrol again; with reinstall its next incarnation begins, and
 * its next boot writes the disk anew. */
void host_rearm(struct server *s, struct http_request *r, const char *host, bool reinstall);
/* Revokes: whatever key host has opens nothing any more, and nobody enrols as it, until it is
 * rearmed. Also of a host that left the inventory with its key still stored. 409 for members of
 * etcd and masters, who hold what a removal cannot take back. */
void host_remove(struct server *s, struct http_request *r, const char *host);
/* Mints the host's one-time token; an earlier one is void. */
void host_token(struct server *s, struct http_request *r, const char *host);
