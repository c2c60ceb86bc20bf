/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/image_import.h"
#include "tests/unit/test.h"

static void assert_list(json_t *got, const char *const *wanted)
{
    size_t n = 0;

    for (; wanted[n]; n++)
        assert_string_equal(json_string_value(json_array_get(got, n)), wanted[n]);
    assert_int_equal(json_array_size(got), n);
}

static void test_names(void **state)
{
    static const char list[] =
        "REF                    TYPE         DIGEST     SIZE    PLATFORMS   LABELS\n"
        "k8s.gcr.io/pause:3.2   application  sha256:1   1.0 KiB linux/amd64 -\n"
        "k8s.gcr.io/etcd:3.4.13 application  sha256:2   1.0 KiB linux/amd64 -\n"
        "sha256:e               application  sha256:2   1.0 KiB linux/amd64 -\n"
        "\n";
    static const char *const wanted[] = {"k8s.gcr.io/etcd:3.4.13", "sha256:e", NULL};
    _cleanup_json_ json_t *had = json_pack("[s, s]", "sha256:1", "sha256:9"), *names = NULL,
                          *none = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(image_import_new_names(list, had, &names, &e), &e);
    assert_list(names, wanted);
    assert_good(image_import_new_names("", had, &none, &e), &e);
    assert_int_equal(json_array_size(none), 0);
}

static void test_digests(void **state)
{
    static const char *const all[] = {"sha256:1", "sha256:2", "sha256:3", NULL};
    static const char *const new[] = {"sha256:1", "sha256:3", NULL};
    _cleanup_json_ json_t *had = json_pack("[s]", "sha256:2"), *a = NULL, *b = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(image_import_digests("sha256:1\nsha256:2\nsha256:3\n", &a, &e), &e);
    assert_list(a, all);
    assert_good(image_import_new_digests("sha256:1\nsha256:2\nsha256:3", had, &b, &e), &e);
    assert_list(b, new);
}

/* a carries b, which carries c and d; e carries f, which a container uses, and g. */
static void test_layers(void **state)
{
    static const char list[] = "KEY      PARENT   KIND\n"
                               "sha256:a          Committed\n"
                               "sha256:b sha256:a Committed\n"
                               "sha256:c sha256:b Committed\n"
                               "sha256:d sha256:b Committed\n"
                               "sha256:e          Committed\n"
                               "sha256:f sha256:e Committed\n"
                               "sha256:g sha256:e Committed\n"
                               "0123abcd sha256:f Active\n";
    static const char *const all[] = {"sha256:a", "sha256:b", "sha256:c", "sha256:d",
                                      "sha256:e", "sha256:f", "sha256:g", NULL};
    static const char *const new[] = {"sha256:c", "sha256:d", "sha256:g", "sha256:b", NULL};
    _cleanup_json_ json_t *had = json_pack("[s]", "sha256:a"), *a = NULL, *b = NULL, *c = NULL;
    struct error e = ERROR_INIT;
    size_t kept;

    (void)state;
    assert_good(image_import_layers(list, &a, &e), &e);
    assert_list(a, all);
    assert_good(image_import_new_layers(list, had, &b, &kept, &e), &e);
    assert_list(b, new);
    assert_int_equal(kept, 2); /* e and f */
    assert_good(image_import_new_layers(list, a, &c, &kept, &e), &e);
    assert_int_equal(json_array_size(c), 0);
    assert_int_equal(kept, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_layers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
