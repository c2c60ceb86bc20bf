/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"

static const char VARS[] = "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/22\n";

static const struct plan_host *host(const struct made *m, const char *name)
{
    if (!m->plan)
        fail_msg("refused: %s", m->problems);
    return plan_host(m->plan, plan_find_host(m->plan, name));
}

static const char *added(const struct made *m, const char *key)
{
    const char *k, *v;
    size_t i;

    for (i = 0; plan_added_allotment(m->plan, i, &k, &v); i++)
        if (strcmp(k, key) == 0)
            return v;
    return NULL;
}

static void a_new_cluster(void **state)
{
    struct made m = make_plan(GUIDE, VARS, NULL);

    (void)state;
    assert_string_equal(host(&m, "node1")->pod_cidr, "10.233.64.0/24");
    assert_string_equal(host(&m, "node3")->pod_cidr, "10.233.66.0/24");
    assert_string_equal(host(&m, "node1")->etcd_member, "etcd1");
    assert_null(host(&m, "node2")->etcd_member);
    assert_true(host(&m, "node1")->init_master);
    assert_string_equal(added(&m, "alloc/pod-cidr/node2"), "10.233.65.0/24");
    assert_string_equal(added(&m, "alloc/etcd-member/node1"), "etcd1");
    assert_string_equal(added(&m, "cluster/init-master"), "node1");
    assert_string_equal(added(&m, "cluster/id"), plan_cluster_id(m.plan));
    made_done(&m);
}

static void what_is_stored_stays(void **state)
{
    static const char *const stored[] = {"cluster/id",
                                         "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
                                         "cluster/init-master",
                                         "node1",
                                         "alloc/pod-cidr/node1",
                                         "10.233.67.0/24",
                                         "alloc/pod-cidr/gone",
                                         "10.233.64.0/24",
                                         "alloc/etcd-member/node1",
                                         "etcd7",
                                         NULL};
    struct made m = make_plan(GUIDE, VARS, stored);
    const char *k, *v;
    size_t n = 0;

    (void)state;
    assert_string_equal(plan_cluster_id(m.plan), stored[1]);
    assert_string_equal(host(&m, "node1")->pod_cidr, "10.233.67.0/24");
    assert_string_equal(host(&m, "node1")->etcd_member, "etcd7");
    /* The lowest free ones: never that of a host that left. */
    assert_string_equal(host(&m, "node2")->pod_cidr, "10.233.65.0/24");
    assert_string_equal(host(&m, "node3")->pod_cidr, "10.233.66.0/24");
    while (plan_added_allotment(m.plan, n, &k, &v))
        n++;
    assert_int_equal(n, 2);
    made_done(&m);
}

static void no_room_left(void **state)
{
    static const char *const stored[] = {"alloc/pod-cidr/gone", "10.233.64.0/24",
                                         "alloc/pod-cidr/gone2", "10.233.65.0/24", NULL};
    struct made m = make_plan(GUIDE, VARS, stored);

    (void)state;
    assert_int_equal(m.result, -EINVAL);
    assert_non_null(strstr(m.problems, "hosts.ini:4: node3: every network of kube_pods_subnet"));
    made_done(&m);
}

static void a_changed_pod_network(void **state)
{
    static const char *const stored[] = {"alloc/pod-cidr/node1", "10.1.0.0/24", NULL};
    struct made m = make_plan(GUIDE, VARS, stored);

    (void)state;
    assert_int_equal(m.result, -EINVAL);
    assert_non_null(strstr(m.problems, "node1 was allotted 10.1.0.0/24"));
    made_done(&m);
}

static const char THREE[] =
    "[all]\na ip=1.0.0.1\nb ip=1.0.0.2 etcd_member_name=etcd1\nc ip=1.0.0.3\n"
    "[etcd]\na\nb\nc\n[kube-master]\na\n[kube-node]\na\n[all:vars]\n"
    "seed_gateway=1.0.0.9\n";

static void member_names(void **state)
{
    static const char *const renamed[] = {"alloc/etcd-member/b", "etcd9", NULL};
    struct made m = make_plan(THREE, VARS, NULL);

    (void)state;
    assert_string_equal(host(&m, "a")->etcd_member, "etcd2"); /* etcd1 is taken by b's own wish */
    assert_string_equal(host(&m, "b")->etcd_member, "etcd1");
    assert_string_equal(host(&m, "c")->etcd_member, "etcd3");
    made_done(&m);
    m = make_plan(THREE, VARS, renamed);
    assert_int_equal(m.result, -EINVAL);
    assert_non_null(
        strstr(m.problems, "hosts.ini:3: b: etcd_member_name etcd1, but it joined as etcd9"));
    made_done(&m);
}

static void the_init_master_left(void **state)
{
    static const char *const stored[] = {"cluster/init-master", "gone", NULL};
    struct made m = make_plan(GUIDE, VARS, stored);

    (void)state;
    assert_true(host(&m, "node1")->init_master);
    assert_non_null(strstr(m.problems, "gone began this cluster and is no master any more"));
    assert_null(added(&m, "cluster/init-master"));
    made_done(&m);
}

static void lookups(void **state)
{
    struct made m = make_plan("[all]\na ip=1.0.0.1 seed_mac=52:54:00:AA:00:01 seed_serial=S1 "
                              "seed_uuid=6BA7B810-9dad-11d1-80b4-00c04fd430c8\nx ip=1.0.0.7\n"
                              "[etcd]\na\n[kube-master]\na\n[kube-node]\na\n",
                              "kube_network_plugin: bridge\n", NULL);
    size_t n;

    (void)state;
    assert_non_null(m.plan);
    assert_int_equal(plan_host_count(m.plan), 1); /* x has no role */
    assert_int_equal(plan_find_by_mac(m.plan, "52:54:00:aa:00:01"), 0);
    assert_int_equal(plan_find_by_serial(m.plan, "S1"), 0);
    assert_int_equal(plan_find_by_uuid(m.plan, "6ba7b810-9dad-11d1-80b4-00c04fd430c8"), 0);
    assert_true(plan_find_host(m.plan, "x") == SIZE_MAX);
    assert_true(plan_find_by_mac(m.plan, "52:54:00:aa:00:02") == SIZE_MAX);
    assert_int_equal(plan_role_hosts(m.plan, ROLE_NODE, &n)[0], 0);
    assert_int_equal(n, 1);
    assert_null(plan_host(m.plan, 1));
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_cluster), cmocka_unit_test(what_is_stored_stays),
        cmocka_unit_test(no_room_left),  cmocka_unit_test(a_changed_pod_network),
        cmocka_unit_test(member_names),  cmocka_unit_test(the_init_master_left),
        cmocka_unit_test(lookups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
