/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/http_uri.h"
#include "tests/unit/test.h"

static void test_plain(void **state)
{
    static const char *const good[] = {"/",      "/a",          "/a/b.c",       "/a/..b",
                                       "/a/...", "/A-z_0~+:@9", "/a?b=c&d=e,f", "/a?"};
    static const char *const bad[] = {
        "",       "a",      "//",      "/a/",       "/a//b", "/.",   "/..",    "/a/.",
        "/a/..",  "/../a",  "/a/./b",  "/%41",      "/a%",   "/a b", "/a\tb",  "/\x7f",
        "/\xc3",  "/a#b",   "/a\\b",   "/a;b",      "/a=b",  "/a&b", "/a?%00", "/a?b c",
        "/a?b#c", "/a?\"x", "http:/a", "/a/../b?c", "?a",    "/./",  "/?x",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        if (!uri_is_plain(good[i]))
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (uri_is_plain(bad[i]))
            fail_msg("%s was taken", bad[i]);
}

static void test_query(void **state)
{
    char text[4];

    (void)state;
    assert_int_equal(uri_query_text("a=1&bb=22&c=", "bb", text, sizeof(text)), 0);
    assert_string_equal(text, "22");
    assert_int_equal(uri_query_text("a=1&bb=22", "b", text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_int_equal(uri_query_text("a=1&a=2", "a", text, sizeof(text)), 0);
    assert_string_equal(text, "1");
    assert_int_equal(uri_query_text("&&&a=3", "a", text, sizeof(text)), 0);
    assert_string_equal(text, "3");
    assert_int_equal(uri_query_text("a=1234", "a", text, sizeof(text)), -EINVAL);
    assert_int_equal(uri_query_text("", "a", text, sizeof(text)), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
