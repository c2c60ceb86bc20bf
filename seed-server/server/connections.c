/* SPDX-License-Identifier: Apache-2.0 */
#include "connections.h"

#include <sys/socket.h>

void connections_init(struct connections *all)
{
    *all = (struct connections){.first = NULL};
    (void)pthread_mutex_init(&all->lock, NULL); /* default attributes: cannot fail on Linux */
}

void connections_done(struct connections *all)
{
    (void)pthread_mutex_destroy(&all->lock);
}

struct connection *connection_open(struct connections *all, int fd, uint64_t deadline_ms)
{
    struct connection *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->fd = fd;
    c->deadline_ms = deadline_ms;
    (void)__atomic_add_fetch(&all->count, 1, __ATOMIC_RELAXED);
    (void)pthread_mutex_lock(&all->lock);
    c->next = all->first;
    c->link = &all->first;
    if (c->next)
        c->next->link = &c->next;
    all->first = c;
    (void)pthread_mutex_unlock(&all->lock);
    return c;
}

void connection_close(struct connections *all, struct connection *c)
{
    (void)pthread_mutex_lock(&all->lock);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    (void)pthread_mutex_unlock(&all->lock);
    (void)__atomic_sub_fetch(&all->count, 1, __ATOMIC_RELAXED);
    transport_done(&c->transport);
    free(c->peer_error);
    free(c);
}

void connection_set_deadline(struct connection *c, uint64_t deadline_ms)
{
    __atomic_store_n(&c->deadline_ms, deadline_ms, __ATOMIC_RELAXED);
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
