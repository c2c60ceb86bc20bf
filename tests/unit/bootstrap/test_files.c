/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "bootstrap/certs.h"
#include "bootstrap/files.h"
#include "common/file.h"
#include "pem.h"
#include "tests/unit/test.h"
#include "tree.h"

static json_t *parse(const char *text)
{
    struct error e = ERROR_INIT;
    json_t *json = NULL;

    assert_good(json_parse(text, strlen(text), 1 << 16, &json, &e), &e);
    return json;
}

static mode_t mode_of(struct tree *t, const char *path)
{
    _cleanup_free_ char *full = path_join(t->root, path);
    struct stat st;

    assert_int_equal(stat(full, &st), 0);
    return st.st_mode & 07777;
}

static void test_write_and_check(void **state)
{
    _cleanup_json_ json_t *files =
        parse("[{\"path\":\"/etc/a/b.json\",\"mode\":\"0600\",\"json\":{\"y\":1,\"n\":\"n\"}},"
              "{\"path\":\"/etc/c\",\"mode\":\"755\",\"text\":\"#!\\n\"}]");
    _cleanup_free_ char *json = NULL, *text = NULL, *full = NULL;
    struct error e = ERROR_INIT;
    bool same, changed = false;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    full = path_join(t.root, "/etc/c");
    assert_good(files_check(&t.context, files, &same, &e), &e);
    assert_false(same);
    assert_good(files_write(&t.context, files, &changed, &e), &e);
    assert_true(changed);
    json = tree_read(&t, "/etc/a/b.json");
    assert_string_equal(json, "{\n    \"n\": \"n\",\n    \"y\": 1\n}\n");
    text = tree_read(&t, "/etc/c");
    assert_string_equal(text, "#!\n");
    assert_int_equal(mode_of(&t, "/etc/a/b.json"), 0600);
    assert_int_equal(mode_of(&t, "/etc/c"), 0755);
    assert_good(files_check(&t.context, files, &same, &e), &e);
    assert_true(same);
    changed = false;
    assert_good(files_write(&t.context, files, &changed, &e), &e);
    assert_false(changed);

    assert_int_equal(chmod(full, 0777), 0);
    assert_good(files_check(&t.context, files, &same, &e), &e);
    assert_false(same);
    assert_good(files_write(&t.context, files, &changed, &e), &e);
    assert_true(changed);
    assert_int_equal(mode_of(&t, "/etc/c"), 0755);
    tree_remove(&t);
}

static void test_refused(void **state)
{
    static const char *const lists[] = {
        "[{\"mode\":\"0600\",\"text\":\"\"}]",
        "[{\"path\":\"etc/x\",\"mode\":\"0600\",\"text\":\"\"}]",
        "[{\"path\":\"/etc/../x\",\"mode\":\"0600\",\"text\":\"\"}]",
        "[{\"path\":\"/etc/\",\"mode\":\"0600\",\"text\":\"\"}]",
        "[{\"path\":\"/etc/x\",\"mode\":\"0900\",\"text\":\"\"}]",
        "[{\"path\":\"/etc/x\",\"mode\":\"\",\"text\":\"\"}]",
        "[{\"path\":\"/etc/x\",\"mode\":\"0600\"}]",
        "[{\"path\":\"/etc/x\",\"mode\":\"0600\",\"text\":1}]",
    };
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        _cleanup_json_ json_t *files = parse(lists[i]);
        struct error e = ERROR_INIT;

        if (files_write(&t.context, files, NULL, &e) != -EINVAL)
            fail_msg("accepted: %s", lists[i]);
        assert_false(tree_has(&t, "/etc/x"));
    }
    tree_remove(&t);
}

static void test_owner(void **state)
{
    _cleanup_json_ json_t *files =
        parse("[{\"path\":\"/x\",\"mode\":\"0600\",\"owner\":\"etcd\",\"text\":\"\"}]");
    _cleanup_free_ char *full = NULL;
    struct error e = ERROR_INIT;
    struct stat st;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    full = path_join(t.root, "/x");
    tree_write(&t, "/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    assert_int_equal(files_write(&t.context, files, NULL, &e), -ENOENT);
    assert_non_null(strstr(e.message, "no user etcd"));
    tree_write(&t, "/etc/passwd", "root:x:0:0::/root:/bin/sh\netcd:x:12:34::/:/bin/sh\n");
    assert_good(files_write(&t.context, files, NULL, &e), &e);
    assert_int_equal(stat(full, &st), 0);
    if (geteuid() == 0) {
        assert_int_equal(st.st_uid, 12);
        assert_int_equal(st.st_gid, 34);
    }
    tree_remove(&t);
}

static void test_certificates(void **state)
{
    _cleanup_json_ json_t *certs =
        parse("[{\"purpose\":\"x\",\"key\":\"/k\",\"cert\":\"/c\",\"ca\":\"/a\",\"bundle\":\"/"
              "b\",\"current\":\"/current\"}]");
    _cleanup_json_ json_t *plain =
        parse("[{\"purpose\":\"x\",\"key\":\"/k\",\"cert\":\"/c\",\"ca\":\"/a\"}]");
    _cleanup_free_ char *link = NULL;
    static const struct {
        const char *key, *cert, *ca;
        bool good;
    } cases[] = {
        {pem_node_key,  pem_node,  pem_ca,    true },
        {pem_other_key, pem_node,  pem_ca,    false},
        {pem_node_key,  pem_node,  pem_other, false},
        {pem_other_key, pem_other, pem_ca,    false},
        {"",            pem_node,  pem_ca,    false},
        {pem_node_key,  "",        pem_ca,    false},
        {pem_node_key,  pem_node,  "",        false},
    };
    struct error e = ERROR_INIT;
    struct tree t;
    bool good;

    (void)state;
    tree_make(&t, NULL);
    assert_good(certs_check(&t.context, certs, &good, &e), &e);
    assert_false(good);
    link = path_join(t.root, "/current");
    assert_non_null(link);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_free_ char *bundle = NULL;

        assert_true(asprintf(&bundle, "%s%s", cases[i].cert, cases[i].key) >= 0);
        tree_write(&t, "/a", cases[i].ca);
        tree_write(&t, "/k", cases[i].key);
        tree_write(&t, "/c", cases[i].cert);
        assert_good(certs_check(&t.context, plain, &good, &e), &e);
        if (good != cases[i].good)
            fail_msg("case %zu: key and certificate", i);
        /* Whatever the kubelet made of it: the two files are no longer looked at. */
        tree_write(&t, "/k", pem_other_key);
        tree_write(&t, "/kubelets-own", bundle);
        assert_int_equal(symlink("kubelets-own", link), 0);
        assert_good(certs_check(&t.context, certs, &good, &e), &e);
        if (good != cases[i].good)
            fail_msg("case %zu: the kubelet's pair", i);
        assert_int_equal(unlink(link), 0);
        /* The kubelet would not renew what is no link. */
        tree_write(&t, "/current", bundle);
        assert_good(certs_check(&t.context, certs, &good, &e), &e);
        assert_false(good);
        assert_int_equal(unlink(link), 0);
    }
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_and_check),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
