/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/addon_record.h"
#include "tests/unit/test.h"

static json_t *value(const char *text)
{
    struct error e = ERROR_INIT;
    json_t *v = NULL;

    assert_good(json_parse(text, strlen(text), 65536, &v, &e), &e);
    return v;
}

#define LOCAL                                                                                      \
    "{\"apiVersion\":\"storage.k8s.io/"                                                            \
    "v1\",\"kind\":\"StorageClass\",\"metadata\":{\"name\":\"local\"}}"
#define BUDGET(v)                                                                                  \
    "{\"apiVersion\":\"policy/" v "\",\"kind\":\"PodDisruptionBudget\",\"metadata\":"              \
    "{\"name\":\"b\",\"namespace\":\"n\"}}"
#define SECRET(ns)                                                                                 \
    "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\",\"namespace\":\"" ns  \
    "\"}}"

static void test_list(void **state)
{
    _cleanup_json_ json_t *addons = value(
        "[{\"name\":\"a\",\"objects\":[{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":"
        "{\"name\":\"s\",\"namespace\":\"x\",\"labels\":{}},\"data\":{\"k\":\"v\"}}]},"
        "{\"name\":\"b\",\"objects\":[" LOCAL "]}]");
    _cleanup_json_ json_t *list = addon_list(addons),
                          *wanted = value("[" SECRET("x") "," LOCAL "]");

    (void)state;
    assert_true(json_equal(list, wanted)); /* and no word of what is in the Secret */
}

static void test_gone(void **state)
{
    static const struct {
        const char *listed, *wanted, *gone;
    } cases[] = {
        {"[]",                          "[" LOCAL "]",                 "[]"               },
        {"[" LOCAL "]",                 "[]",                          "[" LOCAL "]"      },
        {"[" LOCAL "," SECRET("a") "]", "[" SECRET("b") "," LOCAL "]", "[" SECRET("a") "]"},
        {"[" BUDGET("v1beta1") "]",     "[" BUDGET("v1") "]",          "[]"               },
        {"[7]",                         "[" LOCAL "]",                 "[7]"              },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *listed = value(cases[i].listed), *wanted = value(cases[i].wanted);
        _cleanup_json_ json_t *gone = addon_list_gone(listed, wanted), *says = value(cases[i].gone);

        assert_true(json_equal(gone, says));
    }
}

static void test_mark(void **state)
{
    _cleanup_json_ json_t *plain = value(LOCAL), *marked = addon_mark(plain, "storage");
    _cleanup_json_ json_t *had = value("{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}");
    _cleanup_json_ json_t *both = addon_mark(had, "x y");
    _cleanup_json_ json_t *says =
        value("{\"metadata\":{\"annotations\":{\"a\":\"b\",\"nodeseed/addon\":\"x y\"}}}");

    (void)state;
    assert_null(json_object_get(json_object_get(plain, "metadata"), "annotations"));
    assert_string_equal(
        json_string_value(json_object_get(
            json_object_get(json_object_get(marked, "metadata"), "annotations"), "nodeseed/addon")),
        "storage");
    assert_true(json_equal(both, says));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
