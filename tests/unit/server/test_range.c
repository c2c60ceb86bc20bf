/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"
#include "seed-server/server/range.h"
#include "tests/unit/test.h"

static void test_ranges(void **state)
{
    static const struct {
        const char *header;
        uint64_t size;
        enum range_result result;
        uint64_t offset, len;
    } cases[] = {
        {NULL,                                    10, RANGE_WHOLE,         0, 0 },
        {"bytes=0-0",                             10, RANGE_PART,          0, 1 },
        {"bytes=0-",                              10, RANGE_PART,          0, 10},
        {"bytes=9-9",                             10, RANGE_PART,          9, 1 },
        {"bytes=5-100",                           10, RANGE_PART,          5, 5 },
        {"bytes=-3",                              10, RANGE_PART,          7, 3 },
        {"bytes=-30",                             10, RANGE_PART,          0, 10},
        {"bytes=10-",                             10, RANGE_UNSATISFIABLE, 0, 0 },
        {"bytes=-0",                              10, RANGE_UNSATISFIABLE, 0, 0 },
        {"bytes=0-",                              0,  RANGE_UNSATISFIABLE, 0, 0 },
        {"bytes=-1",                              0,  RANGE_UNSATISFIABLE, 0, 0 },
        {"bytes=99999999999999999999999999-",     10, RANGE_UNSATISFIABLE, 0, 0 },
        {"bytes=1-99999999999999999999999999999", 10, RANGE_PART,          1, 9 },
        {"bytes=4-3",                             10, RANGE_WHOLE,         0, 0 },
        {"bytes=-",                               10, RANGE_WHOLE,         0, 0 },
        {"bytes=0-1,2-3",                         10, RANGE_WHOLE,         0, 0 },
        {"bytes=0-1 ",                            10, RANGE_WHOLE,         0, 0 },
        {"bytes=+1-2",                            10, RANGE_WHOLE,         0, 0 },
        {"Bytes=0-1",                             10, RANGE_WHOLE,         0, 0 },
        {"",                                      10, RANGE_WHOLE,         0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t offset = 0, len = 0;

        if (range_parse(cases[i].header, cases[i].size, &offset, &len) != cases[i].result ||
            offset != cases[i].offset || len != cases[i].len)
            fail_msg("%s of %d", cases[i].header, (int)cases[i].size);
    }
}

static void test_etags(void **state)
{
    (void)state;
    assert_false(etag_listed(NULL, "\"a\""));
    assert_false(etag_listed("", "\"a\""));
    assert_true(etag_listed("\"a\"", "\"a\""));
    assert_true(etag_listed("W/\"a\"", "\"a\""));
    assert_true(etag_listed("\"b\", \"a\"", "\"a\""));
    assert_true(etag_listed("*", "\"a\""));
    assert_false(etag_listed("\"ab\"", "\"a\""));
    assert_false(etag_listed("\"a\"b", "\"a\""));
    assert_false(etag_listed(",,, ,", "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_etags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
