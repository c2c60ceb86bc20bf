/* SPDX-License-Identifier: Apache-2.0 */
#include "common/pyvalue.h"
#include "common/yaml.h"
#include "tests/unit/test.h"

static struct yaml_options options = {.name = "t.yml", .max_bytes = 65536};

static int parse(const char *text, json_t **ret, struct error *e)
{
    return yaml_parse(text, strlen(text), &options, ret, e);
}

/* Expected values as jansson prints them. */
static const struct {
    const char *text, *json;
} values[] = {
    {"",                                                                          "null"                                 },
    {"# nothing\n",                                                               "null"                                 },
    {"[a, 'b', \"c\\x41\"]",                                                      "[\"a\", \"b\", \"cA\"]"               },
    {"[yes, No, ON, off, true, FALSE, y, n, tRue]",
     "[true, false, true, false, true, false, \"y\", \"n\", \"tRue\"]"                                                   },
    {"[~, null, Null, NULL, nULL, ]",                                             "[null, null, null, null, \"nULL\"]"   },
    {"[0, -0, +5, 010, 08, 0o7, 0x1F, -0x_f, 0b101, 0b2]",
     "[0, 0, 5, 8, \"08\", \"0o7\", 31, -15, 5, \"0b2\"]"                                                                },
    {"[1_000, _1, 1_, 0_, 00]",                                                   "[1000, \"_1\", 1, 0, 0]"              },
    {"[1:30, -1:30, 1:60, 22:22:22, 01:30]",                                      "[90, -90, \"1:60\", 80542, \"01:30\"]"},
    {"[1.5, .5, 5., -.5, 1e3, 1.e+3, 1.5e3, 1_0.5]",
     "[1.5, 0.5, 5.0, \"-.5\", \"1e3\", 1000.0, \"1.5e3\", 10.5]"                                                        },
    {"[1:30.5, 1:2:3.]",                                                          "[90.5, 3723.0]"                       },
    {"[2018-07-27, 2018-7-27, 2018-07-27 1:02:03, 2001-12-14t21:59:43.10-05:00]",
     "[\"2018-07-27\", \"2018-7-27\", \"2018-07-27T01:02:03\", "
     "\"2001-12-14T21:59:43.100000-05:00\"]"                                                                             },
    {"2018-07-27T10:11:12  Z",                                                    "\"2018-07-27T10:11:12+00:00\""        },
    {"{a: 1, b: {c: [2]}}",                                                       "{\"a\": 1, \"b\": {\"c\": [2]}}"      },
    {"1: a\ntrue: b\n'1': c\n~: d\n",                                             "{\"1\": \"c\", \"null\": \"d\"}"      },
    {"a: &x [1]\nb: *x\n",                                                        "{\"a\": [1], \"b\": [1]}"             },
    {"a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x\n  m: 4\n",
     "{\"a\": {\"k\": 1, \"l\": 2}, \"b\": {\"k\": 1, \"l\": 3, \"m\": 4}}"                                              },
    {"a:\n  <<: [{k: 1}, {k: 2, l: 2}]\n",                                        "{\"a\": {\"k\": 1, \"l\": 2}}"        },
    {"=: a\n",                                                                    "{\"=\": \"a\"}"                       },
    {"'<<': a\n",                                                                 "{\"<<\": \"a\"}"                      },
    {"[!!int '5', !!int 0o7, !!float 1, !!str 5, !!bool 'on', !!null x, ! 5]",
     "[5, 7, 1.0, \"5\", true, null, 5]"                                                                                 },
    {"!!omap [a: 1, b: 2]",                                                       "[[\"a\", 1], [\"b\", 2]]"             },
    {"!!str {=: a}",                                                              "\"a\""                                },
    {"!unsafe '{{ a }}'",                                                         "\"{{ a }}\""                          },
    {"!unsafe [a, [b], {c: d}, 1]",                                               "[\"a\", [], {}, 1]"                   },
    {"!vault x",                                                                  "{\"__ansible_vault\": \"x\"}"         },
    {"\xef\xbb\xbf"
     "a: 1\r\n",                                                             "{\"a\": 1}"                           },
    {"---\na\n...\n",                                                             "\"a\""                                },
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        _cleanup_json_ json_t *v = NULL;
        _cleanup_free_ char *text = NULL;
        struct error e = ERROR_INIT;

        assert_good(parse(values[i].text, &v, &e), &e);
        text = json_dumps(v, JSON_ENCODE_ANY);
        assert_non_null(text);
        if (strcmp(text, values[i].json) != 0)
            fail_msg("%s is %s, not %s", values[i].text, text, values[i].json);
    }
}

static void test_wrapped(void **state)
{
    static const struct {
        const char *text, *number;
    } cases[] = {
        {".inf",                  "Infinity"              },
        {"-.INF",                 "-Infinity"             },
        {".NaN",                  "NaN"                   },
        {"123456789012345678901", "123456789012345678901" },
        {"0xffffffffffffffffff",  "4722366482869645213695"},
    };
    _cleanup_json_ json_t *set = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *v = NULL;

        assert_good(parse(cases[i].text, &v, &e), &e);
        assert_string_equal(pyvalue_number_text(v), cases[i].number);
    }
    assert_good(parse("!!set {a}", &set, &e), &e);
    assert_string_equal(pyvalue_opaque_reason(set), "Object of type set is not JSON serializable");
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"a: 1\n b: 2\n",      "t.yml:2: mapping values are not allowed in this context"              },
        {"a: {{ x }}\n",       "t.yml:1: found unacceptable key (unhashable type: 'AnsibleMapping')"  },
        {"? [a]\n: b\n",       "t.yml:1: found unacceptable key (unhashable type: 'AnsibleSequence')" },
        {"a: 1\n---\nb: 2\n",
         "t.yml:2: expected a single document in the stream, but found another document"              },
        {"a: =\n",
         "t.yml:1: could not determine a constructor for the tag 'tag:yaml.org,2002:value'"           },
        {"a: <<\n",
         "t.yml:1: could not determine a constructor for the tag 'tag:yaml.org,2002:merge'"           },
        {"a:\n  b: !foo c\n",  "t.yml:2: could not determine a constructor for the tag (a text that "
                              "begins with '!' needs quotes)"            },
        {"a: *x\n",            "t.yml:1: found undefined alias"                                       },
        {"a: &x 1\nb: &x 2\n", "t.yml:2: found duplicate anchor"                                      },
        {"a: &x [*x]\n",       "t.yml:1: an alias leads back to what holds it"                        },
        {"a:\n  <<: x\n",
         "t.yml:2: expected a mapping or list of mappings for merging, but found scalar"              },
        {"a: 2001-02-29\n",
         "t.yml:1: this is no date and time (a text that looks like one needs quotes)"                },
        {"a: 0b_\n",           "t.yml:1: this is no integer (a text that looks like one needs quotes)"},
        {"a: !!int x\n",       "t.yml:1: this is no integer (a text that looks like one needs quotes)"},
        {"a: !!bool x\n",      "t.yml:1: this is no boolean (a text that looks like one needs quotes)"},
        {"a: !!map [b]\n",     "t.yml:1: expected a mapping node, but found sequence"                 },
        {"a: caf\xe9\n",       "t.yml:1: "                                                            },
        {"a: \x01\n",          "t.yml:1: "                                                            },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct error e = ERROR_INIT;
        json_t *v = NULL;

        if (parse(bad[i].text, &v, &e) != -EINVAL)
            fail_msg("accepted %s", bad[i].text);
        if (strncmp(e.message, bad[i].message, strlen(bad[i].message)) != 0)
            fail_msg("%s: %s", bad[i].text, e.message);
    }
}

static void test_limits(void **state)
{
    _cleanup_buf_ struct buf text = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    (void)state;
    /* every line makes three times as many of the line before: 3^20 in all */
    buf_add_str(&text, "a0: &a0 x\n");
    for (int i = 1; i < 20; i++)
        buf_addf(&text, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
    assert_int_equal(parse(text.data, &v, &e), -E2BIG);

    buf_clear(&text);
    for (int i = 0; i <= YAML_DEPTH_MAX; i++)
        buf_add_char(&text, '[');
    assert_int_equal(parse(text.data, &v, &e), -E2BIG);

    buf_clear(&text);
    buf_add_str(&text, "m0: &m0 {a: 1}\n");
    for (int i = 1; i < 40; i++)
        buf_addf(&text, "m%d: &m%d {<<: [*m%d, *m%d]}\n", i, i, i - 1, i - 1);
    assert_int_equal(parse(text.data, &v, &e), -E2BIG);

    buf_clear(&text);
    for (int i = 0; i < 70000; i++)
        buf_add_char(&text, '#');
    assert_int_equal(parse(text.data, &v, &e), -E2BIG);
}

struct seen {
    struct buf keys;
    unsigned warnings;
};

static void see_key(const char *path, unsigned depth, struct yaml_position where, void *userdata)
{
    struct seen *seen = userdata;

    buf_addf(&seen->keys, "%s/%u@%u ", path, depth, where.line);
}

static void see_warning(const char *message, void *userdata)
{
    struct seen *seen = userdata;

    assert_non_null(strstr(message, "t.yml:1: "));
    assert_non_null(strstr(message, "duplicate dict key (a)"));
    seen->warnings++;
}

static void test_seen(void **state)
{
    struct seen seen = {BUF_INIT(4096), 0};
    struct yaml_options o = {.name = "t.yml",
                             .max_bytes = 65536,
                             .mark_unsafe = true,
                             .key_seen = see_key,
                             .warn = see_warning,
                             .userdata = &seen};
    static const char text[] = "a: 1\nb:\n  - c: 2\n  - d: {e: 3}\na: !unsafe 4\n";
    _cleanup_json_ json_t *v = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(yaml_parse(text, strlen(text), &o, &v, &e), &e);
    assert_string_equal(seen.keys.data, "a/1@1 b/1@2 b[0].c/3@3 b[1].d/3@4 b[1].d.e/4@4 a/1@5 ");
    assert_int_equal(seen.warnings, 1);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(v, "a"), "__ansible_unsafe")), "4");
    buf_done(&seen.keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
