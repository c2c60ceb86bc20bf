/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

/* Which hosts write their OS image now: at most seed_install_parallel, so that the taskbox's disk
 * and network serve few quickly rather than all slowly. A place is a lease: a reply is not a
 * delivery, so that one that nobody comes back with, or whose host fell silent, is given on. Pure;
 * times are of one monotonic clock. In memory only: after a restart the hosts that were writing
 * come first, and are known by their records. */
#define INSTALL_SLOT_TENTATIVE_MS 60000

struct install_slots {
    struct install_slot *slots;
    size_t n, room;
};
void install_slots_done(struct install_slots *s);

/* Whether host may write: it has a place, or gets one of limit; silent ones lose theirs first.
 * *ret_writing (may be NULL) is how many others do. -ENOMEM, otherwise 0 or 1. */
int install_slots_take(struct install_slots *s, const char *host, size_t limit, uint64_t silence_ms,
                       uint64_t now_ms, size_t *ret_writing) _must_check_;
/* A host that writes already, whatever the limit: it was granted before a restart. */
int install_slots_keep(struct install_slots *s, const char *host, uint64_t now_ms) _must_check_;
/* Another word of the host: confirms its place, if it has one. */
void install_slots_seen(struct install_slots *s, const char *host, uint64_t now_ms);
void install_slots_end(struct install_slots *s, const char *host);
