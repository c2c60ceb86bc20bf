/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/log_limit.h"
#include "tests/unit/test.h"

static void test_flood(void **state)
{
    struct log_limit l = LOG_LIMIT_INIT;
    uint64_t left_out, at = 5 * LOG_LIMIT_MS;
    unsigned passed = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++)
        passed += log_limit_pass(&l, at + i % LOG_LIMIT_MS, &left_out);
    assert_int_equal(passed, LOG_LIMIT_LINES);
    assert_true(log_limit_pass(&l, at + LOG_LIMIT_MS, &left_out));
    assert_int_equal(left_out, 100000 - LOG_LIMIT_LINES);
    assert_true(log_limit_pass(&l, at + LOG_LIMIT_MS, &left_out));
    assert_int_equal(left_out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flood)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
