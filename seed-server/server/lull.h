/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* When to give memory back. A boot takes 20 KB for each of its connections, and malloc keeps what
 * they leave, for years in which only few come. While connections come and go it is of use; it goes
 * back in the lull: half of them and more have left, and LULL_MS long none came or went. */
#define LULL_MS 3000
#define LULL_LEFT 32 /* fewer than these are not worth it */

struct lull {
    unsigned most; /* connections there were, since memory was given back */
    unsigned now;
    uint64_t since_ms; /* so many there are */
};

/* With connections open at now_ms: is now a moment to give back what others took? Says so once. */
bool lull_due(struct lull *l, unsigned connections, uint64_t now_ms);
