/* SPDX-License-Identifier: Apache-2.0 */
#include "nonce.h"

#include <pthread.h>

#include "common/parse.h"
#include "x509.h"

#define USED_MAX 65536 /* power of two; 16 bytes each */

/* The 32 bytes: 8 of time, 8 random, 16 of HMAC over those. */
struct nonce {
    uint64_t made_ms;
    uint8_t random[8];
    uint8_t mac[16];
};
_Static_assert(sizeof(struct nonce) == 32, "64 hex digits");

struct used {
    uint64_t made_ms; /* 0: free */
    uint64_t random;
};

struct nonces {
    uint8_t key[SHA256_SIZE];
    pthread_mutex_t lock; /* guards all below */
    struct used used[USED_MAX];
};

int nonces_new(struct nonces **ret, struct error *e)
{
    struct nonces *n = calloc(1, sizeof(*n));
    int r;

    if (!n)
        return error_oom(e);
    r = random_bytes(n->key, sizeof(n->key), e);
    if (r < 0) {
        free(n);
        return r;
    }
    (void)pthread_mutex_init(&n->lock, NULL); /* default attributes: cannot fail on Linux */
    *ret = n;
    return 0;
}

void nonces_free(struct nonces *n)
{
    if (!n)
        return;
    explicit_bzero(n->key, sizeof(n->key));
    (void)pthread_mutex_destroy(&n->lock);
    free(n);
}

static int mac_of(const struct nonces *n, const struct nonce *nonce, uint8_t ret[16],
                  struct error *e)
{
    uint8_t full[SHA256_SIZE];
    int r = sha256_hmac(n->key, sizeof(n->key), nonce, offsetof(struct nonce, mac), full, e);

    memcpy(ret, full, 16);
    return r;
}

int nonce_make(struct nonces *n, uint64_t now_ms, char ret[NONCE_TEXT_SIZE], struct error *e)
{
    struct nonce nonce = {.made_ms = now_ms};
    int r = random_bytes(nonce.random, sizeof(nonce.random), e);

    if (r == 0)
        r = mac_of(n, &nonce, nonce.mac, e);
    if (r == 0)
        format_hex(&nonce, sizeof(nonce), ret);
    return r;
}

/* Takes the place of one that is too old, or else of the oldest; looks at a few places only, so
 * that a flood costs little. To refuse what cannot be remembered would let a few hundred requests a
 * second keep every machine out; what is forgotten can be sent again by whoever sent it, and for
 * one key the answer is the same each time. */
static int remember(struct nonces *n, uint64_t made_ms, uint64_t random)
{
    struct used *place = &n->used[random % USED_MAX];

    for (uint64_t i = 0; i < 16; i++) {
        struct used *u = &n->used[(random + i) % USED_MAX];

        if (u->made_ms == made_ms && u->random == random)
            return -EINVAL;
        if (u->made_ms < place->made_ms) /* a free one is older than any */
            place = u;
    }
    *place = (struct used){made_ms, random};
    return 0;
}

int nonce_use(struct nonces *n, const char *text, uint64_t now_ms, struct error *e)
{
    struct nonce nonce;
    uint8_t mac[16];
    uint64_t random;
    int r;

    if (strlen(text) != NONCE_TEXT_SIZE - 1 || parse_hex(text, &nonce, sizeof(nonce), NULL) < 0)
        return error_set(e, -EINVAL, "the nonce is not one of this server's");
    r = mac_of(n, &nonce, mac, e);
    if (r < 0)
        return r;
    if (!secret_equal(mac, nonce.mac, sizeof(mac)))
        return error_set(e, -EINVAL, "the nonce is not one of this server's");
    if (nonce.made_ms > now_ms || nonce.made_ms + NONCE_LIFE_MS < now_ms)
        return error_set(e, -EINVAL, "the nonce is too old");
    memcpy(&random, nonce.random, sizeof(random));
    (void)pthread_mutex_lock(&n->lock);
    r = remember(n, nonce.made_ms, random);
    (void)pthread_mutex_unlock(&n->lock);
    return r < 0 ? error_set(e, r, "the nonce was used before") : 0;
}
