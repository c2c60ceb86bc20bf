/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/random.h>

#include "common/error.h"

/* Overwrites a text, then frees it. NULL ok. */
static inline void secret_free(char *text)
{
    if (!text)
        return;
    explicit_bzero(text, strlen(text));
    free(text);
}

static inline void secret_freep(char **p)
{
    secret_free(*p);
}
#define _cleanup_secret_ _cleanup_(secret_freep)

/* In time that does not depend on where they differ. */
static inline bool secret_equal(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t difference = 0;

    for (size_t i = 0; i < len; i++)
        difference |= (uint8_t)(x[i] ^ y[i]);
    return difference == 0;
}

/* At most 256 bytes, which getrandom(2) never gives in part. */
static inline int random_bytes(void *ret, size_t len, struct error *e)
{
    if (getrandom(ret, len, 0) != (ssize_t)len)
        return error_set_errno(e, -errno, "random bytes");
    return 0;
}
