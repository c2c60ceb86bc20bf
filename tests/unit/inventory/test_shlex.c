/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/inventory/shlex.h"
#include "tests/unit/test.h"

static const struct {
    const char *line;
    const char *words[5]; /* NULL-terminated */
} good[] = {
    {"",                   {NULL}                },
    {" \t\r",              {NULL}                },
    {"# all of it",        {NULL}                },
    {"host a=1 b=2",       {"host", "a=1", "b=2"}},
    {"host\ta=1\rb=2",     {"host", "a=1", "b=2"}},
    {"pass=P#ss",          {"pass=P"}            },
    {"a='P#s s' # c",      {"a=P#s s"}           },
    {"a=b;c ; d",          {"a=b;c", ";", "d"}   },
    {"'' \"\"",            {"", ""}              },
    {"''#",                {""}                  },
    {"a\\ b \\# \\\\",     {"a b", "#", "\\"}    },
    {"\"a\\\"b\\\\c\\d\"", {"a\"b\\c\\d"}        },
    {"'a\\b'",             {"a\\b"}              },
    {"a'b'\"c\"d",         {"abcd"}              },
    {"a\xc2\xa0"
     "b",             {"a\xc2\xa0"
      "b"}                         }, /* U+00A0 is no white space here */
    {"a\vb",               {"a\vb"}              },
};

static void test_good(void **state)
{
    struct error e = ERROR_INIT;
    struct shlex s;

    (void)state;
    shlex_init(&s);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        size_t n = 0;

        assert_good(shlex_split(&s, good[i].line, strlen(good[i].line), &e), &e);
        for (; good[i].words[n]; n++) {
            assert_true(n < s.n);
            assert_int_equal(s.words[n].len, strlen(good[i].words[n]));
            assert_memory_equal(s.words[n].text, good[i].words[n], s.words[n].len);
        }
        assert_int_equal(s.n, n);
    }
    shlex_done(&s);
}

static void test_bad(void **state)
{
    static const struct {
        const char *line, *message;
    } bad[] = {
        {"a 'b",      "No closing quotation"},
        {"a \"b\\\"", "No closing quotation"},
        {"a \\",      "No escaped character"},
        {"\"a\\",     "No escaped character"},
    };
    struct shlex s;

    (void)state;
    shlex_init(&s);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct error e = ERROR_INIT;

        assert_int_equal(shlex_split(&s, bad[i].line, strlen(bad[i].line), &e), -EINVAL);
        assert_string_equal(e.message, bad[i].message);
    }
    shlex_done(&s);
}

static void test_nul(void **state)
{
    struct error e = ERROR_INIT;
    struct shlex s;

    (void)state;
    shlex_init(&s);
    assert_good(shlex_split(&s, "a\0b c", 5, &e), &e);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.words[0].len, 3);
    shlex_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
