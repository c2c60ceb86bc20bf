/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct digest), "nettle's context has grown");
_Static_assert(SHA256_DIGEST_SIZE == DIGEST_SIZE, "SHA-256 has 32 bytes");

static struct sha256_ctx *context(struct digest *d)
{
    return (struct sha256_ctx *)(void *)d;
}

void digest_init(struct digest *d)
{
    sha256_init(context(d));
}

void digest_add(struct digest *d, const void *data, size_t len)
{
    sha256_update(context(d), len, data);
}

void digest_add_text(struct digest *d, const char *s)
{
    if (s)
        digest_add(d, s, strlen(s) + 1);
    else
        digest_add(d, "\1", 2); /* no text of ours has a control character */
}

void digest_end(struct digest *d, uint8_t ret[DIGEST_SIZE])
{
    sha256_digest(context(d), DIGEST_SIZE, ret);
}

void digest_end_hex(struct digest *d, char ret[DIGEST_TEXT_SIZE])
{
    uint8_t bytes[DIGEST_SIZE];

    digest_end(d, bytes);
    format_hex(bytes, sizeof(bytes), ret);
}

int uuid_of_name(const char *space, const char *name, char ret[UUID_TEXT_SIZE], struct error *e)
{
    char checked[UUID_TEXT_SIZE], hex[33];
    uint8_t bytes[SHA1_DIGEST_SIZE];
    struct sha1_ctx ctx;
    size_t i, n = 0;
    int r;

    r = parse_uuid(space, checked, e);
    if (r < 0)
        return r;
    for (i = 0; checked[i]; i++)
        if (checked[i] != '-')
            hex[n++] = checked[i];
    hex[n] = '\0';
    r = parse_hex(hex, bytes, 16, e);
    if (r < 0)
        return r;

    sha1_init(&ctx);
    sha1_update(&ctx, 16, bytes);
    sha1_update(&ctx, strlen(name), (const uint8_t *)name);
    sha1_digest(&ctx, sizeof(bytes), bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x50); /* version 5 */
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* variant of RFC 4122 */

    format_hex(bytes, 16, hex);
    (void)snprintf(ret, UUID_TEXT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
    return 0;
}
