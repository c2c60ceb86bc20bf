/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/parse.h"

/* SHA-256 and name-based UUIDs for the server's side. digest.c alone includes nettle, which GnuTLS
 * brings along anyway. (The bootstrapper has its own, from the TLS library that it carries.) */

#define DIGEST_SIZE 32
#define DIGEST_TEXT_SIZE (2 * DIGEST_SIZE + 1)

struct digest {
    uint64_t state[16]; /* nettle's struct sha256_ctx */
};

void digest_init(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t len);
/* s with its NUL, so that two texts in a row never equal two other texts; NULL differs from "". */
void digest_add_text(struct digest *d, const char *s);
/* Leaves d as after digest_init. */
void digest_end(struct digest *d, uint8_t ret[DIGEST_SIZE]);
void digest_end_hex(struct digest *d, char ret[DIGEST_TEXT_SIZE]);

/* The UUID of version 5 (RFC 4122, 4.3: SHA-1) of name in the name space of another UUID.
 * -EINVAL when space is not a UUID. */
int uuid_of_name(const char *space, const char *name, char ret[UUID_TEXT_SIZE],
                 struct error *e) _must_check_;
