/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"
#include "tests/unit/test.h"

/* RFC 4648, section 10. */
static void test_vectors(void **state)
{
    static const char *const rows[][2] = {
        {"",         ""      },
        {"Zg==",     "f"     },
        {"Zm8=",     "fo"    },
        {"Zm9v",     "foo"   },
        {"Zm9vYg==", "foob"  },
        {"Zm9vYmE=", "fooba" },
        {"Zm9vYmFy", "foobar"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_free_ char *text = NULL;
        struct error e = ERROR_INIT;
        size_t len;

        assert_good(base64_decode(rows[i][0], &text, &len, &e), &e);
        assert_string_equal(text, rows[i][1]);
        assert_int_equal(len, strlen(rows[i][1]));
    }
}

static void test_refused(void **state)
{
    static const char *const rows[] = {
        "Z", "Zg", "Zg=", "Zg===", "====", "Zm 9", "Zm9v\n", "Zm-_", "Zg==Zg=="};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *text = NULL;
        struct error e = ERROR_INIT;
        size_t len;

        assert_int_equal(base64_decode(rows[i], &text, &len, &e), -EINVAL);
        assert_null(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
