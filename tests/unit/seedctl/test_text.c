/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/seedctl/text.h"

static void assert_added(const char *s, size_t max, const char *expected, size_t columns)
{
    _cleanup_buf_ struct buf b = BUF_INIT(1000);

    assert_int_equal(text_add(&b, s, max), columns);
    assert_string_equal(b.data ? b.data : "", expected);
}

static void test_cut(void **state)
{
    (void)state;
    assert_added("node1", 10, "node1", 5);
    assert_added("node1", 5, "node1", 5);
    assert_added("node1", 4, "nod…", 4);
    assert_added("node1", 1, "…", 1);
    assert_added("node1", 0, "", 0);
    assert_added("größe", 5, "größe", 5);
    assert_added("größe", 4, "grö…", 4);
    assert_added("", 3, "", 0);
}

/* What a node reports must not steer the administrator's terminal. */
static void test_control_characters(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"\033[2J",          "?[2J"            },
        {"a\nb\tc\rd",       "a?b?c?d"         },
        {"\x7f",             "?"               },
        {"\xc2\x9b"
         "31m",     "??31m"           }, /* C1's CSI */
        {"\xc2\xa0",         "\xc2\xa0"        },
        {"\xff\xfe",         "??"              },
        {"\xc3",             "?"               }, /* cut off by the end */
        {"\xe2\x80",         "??"              },
        {"\xc0\xaf",         "??"              }, /* overlong */
        {"\xe0\x80\xaf",     "???"             },
        {"\xed\xa0\x80",     "???"             }, /* surrogate */
        {"\xf4\x90\x80\x80", "????"            }, /* above U+10FFFF */
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_added(cases[i].text, 100, cases[i].shown, text_width(cases[i].shown));
}

static void test_columns(void **state)
{
    _cleanup_buf_ struct buf b = BUF_INIT(1000);

    (void)state;
    text_add_left(&b, "ab", 4);
    text_add_right(&b, "cd", 4);
    text_add_left(&b, "efghi", 4);
    text_add_right(&b, "jklmn", 4);
    assert_string_equal(b.data, "ab    cdefg…jkl…");
}

static void test_lines(void **state)
{
    static const char text[] = "one\n\ttwo\033[1m\r\n\xc3";
    _cleanup_buf_ struct buf b = BUF_INIT(1000);

    (void)state;
    text_add_lines(&b, text, sizeof(text) - 1);
    assert_string_equal(b.data, "one\n\ttwo?[1m?\n?");
    buf_clear(&b);
    /* The second half of a sequence lies behind the end. */
    text_add_lines(&b, "x\xc3\xb6", 2);
    assert_string_equal(b.data, "x?");
}

static void test_duration(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {
        {0,                 "0.0s"            },
        {49,                "0.0s"            },
        {50,                "0.1s"            },
        {1449,              "1.4s"            },
        {9949,              "9.9s"            },
        {9950,              "9s"              },
        {59999,             "59s"             },
        {60000,             "1m00s"           },
        {3599999,           "59m59s"          },
        {3600000,           "1h00m"           },
        {86400000,          "1d00h"           },
        {999 * 86400000ULL, "999d00h"         },
        {UINT64_MAX,        "213503982334d14h"},
    };
    char text[TEXT_DURATION_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        text_duration(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),      cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_columns),  cmocka_unit_test(test_lines),
        cmocka_unit_test(test_duration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
