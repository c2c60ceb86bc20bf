/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static uint64_t now_ms(clockid_t clock)
{
    struct timespec t = {0};

    (void)clock_gettime(clock, &t); /* cannot fail for these two clocks */
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t clock_monotonic_ms(void)
{
    return now_ms(CLOCK_MONOTONIC);
}

uint64_t clock_realtime_ms(void)
{
    return now_ms(CLOCK_REALTIME);
}

void clock_sleep_ms(uint64_t ms)
{
    struct timespec left = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}

/* Jitter needs no secrecy and must not wait for the kernel's pool early at boot. */
static uint64_t cheap_random(void)
{
    struct timespec t = {0};
    uint64_t x;

    if (getrandom(&x, sizeof(x), GRND_NONBLOCK) == sizeof(x))
        return x;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* as above */
    x = ((uint64_t)t.tv_sec << 30) ^ (uint64_t)t.tv_nsec;
    x *= 0x9e3779b97f4a7c15u; /* Fibonacci hashing spreads the low bits */
    return x ^ (x >> 32);
}

uint64_t backoff_ms(unsigned attempt, uint64_t base_ms, uint64_t cap_ms)
{
    uint64_t limit = cap_ms;

    if (attempt < 64 && base_ms <= (UINT64_MAX >> attempt) && base_ms << attempt < cap_ms)
        limit = base_ms << attempt;
    if (limit == UINT64_MAX)
        return cheap_random();
    return cheap_random() % (limit + 1);
}
