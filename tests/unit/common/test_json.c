/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "tests/unit/test.h"

static int parse(const char *text, json_t **ret, struct error *e)
{
    return json_parse(text, strlen(text), 4096, ret, e);
}

static void test_parse_values(void **state)
{
    static const char *const texts[] = {
        "null", "true", "1", "-9223372036854775808", "0.5", "\"\"", "[]", "{}", " {\"a\":[1,2]}\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        _cleanup_json_ json_t *v = NULL;
        struct error e = ERROR_INIT;

        assert_good(parse(texts[i], &v, &e), &e);
        assert_non_null(v);
    }
}

static void test_parse_refuses(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "1 2",
        "{}x",
        "\"\\u0000\"",
        "{\"a\\u0000b\":1}",
        "nul",
        "NaN",
        "01",
        "99999999999999999999",
        "1e999",
        "\"\xff\"",
        "\"\xed\xa0\x80\"",
        "'a'",
        "\"a\nb\"",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct error e = ERROR_INIT;
        json_t *v = NULL;

        if (parse(texts[i], &v, &e) != -EINVAL)
            fail_msg("accepted %s", texts[i]);
        assert_null(v);
        assert_true(e.message[0] != '\0');
    }
}

static void test_error_keeps_secrets(void **state)
{
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    (void)state;
    assert_int_equal(parse("{\"token\": hunter2}", &v, &e), -EINVAL);
    assert_null(strstr(e.message, "hunter2"));
    assert_non_null(strstr(e.message, "line 1"));
}

static void test_limits(void **state)
{
    char deep[2 * JSON_DEPTH_MAX + 3];
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    (void)state;
    memset(deep, '[', JSON_DEPTH_MAX);
    memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    deep[2 * JSON_DEPTH_MAX] = '\0';
    assert_good(parse(deep, &v, &e), &e);
    json_decref(v);

    v = NULL;
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    deep[2 * JSON_DEPTH_MAX + 2] = '\0';
    assert_int_equal(parse(deep, &v, &e), -EINVAL);
    assert_non_null(strstr(e.message, "deep"));

    /* Brackets inside of a text are text. */
    memset(deep, '[', sizeof(deep));
    memcpy(deep, "\"\\\"", 3);
    memcpy(deep + sizeof(deep) - 2, "\"", 2);
    assert_good(parse(deep, &v, &e), &e);
    json_decref(v);

    v = NULL;
    assert_int_equal(json_parse("[1,2]", 5, 4, &v, &e), -E2BIG);
    assert_null(v);
}

static void test_print(void **state)
{
    _cleanup_buf_ struct buf b = BUF_INIT(4096);
    struct buf small = BUF_INIT(5);
    _cleanup_json_ json_t *v = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(parse("{\"b\":[1,{\"z\":null,\"y\":\"\\u00e9/\\n\"}],\"a\":true}", &v, &e), &e);
    assert_good(json_print(v, &b, &e), &e);
    assert_string_equal(b.data, "{\"a\":true,\"b\":[1,{\"y\":\"é/\\n\",\"z\":null}]}");

    buf_clear(&b);
    assert_good(json_print_pretty(v, &b, &e), &e);
    assert_int_equal(b.data[b.len - 1], '\n');
    assert_non_null(strstr(b.data, "\n    \"a\": true"));

    assert_int_equal(json_print(v, &small, &e), -E2BIG);
    buf_done(&small);
}

static void test_members(void **state)
{
    _cleanup_json_ json_t *v = NULL;
    struct error e = ERROR_INIT;
    const char *s = NULL;
    json_t *child = NULL;
    int64_t n = 0;
    bool b = false;

    (void)state;
    assert_good(parse("{\"s\":\"x\",\"n\":-7,\"t\":true,\"f\":false,\"nul\":null,"
                      "\"a\":[1],\"o\":{},\"r\":1.5}",
                      &v, &e),
                &e);
    assert_good(json_get_string(v, "s", &s, &e), &e);
    assert_string_equal(s, "x");
    assert_good(json_get_int(v, "n", &n, &e), &e);
    assert_int_equal(n, -7);
    assert_good(json_get_bool_or(v, "t", false, &b, &e), &e);
    assert_true(b);
    assert_good(json_get_bool_or(v, "f", true, &b, &e), &e);
    assert_false(b);
    assert_good(json_get_array(v, "a", &child, &e), &e);
    assert_good(json_get_object(v, "o", &child, &e), &e);

    /* Missing and null take the default, where there is one. */
    assert_good(json_get_string_or(v, "nul", "d", &s, &e), &e);
    assert_string_equal(s, "d");
    assert_good(json_get_string_or(v, "no", NULL, &s, &e), &e);
    assert_null(s);
    assert_good(json_get_int_or(v, "no", 3, &n, &e), &e);
    assert_int_equal(n, 3);
    assert_good(json_get_bool_or(v, "nul", true, &b, &e), &e);
    assert_true(b);

    /* A wrong type is never taken for missing; outputs stay untouched. */
    s = "untouched";
    assert_int_equal(json_get_string_or(v, "n", "d", &s, &e), -EINVAL);
    assert_string_equal(s, "untouched");
    assert_string_equal(e.message, "\"n\" must be a text");
    assert_int_equal(json_get_string(v, "nul", &s, &e), -EINVAL);
    assert_int_equal(json_get_string(v, "no", &s, &e), -EINVAL);
    assert_string_equal(e.message, "\"no\" is missing");
    assert_int_equal(json_get_int(v, "r", &n, &e), -EINVAL);
    assert_int_equal(json_get_int_or(v, "s", 1, &n, &e), -EINVAL);
    assert_int_equal(json_get_bool_or(v, "n", true, &b, &e), -EINVAL);
    assert_int_equal(json_get_array(v, "o", &child, &e), -EINVAL);
    assert_int_equal(json_get_object(v, "a", &child, &e), -EINVAL);
    assert_int_equal(json_get_object(v, "no", &child, &e), -EINVAL);

    /* What is no object has no members, not even optional ones. */
    assert_int_equal(json_get_int_or(json_object_get(v, "a"), "x", 1, &n, &e), -EINVAL);
    assert_int_equal(json_get_int_or(NULL, "x", 1, &n, &e), -EINVAL);
}

static void test_has_text(void **state)
{
    _cleanup_json_ json_t *v = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(parse("{\"a\":[1,null,[\"in\"],\"x\",\"yz\"],\"s\":\"x\",\"o\":{\"x\":\"x\"},"
                      "\"e\":[]}",
                      &v, &e),
                &e);
    assert_true(json_has_text(json_object_get(v, "a"), "x"));
    assert_true(json_has_text(json_object_get(v, "a"), "yz"));
    assert_false(json_has_text(json_object_get(v, "a"), "y"));
    assert_false(json_has_text(json_object_get(v, "a"), "1"));
    assert_false(json_has_text(json_object_get(v, "a"), "in"));
    assert_false(json_has_text(json_object_get(v, "a"), ""));
    assert_false(json_has_text(json_object_get(v, "s"), "x"));
    assert_false(json_has_text(json_object_get(v, "o"), "x"));
    assert_false(json_has_text(json_object_get(v, "e"), "x"));
    assert_false(json_has_text(NULL, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_values),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_error_keeps_secrets),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_has_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
