/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "bootstrap/key_file.h"
#include "pem.h"
#include "tests/unit/test.h"
#include "tree.h"

static int read_key(const struct tree *t, bool *ret_broken)
{
    _cleanup_(key_freep) struct key *key = NULL;
    struct error e = ERROR_INIT;
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/key.pem", t->root);
    return key_file_read(path, &key, ret_broken, &e);
}

static void test_none_and_good(void **state)
{
    struct tree t;
    bool broken;

    (void)state;
    tree_make(&t, NULL);
    assert_int_equal(read_key(&t, &broken), -ENOENT);
    assert_false(broken);
    tree_write(&t, "/key.pem", pem_node_key);
    assert_int_equal(read_key(&t, &broken), 0);
    tree_remove(&t);
}

static void test_broken(void **state)
{
    const char *const texts[] = {"", "no key\n", pem_ca};
    _cleanup_free_ char *kept = NULL;
    struct tree t;
    bool broken;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        tree_write(&t, "/key.pem", texts[i]);
        assert_int_equal(read_key(&t, &broken), -ENOENT);
        assert_true(broken && !tree_has(&t, "/key.pem"));
    }
    kept = tree_read(&t, "/key.pem.broken");
    assert_string_equal(kept, pem_ca);
    tree_remove(&t);
}

/* No file descriptor is left for a moment: no reason for another key. */
static void test_passing(void **state)
{
    struct rlimit before, none;
    struct tree t;
    bool broken;
    int r;

    (void)state;
    tree_make(&t, NULL);
    tree_write(&t, "/key.pem", pem_node_key);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    r = read_key(&t, &broken);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r, -EMFILE);
    assert_false(broken);
    assert_int_equal(read_key(&t, &broken), 0);
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_and_good),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_passing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
