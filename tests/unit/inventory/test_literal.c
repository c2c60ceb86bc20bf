/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"
#include "common/pyvalue.h"
#include "seed-server/inventory/inventory.h"
#include "seed-server/inventory/literal.h"
#include "tests/unit/test.h"

/* What Python 3.11's literal_eval answers, as JSON on one line; NULL: the text stays what it is. */
static const struct {
    const char *text, *json;
} values[] = {
    {"None",                                     "null"                                         },
    {"True",                                     "true"                                         },
    {" \tFalse # c",                             "false"                                        },
    {"true",                                     NULL                                           },
    {"none",                                     NULL                                           },
    {"",                                         NULL                                           },
    {"#",                                        NULL                                           },
    {"0",                                        "0"                                            },
    {"-0",                                       "0"                                            },
    {"00",                                       "0"                                            },
    {"0_0",                                      "0"                                            },
    {"010",                                      NULL                                           },
    {"09",                                       NULL                                           },
    {"0_7",                                      NULL                                           },
    {"1_000",                                    "1000"                                         },
    {"1__0",                                     NULL                                           },
    {"1_",                                       NULL                                           },
    {"+5",                                       "5"                                            },
    {"- 5",                                      "-5"                                           },
    {"-(5)",                                     "-5"                                           },
    {"--5",                                      NULL                                           },
    {"-True",                                    NULL                                           },
    {"0x_1F",                                    "31"                                           },
    {"0O17",                                     "15"                                           },
    {"0b101",                                    "5"                                            },
    {"0b2",                                      NULL                                           },
    {"9223372036854775807",                      "9223372036854775807"                          },
    {"-9223372036854775808",                     "-9223372036854775808"                         },
    {"9223372036854775808",                      "9223372036854775808"                          },
    {"-123456789012345678901234567890",          "-123456789012345678901234567890"              },
    {"0xffffffffffffffffffffffff",               "79228162514264337593543950335"                },
    {"1.10",                                     "1.1"                                          },
    {".5",                                       "0.5"                                          },
    {"5.",                                       "5.0"                                          },
    {"09.5",                                     "9.5"                                          },
    {"1e5",                                      "100000.0"                                     },
    {"1E-7",                                     "1e-07"                                        },
    {"1e16",                                     "1e+16"                                        },
    {"123456789012345.6",                        "123456789012345.6"                            },
    {"-0.0",                                     "-0.0"                                         },
    {"1e999",                                    "Infinity"                                     },
    {"-1e999",                                   "-Infinity"                                    },
    {"5e-324",                                   "5e-324"                                       },
    {"1.2.3.4",                                  NULL                                           },
    {"10.0.0.0/24",                              NULL                                           },
    {"52:54:00:12:34:56",                        NULL                                           },
    {"1:30",                                     NULL                                           },
    {"1+1",                                      NULL                                           },
    {"5m",                                       NULL                                           },
    {"1,2",                                      "[1,2]"                                        },
    {"1,",                                       "[1]"                                          },
    {"(1)",                                      "1"                                            },
    {"(1,)",                                     "[1]"                                          },
    {"()",                                       "[]"                                           },
    {"[]",                                       "[]"                                           },
    {"[1, 'a', None, (2, [3.0])]",               "[1,\"a\",null,[2,[3.0]]]"                     },
    {"[1 2]",                                    NULL                                           },
    {"[1,,2]",                                   NULL                                           },
    {"[foo]",                                    NULL                                           },
    {"{}",                                       "{}"                                           },
    {"{'a': 1, \"b\": [2]}",                     "{\"a\": 1,\"b\": [2]}"                        },
    {"{1: 'a', None: 'b', True: 'c', 2.0: 'd'}", "{\"1\": \"c\",\"2.0\": \"d\",\"null\": \"b\"}"},
    {"{'a': true}",                              NULL                                           },
    {"{**{}}",                                   NULL                                           },
    {"{{ foo }}",                                NULL                                           },
    {"{{ foo['a'] | default({}) }}",             NULL                                           },
    {"{{a.b}}/x",                                NULL                                           },
    {"'a'",                                      "\"a\""                                        },
    {"u'a' R\"b\\n\"",                           "\"ab\\\\n\""                                  },
    {"ur'a'",                                    NULL                                           },
    {"f'a'",                                     NULL                                           },
    {"'a' b'b'",                                 NULL                                           },
    {"b'a\\xc3\\xa9'",                           "\"aé\""                                      },
    {"b'é'",                                    NULL                                           },
    {"'''it's'''",                               "\"it's\""                                     },
    {"'a",                                       NULL                                           },
    {"'\\x41\\101\\u4e2d\\U0001F600\\t\\d'",     "\"AA中😀\\t\\\\d\""                        },
    {"'\\777'",                                  "\"ǿ\""                                       },
    {"'\\x4'",                                   NULL                                           },
    {"'\\u12'",                                  NULL                                           },
    {"'\\ud800'",                                "\"?\""                                        },
    {"\xc2\xa0"
     "1",                                   NULL                                           },
    {"'\xff'",                                   NULL                                           },
};

/* JSON with the white space of its lines taken out. */
static char *print(const json_t *value)
{
    _cleanup_buf_ struct buf out = BUF_INIT(65536);
    struct error e = ERROR_INIT;
    char *text, *p;

    assert_good(inventory_print(value, &out, &e), &e);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    p = text;
    for (const char *s = text; *s; s++)
        if (*s == '\n')
            while (s[1] == ' ')
                s++;
        else
            *p++ = *s;
    *p = '\0';
    return text;
}

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        _cleanup_json_ json_t *v = NULL;
        _cleanup_free_ char *text = NULL;
        struct error e = ERROR_INIT;

        assert_good(literal_parse(values[i].text, strlen(values[i].text), &v, &e), &e);
        if (!values[i].json) {
            if (!json_is_string(v) || strcmp(json_string_value(v), values[i].text) != 0)
                fail_msg("%s is no string", values[i].text);
            continue;
        }
        text = print(v);
        if (strcmp(text, values[i].json) != 0)
            fail_msg("%s is %s, not %s", values[i].text, text, values[i].json);
    }
}

/* An unhashable key is an error of its own to Python, unless something else is wrong before it or
 * the text is no expression at all. */
static void test_unhashable(void **state)
{
    static const struct {
        const char *text, *message; /* NULL: a string */
    } cases[] = {
        {"{{ \"root\" }}",                                "unhashable type: 'set'" },
        {"{[1]}",                                         "unhashable type: 'list'"},
        {"{(1, [2]): 3}",                                 "unhashable type: 'list'"},
        {"[{{}}, foo]",                                   "unhashable type: 'dict'"},
        {"[{{}}, f(x, *a)[1:2].y if z else lambda a: b]", "unhashable type: 'dict'"},
        {"[{{}}, foo bar]",                               NULL                     },
        {"[foo, {{}}]",                                   NULL                     },
        {"{[1]: foo}",                                    NULL                     },
        {"{{}} + 1",                                      NULL                     },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *v = NULL;
        struct error e = ERROR_INIT;
        int r = literal_parse(cases[i].text, strlen(cases[i].text), &v, &e);

        if (cases[i].message) {
            assert_int_equal(r, -EINVAL);
            assert_string_equal(e.message, cases[i].message);
        } else {
            assert_good(r, &e);
            assert_string_equal(json_string_value(v), cases[i].text);
        }
    }
}

static void test_unprintable(void **state)
{
    static const char *const texts[] = {"{1, 2}", "set()",  "5j",         "1+2j",
                                        "...",    "[b'x']", "{(1, 2): 3}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT(65536);
        _cleanup_json_ json_t *v = NULL;
        struct error e = ERROR_INIT;

        assert_good(literal_parse(texts[i], strlen(texts[i]), &v, &e), &e);
        assert_int_equal(inventory_print(v, &out, &e), -EINVAL);
        assert_true(e.message[0] != '\0');
    }
}

static void test_limits(void **state)
{
    char deep[402], *chain;
    json_t *v = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    memset(deep, '[', 201);
    memset(deep + 201, ']', 201);
    assert_good(literal_parse(deep + 1, 400, &v, &e), &e);
    assert_true(json_is_array(v));
    json_decref(v);
    assert_good(literal_parse(deep, 402, &v, &e), &e);
    assert_true(json_is_string(v)); /* Python: too many nested parentheses */
    json_decref(v);

    chain = malloc(LITERAL_MAX + 1);
    assert_non_null(chain);
    memset(chain, '-', LITERAL_MAX + 1);
    assert_good(literal_parse(chain, LITERAL_MAX, &v, &e), &e);
    json_decref(v);
    assert_int_equal(literal_parse(chain, LITERAL_MAX + 1, &v, &e), -E2BIG);
    memset(chain, '9', PYVALUE_DECIMAL_MAX + 1);
    assert_good(literal_parse(chain, PYVALUE_DECIMAL_MAX, &v, &e), &e);
    assert_int_equal(strlen(pyvalue_number_text(v)), PYVALUE_DECIMAL_MAX);
    json_decref(v);
    assert_good(literal_parse(chain, PYVALUE_DECIMAL_MAX + 1, &v, &e), &e);
    assert_true(json_is_string(v));
    json_decref(v);
    free(chain);
}

static void test_names_of_characters(void **state)
{
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    (void)state;
    assert_int_equal(literal_parse("'\\N{BULLET}'", 12, &v, &e), -EINVAL);
    assert_non_null(strstr(e.message, "\\uXXXX"));
    assert_good(literal_parse("'\\N{BULLET}' x", 14, &v, &e), &e);
    assert_true(json_is_string(v));
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_unhashable),
        cmocka_unit_test(test_unprintable),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_names_of_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
