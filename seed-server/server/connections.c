/* SPDX-License-Identifier: Apache-2.0 */
#include "connections.h"

#include <sys/socket.h>

#define OVER_LIMIT_MS 2000 /* to ask, and to be told to come back later */
#define EACH_MORE 64       /* connections of one address past its limit that are told so */

/* The second limit. */
static unsigned hopeless_from(unsigned limit)
{
    return limit + limit / 2 + 32;
}

unsigned connections_never(unsigned limit)
{
    return hopeless_from(limit) + limit / 2 + 32;
}

int connections_init(struct connections *all, unsigned limit, unsigned limit_each, struct error *e)
{
    *all = (struct connections){.limit = limit, .limit_each = limit_each};
    (void)pthread_mutex_init(&all->lock, NULL); /* default attributes: cannot fail on Linux */
    return peers_new(&all->peers, e);
}

void connections_done(struct connections *all)
{
    peers_free(all->peers);
    (void)pthread_mutex_destroy(&all->lock);
}

struct connection *connection_open(struct connections *all, int fd, const struct sockaddr *address,
                                   uint64_t now_ms, uint64_t head_ms)
{
    struct connection *c = calloc(1, sizeof(*c));
    unsigned count, count_each;

    if (!c)
        return NULL;
    c->fd = fd;
    c->deadline_ms = now_ms + head_ms;
    count = __atomic_add_fetch(&all->count, 1, __ATOMIC_RELAXED);
    (void)pthread_mutex_lock(&all->lock);
    c->peer = peers_join(all->peers, address, &count_each);
    c->next = all->first;
    c->link = &all->first;
    if (c->next)
        c->next->link = &c->next;
    all->first = c;
    (void)pthread_mutex_unlock(&all->lock);
    c->over_limit = count > all->limit || count_each > all->limit_each;
    if (c->over_limit && head_ms > OVER_LIMIT_MS)
        connection_set_deadline(c, now_ms + OVER_LIMIT_MS);
    if (count > hopeless_from(all->limit) || count_each > all->limit_each + EACH_MORE)
        (void)shutdown(fd, SHUT_RDWR); /* gone already: nothing to end */
    return c;
}

void connection_close(struct connections *all, struct connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    peers_leave(all->peers, c->peer);
    (void)pthread_mutex_unlock(&all->lock);
    (void)__atomic_sub_fetch(&all->count, 1, __ATOMIC_RELAXED);
    transport_done(&c->transport);
    free(c->identity_error);
    free(c->request);
    free(c);
}

void connection_set_deadline(struct connection *c, uint64_t deadline_ms)
{
    __atomic_store_n(&c->deadline_ms, deadline_ms, __ATOMIC_RELAXED);
}

int connection_peer(struct connection *c, void *session, uint64_t now_ms,
                    const struct x509_peer **ret, struct error *e)
{
    if (!c->identity_known) {
        c->identity_result = session ? x509_peer(session, &c->identity, e)
                                     : error_set(e, -ENODATA, "no client certificate");
        c->identity_known = true;
        if (c->identity_result < 0)
            c->identity_error = strdup(e->message);
    }
    if (c->identity_result < 0)
        return c->identity_error ? error_set(e, c->identity_result, "%s", c->identity_error)
                                 : error_oom(e);
    /* A client that keeps asking keeps its connection. */
    if ((int64_t)(now_ms / 1000) > c->identity.ends_s)
        return error_set(e, -EKEYREJECTED,
                         "the client certificate has expired since this connection was made");
    *ret = &c->identity;
    return 0;
}

void connections_tick(struct connections *all, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&all->lock);
    for (struct connection *c = all->first; c; c = c->next)
        if (__atomic_load_n(&c->deadline_ms, __ATOMIC_RELAXED) < now_ms) {
            /* The descriptor is still this connection's: it is closed only after connection_close.
             */
            (void)shutdown(c->fd, SHUT_RDWR);
            connection_set_deadline(c, NO_DEADLINE);
        }
    (void)pthread_mutex_unlock(&all->lock);
}

void connections_end_handshakes(struct connections *all)
{
    (void)pthread_mutex_lock(&all->lock);
    for (struct connection *c = all->first; c; c = c->next)
        if (!transport_greeted(&c->transport))
            (void)shutdown(c->fd, SHUT_RDWR); /* gone already: nothing to end */
    (void)pthread_mutex_unlock(&all->lock);
}

unsigned connections_count(struct connections *all)
{
    return __atomic_load_n(&all->count, __ATOMIC_RELAXED);
}
