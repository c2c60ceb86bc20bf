/* SPDX-License-Identifier: Apache-2.0 */
#include "peers.h"

#include <endian.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#define BUCKETS 8192 /* a power of two; about as many as there are connections on a busy day */

struct peer {
    struct peer *next;
    uint64_t key;
    unsigned count;
};

struct peers {
    uint64_t secret; /* nobody can choose addresses that share a bucket */
    struct peer *buckets[BUCKETS];
};

int peers_new(struct peers **ret, struct error *e)
{
    struct peers *p = calloc(1, sizeof(*p));

    if (!p)
        return error_oom(e);
    if (getrandom(&p->secret, sizeof(p->secret), 0) != sizeof(p->secret)) {
        free(p);
        return error_set_errno(e, -errno, "getrandom");
    }
    *ret = p;
    return 0;
}

void peers_free(struct peers *p)
{
    for (size_t i = 0; p && i < BUCKETS; i++)
        while (p->buckets[i]) {
            struct peer *peer = p->buckets[i];

            p->buckets[i] = peer->next;
            free(peer);
        }
    free(p);
}

/* 0: none. The families cannot meet: no IPv6 network begins with 32 zero bits but ::/64, where the
 * loopback address and IPv4's mapped ones are. */
static uint64_t key_of(const struct sockaddr *address)
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    uint64_t key;
    uint32_t v4;

    switch (address->sa_family) {
    case AF_INET:
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr);
    case AF_INET6:
        if (IN6_IS_ADDR_V4MAPPED(v6)) {
            memcpy(&v4, v6->s6_addr + 12, sizeof(v4));
            return ntohl(v4);
        }
        memcpy(&key, v6->s6_addr, sizeof(key));
        return key ? be64toh(key) : 1; /* ::1 */
    default:
        return 0;
    }
}

/* The finalizer of splitmix64. */
static size_t bucket_of(const struct peers *p, uint64_t key)
{
    uint64_t x = key ^ p->secret;

    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return (size_t)(x ^ (x >> 31)) & (BUCKETS - 1);
}

struct peer *peers_join(struct peers *p, const struct sockaddr *address, unsigned *ret_count)
{
    uint64_t key = address ? key_of(address) : 0;
    struct peer **bucket, *peer;

    *ret_count = 0;
    if (!key)
        return NULL;
    bucket = &p->buckets[bucket_of(p, key)];
    for (peer = *bucket; peer && peer->key != key; peer = peer->next)
        ;
    if (!peer) {
        peer = calloc(1, sizeof(*peer));
        if (!peer)
            return NULL;
        peer->key = key;
        peer->next = *bucket;
        *bucket = peer;
    }
    *ret_count = ++peer->count;
    return peer;
}

void peers_leave(struct peers *p, struct peer *peer)
{
    struct peer **link;

    if (!peer || --peer->count > 0)
        return;
    for (link = &p->buckets[bucket_of(p, peer->key)]; *link != peer; link = &(*link)->next)
        ;
    *link = peer->next;
    free(peer);
}
