/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC (for limits and durations) and of CLOCK_REALTIME since 1970 (for
 * what people and certificates read; may jump). */
uint64_t clock_monotonic_ms(void);
uint64_t clock_realtime_ms(void);

/* Sleeps at least ms, through interruptions. */
void clock_sleep_ms(uint64_t ms);

/* Full jitter: uniformly random in [0, min(cap, base << attempt)]. */
uint64_t backoff_ms(unsigned attempt, uint64_t base_ms, uint64_t cap_ms);
