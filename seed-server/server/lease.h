/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* A slot's lease. Pure. Times are of one monotonic clock. */
#define LEASE_TENTATIVE_MS 30000
#define LEASE_ID_SIZE 33
#define LEASE_HOST_SIZE 254

struct lease {
    bool taken;
    bool confirmed;
    char id[LEASE_ID_SIZE];
    char host[LEASE_HOST_SIZE];
    uint64_t revision; /* of its record */
    uint64_t seen_ms;  /* granted, or the newest request that carried it */
};

/* When it ends by itself: confirmed ones after silence_ms without a word. 0 when it is free. */
uint64_t lease_ends_ms(const struct lease *l, uint64_t silence_ms);
bool lease_is(const struct lease *l, const char *host, const char *id);

/* The record: NULL value means free. A lease that was taken before keeps its clock; one that
 * appears (a restart) begins anew, so that a restart never ends one early. */
int lease_take_record(struct lease *l, const char *value, uint64_t revision, uint64_t now_ms,
                      struct error *e) _must_check_;
/* The record's text, free() it; NULL without memory. */
char *lease_record(const char *id, const char *host, bool confirmed, uint64_t realtime_ms);
