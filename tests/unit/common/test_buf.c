/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"

static void test_append(void **state)
{
    struct buf b = BUF_INIT(1000);
    char expected[1001];

    (void)state;
    for (int i = 0; i < 100; i++)
        buf_addf(&b, "%010d", i);
    assert_int_equal(buf_check(&b), 0);
    assert_int_equal(b.len, 1000);
    assert_int_equal(strlen(b.data), 1000);
    for (size_t i = 0; i < 100; i++)
        (void)snprintf(expected + 10 * i, 11, "%010zu", i);
    assert_string_equal(b.data, expected);

    /* One byte past the limit: nothing is added, and nothing ever after. */
    buf_add_char(&b, 'x');
    assert_int_equal(buf_check(&b), -E2BIG);
    assert_int_equal(b.len, 1000);
    buf_add(&b, "", 0);
    assert_int_equal(buf_check(&b), -E2BIG);
    assert_null(buf_take(&b, NULL));

    buf_clear(&b);
    buf_add_str(&b, "again");
    assert_int_equal(buf_check(&b), 0);
    assert_string_equal(b.data, "again");
    buf_done(&b);
    assert_null(b.data);
}

static void test_take(void **state)
{
    struct buf b = BUF_INIT(10);
    size_t len = 99;
    char *s;

    (void)state;
    s = buf_take(&b, &len);
    assert_non_null(s);
    assert_string_equal(s, "");
    assert_int_equal(len, 0);
    free(s);

    buf_add(&b, "a\0b", 3);
    s = buf_take(&b, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(s, "a\0b", 4);
    assert_null(b.data);
    free(s);
}

static void test_limit_zero(void **state)
{
    struct buf b = BUF_INIT(0);

    (void)state;
    buf_add_str(&b, "");
    assert_int_equal(buf_check(&b), 0);
    buf_add_char(&b, 'a');
    assert_int_equal(buf_check(&b), -E2BIG);
    buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_limit_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
