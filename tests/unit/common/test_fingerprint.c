/* SPDX-License-Identifier: Apache-2.0 */
#include "common/fingerprint.h"
#include "tests/unit/test.h"

#define HEX "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"
#define UPPER "0011 2233 4455 6677 8899 aabb ccdd eeff"
#define LOWER "0123 4567 89ab cdef 0123 4567 89ab cdef"

static void test_words(void **state)
{
    char words[FINGERPRINT_WORDS_SIZE];

    (void)state;
    fingerprint_words(HEX, words);
    assert_string_equal(words, UPPER " " LOWER);
    fingerprint_words("", words);
    assert_string_equal(words, "");
    fingerprint_words("0011", words);
    assert_string_equal(words, "");
}

static void test_lines(void **state)
{
    _cleanup_buf_ struct buf b = BUF_INIT(1024);

    (void)state;
    buf_add_str(&b, "> ");
    fingerprint_add(&b, HEX, "  ");
    assert_string_equal(b.data, "> " UPPER "\n  " LOWER "\n");
    buf_clear(&b);
    fingerprint_add(&b, "nothing", "  ");
    assert_string_equal(b.data, "\n");
}

/* What is shown can be given back as it is, from either console. */
static void test_read(void **state)
{
    static const char *const good[] = {HEX, UPPER " " LOWER, UPPER "\n                 " LOWER "\n",
                                       ("00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                                        "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF")};
    static const char *const bad[] = {"",
                                      " ",
                                      "0011",
                                      UPPER,
                                      HEX "0",
                                      HEX HEX,
                                      HEX ".",
                                      ("x0112233445566778899aabbccddeeff0123456789abcdef01234567"
                                       "89abcdef")};
    char ret[FINGERPRINT_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_true(fingerprint_read(good[i], ret));
        assert_string_equal(ret, HEX);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(fingerprint_read(bad[i], ret));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
