/* SPDX-License-Identifier: Apache-2.0 */
#include "lull.h"

bool lull_due(struct lull *l, unsigned connections, uint64_t now_ms)
{
    if (connections != l->now) {
        l->now = connections;
        l->since_ms = now_ms;
    }
    if (connections > l->most)
        l->most = connections;
    if (l->most - connections < LULL_LEFT || connections > l->most / 2 ||
        now_ms - l->since_ms < LULL_MS)
        return false;
    l->most = connections;
    return true;
}
