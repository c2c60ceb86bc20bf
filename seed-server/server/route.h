/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

#include "http.h"

/* The table of everything that may be asked, where, by whom. What has no row is refused. */
struct server;

enum identity {
    IDENTITY_NONE, /* anyone who can reach the plane */
    IDENTITY_NODE, /* a node certificate whose key is the one in the store */
    /* An installer's certificate whose key is the one in install/HOST, of a host that is installed
     * by PXE: it opens nothing else, and nothing else opens these. */
    IDENTITY_INSTALLER,
    IDENTITY_ADMIN, /* whoever may open the control socket */
};

typedef void route_handler(struct server *s, struct http_request *r);

struct route {
    enum http_method method;
    const char *path; /* "/v1/gates/{step}" */
    unsigned planes;  /* enum plane bits */
    enum identity identity;
    unsigned roles; /* enum role bits, any of; 0: every host */
    size_t body_max;
    route_handler *handle;
};

extern const struct route routes[];
extern const size_t routes_n;

/* The row for a method and path, with the parameters' places; NULL when there is none, and then
 * *ret_methods has the methods that this path does have on this plane (0: unknown path). */
const struct route *route_find(unsigned planes, enum http_method method, const char *path,
                               struct http_span params[HTTP_PARAMS_MAX], unsigned *ret_methods);

/* One row a line: METHOD PATH PLANES IDENTITY ROLES. */
void routes_print(FILE *out);

/* http_dispatch's functions; userdata is the struct server. */
void route_begin(struct http_request *r, void *userdata);
void route_handle(struct http_request *r, void *userdata);
void route_end(struct http_request *r, void *userdata);
void route_seen(const struct http_request *r, unsigned status, void *userdata);
