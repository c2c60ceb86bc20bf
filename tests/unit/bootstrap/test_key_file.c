/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "bootstrap/key_file.h"
#include "pem.h"
#include "tests/unit/test.h"
#include "tree.h"

/* The key's text in fresh memory, NULL after an error, which is *ret. */
static char *obtain(struct tree *t, int *ret)
{
    _cleanup_(key_freep) struct key *key = NULL;
    struct error e = ERROR_INIT;
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/key.pem", t->root);
    *ret = key_file_obtain(&t->context, path, &key, &e);
    assert_true((*ret == 0) == (key != NULL));
    return key ? strdup(key_pem(key)) : NULL;
}

static void assert_kept(const struct tree *t, const char *pem)
{
    _cleanup_free_ char *kept = tree_read(t, "/key.pem");

    assert_non_null(pem);
    assert_non_null(kept);
    assert_string_equal(kept, pem);
}

static void test_none(void **state)
{
    _cleanup_free_ char *made = NULL, *again = NULL;
    char path[128];
    struct stat st;
    struct tree t;
    int r;

    (void)state;
    tree_make(&t, NULL);
    made = obtain(&t, &r);
    assert_int_equal(r, 0);
    assert_kept(&t, made);
    (void)snprintf(path, sizeof(path), "%s/key.pem", t.root);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    again = obtain(&t, &r);
    assert_kept(&t, again); /* and no other one */
    assert_string_equal(again, made);
    assert_false(tree_has(&t, "/key.pem.broken"));
    tree_remove(&t);
}

static void test_good(void **state)
{
    _cleanup_free_ char *key = NULL;
    struct tree t;
    int r;

    (void)state;
    tree_make(&t, NULL);
    tree_write(&t, "/key.pem", pem_node_key);
    key = obtain(&t, &r);
    assert_int_equal(r, 0);
    assert_string_equal(key, pem_node_key);
    assert_kept(&t, pem_node_key);
    tree_remove(&t);
}

static void test_broken(void **state)
{
    const char *const texts[] = {"", "no key\n", pem_ca};
    struct tree t;
    int r;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        _cleanup_free_ char *made = NULL, *aside = NULL;

        tree_write(&t, "/key.pem", texts[i]);
        made = obtain(&t, &r);
        assert_int_equal(r, 0);
        assert_kept(&t, made);
        aside = tree_read(&t, "/key.pem.broken");
        assert_non_null(aside);
        assert_string_equal(aside, texts[i]);
    }
    tree_remove(&t);
}

/* What cannot be read for once is no reason for another key. */
static void test_passing(void **state)
{
    char path[128];
    struct stat st;
    struct tree t;
    char *key;
    int r;

    (void)state;
    tree_make(&t, NULL);
    (void)snprintf(path, sizeof(path), "%s/key.pem", t.root);
    assert_int_equal(symlink("key.pem", path), 0);
    key = obtain(&t, &r);
    assert_null(key);
    assert_int_equal(r, -ELOOP);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_false(tree_has(&t, "/key.pem.broken"));
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_passing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
