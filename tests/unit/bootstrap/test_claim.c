/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/claim.h"
#include "tests/unit/test.h"
#include "tree.h"

#define CLUSTER "cccccccc-0000-4000-8000-000000000003"
#define OTHER "dddddddd-0000-4000-8000-000000000004"
#define CONFIG(id)                                                                                 \
    "{\"version\":1,\"cluster\":{\"id\":\"" id "\"},\"host\":{\"name\":\"node1\",\"ip\":"          \
    "\"192.168.0.10\",\"roles\":[\"etcd\"]}}"
#define STATE "/var/lib/nodeseed/cluster.json"

static const char *const evidence[] = {"/etc/kubernetes/admin.conf", "/etc/kubernetes/pki/ca.crt",
                                       NULL};

static void test_free_machine(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    char *text;

    (void)state;
    tree_make(&t, CONFIG(CLUSTER));
    assert_good(claim_area(&t.context, "kubernetes", evidence, &e), &e);
    text = tree_read(&t, STATE);
    assert_non_null(strstr(text, CLUSTER));
    assert_non_null(strstr(text, "\"kubernetes\""));
    free(text);
    /* what is there from now on is ours, also after a cut */
    tree_write(&t, "/etc/kubernetes/admin.conf", "half");
    assert_good(claim_area(&t.context, "kubernetes", evidence, &e), &e);
    tree_remove(&t);
}

static void test_somebody_elses(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, CONFIG(CLUSTER));
    tree_write(&t, "/etc/kubernetes/pki/ca.crt", "theirs");
    assert_int_equal(claim_area(&t.context, "kubernetes", evidence, &e), -EPERM);
    assert_non_null(strstr(e.message, "/etc/kubernetes/pki/ca.crt"));
    assert_false(tree_has(&t, STATE)); /* nothing was claimed */
    tree_remove(&t);
}

/* One area's claim says nothing about another. */
static void test_areas(void **state)
{
    static const char *const none[] = {"/var/lib/etcd/member", NULL};
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, CONFIG(CLUSTER));
    tree_write(&t, "/etc/kubernetes/admin.conf", "theirs");
    assert_good(claim_area(&t.context, "etcd", none, &e), &e);
    assert_int_equal(claim_area(&t.context, "kubernetes", evidence, &e), -EPERM);
    tree_remove(&t);
}

static void test_another_cluster(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, CONFIG(CLUSTER));
    tree_write(&t, STATE, "{\"version\":1,\"cluster\":\"" OTHER "\",\"areas\":[\"kubernetes\"]}");
    assert_int_equal(claim_area(&t.context, "kubernetes", evidence, &e), -EPERM);
    assert_non_null(strstr(e.message, OTHER));
    tree_write(&t, STATE, "{\"version\":2,\"cluster\":\"" CLUSTER "\",\"areas\":[]}");
    assert_int_equal(claim_area(&t.context, "kubernetes", evidence, &e), -EINVAL);
    tree_write(&t, STATE, "{"); /* a damaged claim is no claim of nobody's */
    assert_true(claim_area(&t.context, "kubernetes", evidence, &e) < 0);
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_machine),
        cmocka_unit_test(test_somebody_elses),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_another_cluster),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
