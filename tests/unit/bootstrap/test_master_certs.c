/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/master_certs.h"
#include "made.h"
#include "pem.h"
#include "tests/unit/test.h"

#define PKI "/etc/kubernetes/pki/"

static void make_whole(struct tree *t)
{
    tree_make(t, NULL);
    made_write_cas(t);
    for (size_t i = 0; i < MADE_FILES; i++)
        made_write(t, i);
}

static size_t count_files(const struct tree *t)
{
    size_t n = 0;

    for (size_t i = 0; i < MADE_FILES; i++)
        n += tree_has(t, made_paths[i]);
    return n;
}

static void test_whole(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    make_whole(&t);
    assert_good(master_certs_check(&t.context, &e), &e);
    assert_good(master_certs_clear(&t.context, &e), &e);
    assert_int_equal(count_files(&t), MADE_FILES);
    tree_remove(&t);
}

/* Each way of being in halves, of a pair and of a kubeconfig: named, and cleared with its other
 * half, and nothing else is. */
static void test_halves(void **state)
{
    static const struct {
        const char *path, *text, *why;
        size_t gone; /* files that clearing removes */
    } rows[] = {
        {PKI "apiserver.crt",                "",                                       "not whole",              2},
        {PKI "apiserver.crt",                "-----BEGIN CERTIFICATE-----\nMII",       "not whole",              2},
        {PKI "apiserver.crt",                pem_other,                                "another key",            2},
        {PKI "apiserver.key",                "",                                       "not whole",              2},
        {PKI "apiserver.key",                pem_other_key,                            "not whole",              2},
        {PKI "apiserver.key",                NULL,                                     "apiserver.key",          2},
        {PKI "front-proxy-client.crt",       NULL,                                     "front-proxy-client.crt", 2},
        {"/etc/kubernetes/admin.conf",       "",                                       "not whole",              1},
        {"/etc/kubernetes/admin.conf",       "clusters: [",                            "not whole",              1},
        {"/etc/kubernetes/scheduler.conf",   "clusters: [{cluster: {}}]\nusers: []\n", "not whole",
         1                                                                                                        },
        {"/etc/kubernetes/super-admin.conf", "",                                       "not whole",              0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_free_ char *full = NULL;
        struct error e = ERROR_INIT;
        struct tree t;

        make_whole(&t);
        full = context_path(&t.context, rows[i].path);
        assert_non_null(full);
        if (rows[i].text)
            tree_write(&t, rows[i].path, rows[i].text);
        else
            assert_int_equal(unlink(full), 0);
        assert_int_equal(master_certs_check(&t.context, &e), -ENOENT);
        if (!strstr(e.message, rows[i].why))
            fail_msg("%s: %s", rows[i].path, e.message);
        assert_good(master_certs_clear(&t.context, &e), &e);
        assert_int_equal(count_files(&t), MADE_FILES - rows[i].gone);
        assert_false(tree_has(&t, rows[i].path));
        tree_remove(&t);
    }
}

/* What is of another CA is the administrator's own: nothing of it is due, ever. */
static void test_foreign(void **state)
{
    const struct control_plane cp = {.certificate_life_s = 1};
    uint64_t due_ms;
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    make_whole(&t);
    tree_write(&t, PKI "ca.crt", pem_other);
    tree_write(&t, PKI "front-proxy-ca.crt", pem_other);
    tree_write(&t, "/etc/kubernetes/scheduler.conf",
               "clusters: [{cluster: {}}]\nusers: [{user: {client-certificate: /root/own.pem}}]\n");
    assert_good(master_certs_check(&t.context, &e), &e);
    assert_good(master_certs_clear(&t.context, &e), &e);
    assert_int_equal(count_files(&t), MADE_FILES);
    assert_good(master_certs_renew(&t.context, &cp, &due_ms, &e), &e);
    assert_true(due_ms == UINT64_MAX);
    tree_remove(&t);
}

static int note_id(const char *id, void *userdata)
{
    struct buf *seen = userdata;

    buf_addf(seen, "%s;", id);
    return strcmp(id, "bad") == 0 ? -EIO : 0;
}

static void test_running(void **state)
{
    static const struct {
        const char *containers, *tasks, *seen;
        int r;
    } rows[] = {
        {"",             "",                                            "",       0   },
        {"aa\nbb\ncc\n",
         "TASK    PID     STATUS    \naa      12      RUNNING\nbb      13      "
         "STOPPED\ncc      14      RUNNING\ndd      15      RUNNING\n", "aa;cc;", 0   },
 /* a part of an ID is none */
        {"aab\nbaa",     "aa 12 RUNNING\nbaa 13 RUNNING\n",             "baa;",   0   },
        {"bad\naa\n",    "bad 1 RUNNING\naa 2 RUNNING\n",               "bad;",   -EIO},
        {"RUNNING\n",    "RUNNING 1 STOPPED\n",                         "",       0   },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_buf_ struct buf seen = BUF_INIT(64);

        buf_add_str(&seen, "");
        assert_int_equal(
            master_certs_each_running(rows[i].containers, rows[i].tasks, note_id, &seen),
            rows[i].r);
        assert_int_equal(buf_check(&seen), 0);
        assert_string_equal(seen.data, rows[i].seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_running),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
