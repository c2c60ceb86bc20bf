/* SPDX-License-Identifier: Apache-2.0 */
#include "common/error.h"
#include "tests/unit/test.h"

static void test_wrap(void **state)
{
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(error_set_errno(&e, -ENOENT, "opening %s", "x"), -ENOENT);
    assert_int_equal(error_wrap(&e, "line %d", 12), -ENOENT);
    assert_int_equal(error_wrap(&e, "reading hosts.ini"), -ENOENT);
    assert_string_equal(e.message,
                        "reading hosts.ini: line 12: opening x: No such file or directory");
    assert_int_equal(e.code, -ENOENT);
}

static void test_one_line(void **state)
{
    struct error e = ERROR_INIT;
    char longest[2000];

    (void)state;
    (void)error_set(&e, -EINVAL, "a\nb\r\033[31mc\x7f");
    assert_string_equal(e.message, "a b  [31mc ");

    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    (void)error_set(&e, -EINVAL, "%s", longest);
    assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
    (void)error_wrap(&e, "%s", longest);
    assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
}

static void test_nobody_listens(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, -EPERM, "x"), -EPERM);
    assert_int_equal(error_set_errno(NULL, -EPERM, "x"), -EPERM);
    assert_int_equal(error_wrap(NULL, "x"), -EIO);
    assert_int_equal(error_oom(NULL), -ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_nobody_listens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
