/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>

#include "peers.h"
#include "transport.h"
#include "x509.h"

/* The connections of one listener, how many there may be, and how long each may take.
 * libmicrohttpd's own time-out only sees idle ones, so that a client that sends a byte a second
 * would stay for ever: deadlines run from fixed events whatever trickles in. And past its own limit
 * of connections clients hang: so there are two of ours below it. Past the first one a connection
 * is told so, in two seconds at most; past the second one it is ended at once. The same goes for
 * each address, so that one machine cannot be all clients. */

#define NO_DEADLINE UINT64_MAX

struct connection {
    struct connection *next, **link; /* in the list */
    void *owner, *handle;            /* whoever opened it; libmicrohttpd's connection */
    void *request; /* malloc()ed: one whose head may never come whole; freed with the connection */
    struct peer *peer;
    uint64_t deadline_ms;       /* atomic */
    struct transport transport; /* only of a TLS connection */
    int fd;
    bool over_limit, identity_known;
    int identity_result;
    char *identity_error; /* why there is none */
    struct x509_peer identity;
};

struct connections {
    pthread_mutex_t lock; /* guards the list and peers */
    struct connection *first;
    struct peers *peers;
    unsigned limit, limit_each; /* the first ones: of all, and of one address */
    unsigned count;             /* atomic */
};

int connections_init(struct connections *all, unsigned limit, unsigned limit_each,
                     struct error *e) _must_check_;
void connections_done(struct connections *all); /* all of them are closed */
/* A number of connections that is never reached. */
unsigned connections_never(unsigned limit);

/* fd stays the caller's, and must stay open until connection_close; address may be NULL. Its
 * deadline is head_ms from now, or less. NULL without memory. */
struct connection *connection_open(struct connections *all, int fd, const struct sockaddr *address,
                                   uint64_t now_ms, uint64_t head_ms);
void connection_close(struct connections *all, struct connection *c);
void connection_set_deadline(struct connection *c, uint64_t deadline_ms);
/* Who is at the other end of its TLS session (NULL: it has none), as x509_peer says. What is wrong
 * with a certificate is found once; that it has ended since, at the request after that. One thread
 * at a time asks, the one that serves it; *ret is borrowed. */
int connection_peer(struct connection *c, void *session, uint64_t now_ms,
                    const struct x509_peer **ret, struct error *e) _must_check_;

/* Ends the stream of those whose deadline is past: whoever serves them sees that and closes. */
void connections_tick(struct connections *all, uint64_t now_ms);
/* The same with those whose TLS handshake is not over. */
void connections_end_handshakes(struct connections *all);
unsigned connections_count(struct connections *all);
