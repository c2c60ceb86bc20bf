/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json_diff.h"
#include "tests/unit/test.h"

static int see(const char *path, const json_t *old, const json_t *new, void *userdata)
{
    char *a = old ? json_dumps(old, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    char *b = new ? json_dumps(new, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;

    buf_addf(userdata, "%s: %s > %s\n", path, a ? a : "", b ? b : "");
    free(a);
    free(b);
    return 0;
}

static json_t *value(const char *text)
{
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    assert_good(json_parse(text, strlen(text), 65536, &v, &e), &e);
    return v;
}

static void test_differences(void **state)
{
    static const struct {
        const char *old, *new, *says;
    } cases[] = {
        {"{\"a\":1}",                                                                         "{\"a\":1}",                          ""                                               },
        {"1",                                                                                 "2",                                  ".: 1 > 2\n"                                     },
        {"{\"a\":{\"b\":1}}",                                                                 "{\"a\":{\"b\":\"1\"}}",              "/a/b: 1 > \"1\"\n"                              },
        {"{\"a\":1}",                                                                         "{\"b\":[1]}",                        "/a: 1 > \n/b:  > [1]\n"                         },
        {"{\"l\":[1,2]}",                                                                     "{\"l\":[1,3]}",                      "/l/1: 2 > 3\n"                                  },
        {"{\"l\":[1,2]}",                                                                     "{\"l\":[1]}",                        "/l: [1,2] > [1]\n"                              },
 /* an item in between is no change of those after it */
        {"{\"f\":[{\"path\":\"/b\",\"m\":1}]}",
         "{\"f\":[{\"path\":\"/a\"},{\"path\":\"/b\",\"m\":2}]}",                                                                   "/f[/b]/m: 1 > 2\n/f[/a]:  > {\"path\":\"/a\"}\n"},
        {"[{\"match\":{\"serial\":\"A\"},\"fs\":\"xfs\"}]",                                   "[]",
         "[{\"serial\":\"A\"}]: {\"fs\":\"xfs\",\"match\":{\"serial\":\"A\"}} > \n"                                                                                                  },
 /* one name twice: by number */
        {"[{\"name\":\"x\"},{\"name\":\"x\",\"v\":1}]",
         "[{\"name\":\"x\"},{\"name\":\"x\",\"v\":2}]",                                                                             "/1/v: 1 > 2\n"                                  },
        {"[{\"kind\":\"Secret\",\"metadata\":{\"name\":\"k\",\"namespace\":\"s\"},\"v\":1}]",
         "[{\"kind\":\"Secret\",\"metadata\":{\"name\":\"k\",\"namespace\":\"s\"},\"v\":2}]",                                       "[Secret s/k]/v: 1 > 2\n"                        },
        {"{\"t\":\"a\\nb\\n\"}",                                                              "{\"t\":\"a\\nc\\n\"}",               "/t: \"b\" > \"c\"\n"                            },
        {"{\"t\":\"a\\nb\\nc\\n\"}",                                                          "{\"t\":\"a\\nc\\n\"}",               "/t: \"b\" > \n"                                 },
        {"{\"t\":\"a\\n\"}",                                                                  "{\"t\":\"a\"}",                      "/t: \"a\\n\" > \"a\"\n"                         },
        {"{\"t\":\"{\\\"x\\\":1}\\n---\\n\"}",                                                "{\"t\":\"{\\\"x\\\":2}\\n---\\n\"}",
         "/t/x: 1 > 2\n"                                                                                                                                                             },
        {"{\"t\":\"one\"}",                                                                   "{\"t\":\"two\"}",                    "/t: \"one\" > \"two\"\n"                        },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *old = value(cases[i].old), *new = value(cases[i].new);
        _cleanup_buf_ struct buf out = BUF_INIT(65536);
        struct error e = ERROR_INIT;

        assert_good(json_diff(old, new, see, &out, &e), &e);
        assert_string_equal(out.data ? out.data : "", cases[i].says);
    }
}

static int stop(const char *path, const json_t *old, const json_t *new, void *userdata)
{
    (void)path;
    (void)old;
    (void)new;
    ++*(int *)userdata;
    return -EBUSY;
}

static void test_stops(void **state)
{
    _cleanup_json_ json_t *old = value("[1,2]"), *new = value("[3,4]");
    int n = 0;

    (void)state;
    assert_int_equal(json_diff(old, new, stop, &n, NULL), -EBUSY);
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences),
        cmocka_unit_test(test_stops),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
