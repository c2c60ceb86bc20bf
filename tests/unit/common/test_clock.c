/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/test.h"

static void test_now(void **state)
{
    uint64_t a = clock_monotonic_ms(), real = clock_realtime_ms();

    (void)state;
    assert_true(clock_monotonic_ms() >= a);
    assert_true(real / 1000 >= (uint64_t)time(NULL) - 2 && real / 1000 <= (uint64_t)time(NULL) + 2);
}

static void on_alarm(int number)
{
    (void)number;
}

static void test_sleep_through_signals(void **state)
{
    const struct itimerval often =
                               {
                                   {0, 5000},
                                   {0, 5000}
    },
                           never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = on_alarm};
    uint64_t start = clock_monotonic_ms();

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    clock_sleep_ms(60);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_in_range(clock_monotonic_ms() - start, 60, 5000);
}

static void test_backoff(void **state)
{
    uint64_t largest = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint64_t ms = backoff_ms(3, 100, 1000000);

        assert_in_range(ms, 0, 800);
        if (ms > largest)
            largest = ms;
    }
    assert_true(largest > 600); /* full jitter reaches near its limit */
    for (unsigned attempt = 0; attempt < 200; attempt++)
        assert_in_range(backoff_ms(attempt, 500, 30000), 0, 30000);
    assert_int_equal(backoff_ms(10, 0, 100), 0);
    assert_int_equal(backoff_ms(5, 100, 0), 0);
    (void)backoff_ms(1, UINT64_MAX, UINT64_MAX); /* no division by zero */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_sleep_through_signals),
        cmocka_unit_test(test_backoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
