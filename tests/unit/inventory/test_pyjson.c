/* SPDX-License-Identifier: Apache-2.0 */
#include "common/pyvalue.h"
#include "seed-server/inventory/pyjson.h"
#include "tests/unit/test.h"

static int parse(const char *text, bool mark_unsafe, json_t **ret, struct error *e)
{
    struct pyjson_options options = {.mark_unsafe = mark_unsafe};

    return pyjson_parse(text, strlen(text), &options, ret, e);
}

static void test_values(void **state)
{
    static const struct {
        const char *text, *json;
    } cases[] = {
        {" [1, -0, 0.5, 1e2, -0.0, true, null]\n", "[1, 0, 0.5, 100.0, -0.0, true, null]"},
        {"{\"a\":1,\"b\":{},\"a\":2}",             "{\"a\": 2, \"b\": {}}"               },
        {"\"\\u00e9\\ud83d\\ude00\\/\\n\"",        "\"é😀/\\n\""                      },
        {"{\"__ansible_vault\": \"x\", \"y\": 1}", "{\"__ansible_vault\": \"x\"}"        },
        {"{\"__ansible_unsafe\": \"x\"}",          "\"x\""                               },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *v = NULL;
        _cleanup_free_ char *text = NULL;
        struct error e = ERROR_INIT;

        assert_good(parse(cases[i].text, false, &v, &e), &e);
        text = json_dumps(v, JSON_ENCODE_ANY);
        assert_string_equal(text, cases[i].json);
    }
}

static void test_wrapped(void **state)
{
    static const char *const numbers[] = {"NaN", "Infinity", "-Infinity",
                                          "-123456789012345678901234567890"};
    _cleanup_json_ json_t *unsafe = NULL, *lone = NULL;
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        _cleanup_json_ json_t *v = NULL;

        assert_good(parse(numbers[i], false, &v, &e), &e);
        assert_string_equal(pyvalue_number_text(v), numbers[i]);
    }
    assert_good(parse("{\"__ansible_unsafe\": [\"x\", {\"a\": \"y\"}, 1]}", true, &unsafe, &e), &e);
    text = json_dumps(unsafe, 0);
    assert_string_equal(text, "[{\"__ansible_unsafe\": \"x\"}, {\"a\": {\"__ansible_unsafe\": "
                              "\"y\"}}, 1]");
    assert_good(parse("\"\\ud800\\u0000\"", false, &lone, &e), &e);
    assert_int_equal(json_string_length(lone), 4);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "tru",
        "True",
        "01",
        "+1",
        ".5",
        "-",
        "[1,]",
        "[1 2]",
        "{\"a\":1,}",
        "{a:1}",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"a\tb\"",
        "1 2",
        "\xef\xbb\xbf{}",
        "{\"a\" 1}",
        "// c",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct error e = ERROR_INIT;
        json_t *v = NULL;

        if (parse(texts[i], false, &v, &e) != -EINVAL)
            fail_msg("accepted %s", texts[i]);
        assert_non_null(strstr(e.message, "line 1: "));
    }
}

static void test_depth(void **state)
{
    char text[PYJSON_DEPTH_MAX + 2];
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    (void)state;
    memset(text, '[', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(parse(text, false, &v, &e), -EINVAL);
    assert_non_null(strstr(e.message, "nested too deep"));
}

static void see(const char *key, size_t len, unsigned line, void *userdata)
{
    buf_addf(userdata, "%.*s@%u ", (int)len, key, line);
}

static void test_lines(void **state)
{
    _cleanup_buf_ struct buf seen = BUF_INIT(256);
    struct pyjson_options options = {.key_seen = see, .userdata = &seen};
    static const char text[] = "{\n \"a\": {\"b\": 1},\n\n \"c\": [{\"d\": 2}]}";
    _cleanup_json_ json_t *v = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(pyjson_parse(text, strlen(text), &options, &v, &e), &e);
    assert_string_equal(seen.data, "a@2 c@4 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
