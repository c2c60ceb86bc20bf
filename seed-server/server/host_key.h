/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>

/* "KIND/HOST", a host's key in the store. Host names have at most 253 bytes (plan.h). */
struct host_key {
    char text[288];
};

static inline struct host_key host_key(const char *kind, const char *host)
{
    struct host_key k;

    (void)snprintf(k.text, sizeof(k.text), "%s/%s", kind, host); /* fits: see above */
    return k;
}
