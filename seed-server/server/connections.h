/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>

#include "transport.h"
#include "x509.h"

/* The connections of one listener, and how long each may take. libmicrohttpd's own time-out only
 * sees idle ones, so that a client that sends a byte a second would stay for ever: deadlines run
 * from fixed events whatever trickles in. */

#define NO_DEADLINE UINT64_MAX

struct connection {
    struct connection *next, **link; /* in the list */
    void *owner, *handle;            /* whoever opened it; libmicrohttpd's connection */
    uint64_t deadline_ms;            /* atomic */
    struct transport transport;      /* only of a TLS connection */
    int fd;
    bool over_limit, peer_known;
    int peer_result;
    char *peer_error; /* why there is no peer */
    struct x509_peer peer;
};

struct connections {
    pthread_mutex_t lock; /* guards the list */
    struct connection *first;
    unsigned count; /* atomic */
};

void connections_init(struct connections *all);
void connections_done(struct connections *all); /* all of them are closed */

/* fd stays the caller's, and must stay open until connection_close. NULL without memory. */
struct connection *connection_open(struct connections *all, int fd, uint64_t deadline_ms);
void connection_close(struct connections *all, struct connection *c);
void connection_set_deadline(struct connection *c, uint64_t deadline_ms);

/* Ends the stream of those whose deadline is past: whoever serves them sees that and closes. */
void connections_tick(struct connections *all, uint64_t now_ms);
/* The same with those whose TLS handshake is not over. */
void connections_end_handshakes(struct connections *all);
unsigned connections_count(struct connections *all);
