/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "common/pyvalue.h"
#include "tests/unit/test.h"

static void test_floats(void **state)
{
    static const struct {
        double d;
        const char *text;
    } cases[] = {
        {0.0,                    "0.0"                    },
        {-0.0,                   "-0.0"                   },
        {1.0,                    "1.0"                    },
        {0.1,                    "0.1"                    },
        {-2.675,                 "-2.675"                 },
        {100000.0,               "100000.0"               },
        {123456789012345680.0,   "1.2345678901234568e+17" },
        {9007199254740993.0,     "9007199254740992.0"     },
        {1e16,                   "1e+16"                  },
        {1e15,                   "1000000000000000.0"     },
        {0.0001,                 "0.0001"                 },
        {0.00001,                "1e-05"                  },
        {1.5e-7,                 "1.5e-07"                },
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324,                 "5e-324"                 },
        {INFINITY,               "Infinity"               },
        {-INFINITY,              "-Infinity"              },
        {NAN,                    "NaN"                    },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[PYVALUE_FLOAT_SIZE];

        pyvalue_format_float(cases[i].d, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_integers(void **state)
{
    static const struct {
        const char *digits;
        unsigned base;
        bool negative;
        const char *text;
    } cases[] = {
        {"0",                        10, true,  "0"                            },
        {"0000",                     8,  false, "0"                            },
        {"9223372036854775807",      10, false, "9223372036854775807"          },
        {"9223372036854775808",      10, true,  "-9223372036854775808"         },
        {"9223372036854775808",      10, false, "9223372036854775808"          },
        {"0009223372036854775809",   10, true,  "-9223372036854775809"         },
        {"7fffffffffffffff",         16, false, "9223372036854775807"          },
        {"8000000000000000",         16, true,  "-9223372036854775808"         },
        {"FFFFFFFFFFFFFFFFFFFFFFFF", 16, false, "79228162514264337593543950335"},
        {"1000000000000000000000",   8,  true,  "-9223372036854775808"         },
        {"2000000000000000000000",   8,  false, "18446744073709551616"         },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *v = pyvalue_integer(cases[i].digits, strlen(cases[i].digits),
                                                   cases[i].base, cases[i].negative);
        char text[64];

        assert_non_null(v);
        if (json_is_integer(v)) {
            (void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
            assert_string_equal(text, cases[i].text);
            assert_null(pyvalue_number_text(v));
        } else {
            assert_string_equal(pyvalue_number_text(v), cases[i].text);
        }
    }
}

/* Beyond what Python converts to text. */
static void test_integer_limit(void **state)
{
    char digits[16000];
    json_t *v;

    (void)state;
    memset(digits, 'f', sizeof(digits));
    v = pyvalue_integer(digits, 3571, 16, false); /* 4300 decimal digits */
    assert_non_null(v);
    assert_int_equal(strlen(pyvalue_number_text(v)), PYVALUE_DECIMAL_MAX);
    json_decref(v);
    v = pyvalue_integer(digits, 3572, 16, false);
    assert_non_null(pyvalue_opaque_reason(v));
    json_decref(v);
    memset(digits, '1', sizeof(digits));
    v = pyvalue_integer(digits, sizeof(digits), 2, false);
    assert_non_null(pyvalue_opaque_reason(v));
    json_decref(v);
}

static bool set(struct pydict *d, json_t *key, int value)
{
    _cleanup_buf_ struct buf identity = BUF_INIT(256), text = BUF_INIT(256);
    bool duplicate, printable = pydict_key_text(&text, key);

    pydict_identify(&identity, key);
    assert_int_equal(pydict_set(d, &identity, printable ? &text : NULL, "bytes",
                                json_integer(value), &duplicate),
                     0);
    json_decref(key);
    return duplicate;
}

static void test_dict(void **state)
{
    _cleanup_(pydict_freep) struct pydict *d = pydict_new();
    _cleanup_json_ json_t *v = NULL;
    _cleanup_free_ char *text = NULL;

    (void)state;
    assert_non_null(d);
    assert_false(set(d, json_integer(1), 1));
    assert_false(set(d, json_string("a"), 2));
    assert_true(set(d, json_true(), 3));
    assert_true(set(d, json_real(1.0), 4));
    assert_false(set(d, json_real(1.5), 5));
    assert_false(set(d, json_string("1"), 6)); /* another key with the same text */
    assert_false(set(d, json_real(-0.0), 7));
    assert_true(set(d, json_false(), 8));
    assert_false(set(d, json_null(), 9));
    assert_false(set(d, pyvalue_integer("99999999999999999999", 20, 10, false), 10));
    v = pydict_finish(d);
    text = json_dumps(v, 0);
    assert_string_equal(text, "{\"1\": 6, \"a\": 2, \"1.5\": 5, \"-0.0\": 8, \"null\": 9, "
                              "\"99999999999999999999\": 10}");
}

static void test_dict_of_bytes(void **state)
{
    _cleanup_(pydict_freep) struct pydict *d = pydict_new();
    _cleanup_json_ json_t *v = NULL;

    (void)state;
    assert_false(set(d, json_string("a"), 1));
    assert_false(set(d, pyvalue_opaque("b"), 1));
    v = pydict_finish(d);
    assert_string_equal(pyvalue_opaque_reason(v),
                        "keys must be str, int, float, bool or None, not bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floats),        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_integer_limit), cmocka_unit_test(test_dict),
        cmocka_unit_test(test_dict_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
