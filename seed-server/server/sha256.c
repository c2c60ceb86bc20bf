/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256.h"

#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "seed-server/plan/digest.h"

#define HMAC_BLOCK 64
#define BLOCK_SIZE (256 * 1024)

int sha256(const void *data, size_t len, uint8_t ret[SHA256_SIZE], struct error *e)
{
    struct digest d;

    (void)e;
    digest_init(&d);
    digest_add(&d, data, len);
    digest_end(&d, ret);
    return 0;
}

int sha256_file(int fd, uint8_t ret[SHA256_SIZE], struct error *e)
{
    _cleanup_free_ char *block = malloc(BLOCK_SIZE);
    struct digest d;
    off_t at = 0;
    ssize_t n;

    if (!block)
        return error_oom(e);
    digest_init(&d);
    while ((n = pread(fd, block, BLOCK_SIZE, at)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(e, -errno, "reading");
        digest_add(&d, block, (size_t)n);
        at += n;
    }
    digest_end(&d, ret);
    return 0;
}

/* What the inner and the outer hash begin with. */
static void begin_keyed(struct digest *d, const uint8_t key[HMAC_BLOCK], uint8_t pad)
{
    uint8_t block[HMAC_BLOCK];

    for (size_t i = 0; i < HMAC_BLOCK; i++)
        block[i] = key[i] ^ pad;
    digest_init(d);
    digest_add(d, block, HMAC_BLOCK);
    explicit_bzero(block, sizeof(block));
}

int sha256_hmac(const void *key, size_t key_len, const void *data, size_t len,
                uint8_t ret[SHA256_SIZE], struct error *e)
{
    uint8_t block[HMAC_BLOCK] = {0}, inner[SHA256_SIZE];
    struct digest d;
    int r = key_len > HMAC_BLOCK ? sha256(key, key_len, block, e) : 0;

    if (r < 0)
        return r;
    if (key_len && key_len <= HMAC_BLOCK)
        memcpy(block, key, key_len);
    begin_keyed(&d, block, 0x36);
    digest_add(&d, data, len);
    digest_end(&d, inner);
    begin_keyed(&d, block, 0x5c);
    digest_add(&d, inner, sizeof(inner));
    digest_end(&d, ret);
    explicit_bzero(block, sizeof(block));
    explicit_bzero(&d, sizeof(d));
    return 0;
}
