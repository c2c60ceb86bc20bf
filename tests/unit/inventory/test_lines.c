/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"
#include "seed-server/inventory/lines.h"
#include "seed-server/inventory/unicode.h"
#include "tests/unit/test.h"

static void expect(struct lines *l, const char *text)
{
    const char *s;
    size_t n;

    assert_true(lines_next(l, &s, &n));
    assert_int_equal(n, strlen(text));
    assert_memory_equal(s, text, n);
}

static void expect_end(struct lines *l)
{
    const char *s;
    size_t n;

    assert_false(lines_next(l, &s, &n));
}

static void test_breaks(void **state)
{
    static const char text[] = "a\nb\r\nc\rd\ve\ff\x1cg\x1dh\x1ei\xc2\x85j\xe2\x80\xa8k\xe2\x80\xa9"
                               "l\n\r\nm";
    struct lines l;

    (void)state;
    lines_init(&l, text, sizeof(text) - 1);
    for (char c[] = "a"; c[0] <= 'l'; c[0]++)
        expect(&l, c);
    expect(&l, "");
    expect(&l, "m");
    assert_int_equal(l.number, 14);
    expect_end(&l);
}

/* What only looks like a break, or would be one if the text went on. */
static void test_no_breaks(void **state)
{
    static const char *const texts[] = {"a\x1f"
                                        "b",
                                        "a\x85"
                                        "b",
                                        "a\xc2", "a\xe2\x80", "a\xe2\x80\x8b"};
    struct lines l;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        lines_init(&l, texts[i], strlen(texts[i]));
        expect(&l, texts[i]);
        expect_end(&l);
    }
    lines_init(&l, "", 0);
    expect_end(&l);
    lines_init(&l, "\r", 1); /* ends with the text, its pair would be beyond */
    expect(&l, "");
    expect_end(&l);
}

static void expect_stripped(const char *text, const char *stripped)
{
    size_t n = strlen(text);

    unicode_strip(&text, &n);
    assert_int_equal(n, strlen(stripped));
    assert_memory_equal(text, stripped, n);
}

static void test_strip(void **state)
{
    (void)state;
    expect_stripped(" \t\xc2\xa0\xe3\x80\x80\x1f"
                    "a b\x1c ",
                    "a b");
    expect_stripped("\xe2\x80\x8b ", "\xe2\x80\x8b"); /* U+200B is no white space to Python */
    expect_stripped("\xef\xbb\xbf", "\xef\xbb\xbf");
    expect_stripped(" \xa0 ", "\xa0"); /* a byte, not U+00A0 */
    expect_stripped("   ", "");
}

static void test_decode(void **state)
{
    static const struct {
        const char *s;
        size_t n;
        uint32_t c;
    } cases[] = {
        {"a",                1, 'a'    },
        {"\xc3\xa9",         2, 0xe9   },
        {"\xe4\xb8\xad",     3, 0x4e2d },
        {"\xf0\x9f\x98\x80", 4, 0x1f600},
        {"\xc0\xaf",         1, 0xdcc0 }, /* overlong */
        {"\xed\xa0\x80",     1, 0xdced }, /* a surrogate */
        {"\xf4\x90\x80\x80", 1, 0xdcf4 }, /* beyond U+10FFFF */
        {"\xe4\xb8",         1, 0xdce4 }, /* cut short */
        {"\x80",             1, 0xdc80 },
    };
    uint32_t c;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(unicode_decode(cases[i].s, strlen(cases[i].s), &c), cases[i].n);
        assert_int_equal(c, cases[i].c);
    }
    assert_int_equal(unicode_decode("", 0, &c), 0);
    assert_int_equal(unicode_decode_last("a\xc3\xa9", 3, &c), 2);
    assert_int_equal(c, 0xe9);
    assert_int_equal(unicode_decode_last("a\xa9", 2, &c), 1);
    assert_int_equal(c, 0xdca9);
}

static void test_classes(void **state)
{
    (void)state;
    assert_true(unicode_is_word('_'));
    assert_true(unicode_is_word(0xe9));
    assert_true(unicode_is_word(0x4e2d));
    assert_true(unicode_is_word(0xb2)); /* superscript two counts as alphanumeric */
    assert_false(unicode_is_word('-'));
    assert_false(unicode_is_word(0x2028));
    assert_false(unicode_is_word(0xdc80));
    assert_true(unicode_is_space(0x3000));
    assert_true(unicode_is_space(0x1f));
    assert_false(unicode_is_space(0xfeff));
    assert_int_equal(unicode_digit('7'), 7);
    assert_int_equal(unicode_digit(0x663), 3); /* Arabic-Indic three */
    assert_int_equal(unicode_digit(0xff12), 2);
    assert_int_equal(unicode_digit(0xb2), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaks),  cmocka_unit_test(test_no_breaks),
        cmocka_unit_test(test_strip),   cmocka_unit_test(test_decode),
        cmocka_unit_test(test_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
