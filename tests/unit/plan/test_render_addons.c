/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

static void storage(void **state)
{
    struct made m = make_plan(
        GUIDE,
        "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\nceph_rbd_enabled: true\n"
        "ceph_rbd_monitors: '1.2.3.4:6789, 1.2.3.5:6789'\nceph_rbd_admin_secret: AQA==\n"
        "glusterfs_provisioner_enabled: true\nglusterfs_provisioner_resturl: http://h:8080\n"
        "jwt_admin_key: 123456\n",
        CLUSTER);
    json_t *one = config_of(&m, "node1");
    const json_t *objects = at(one, "/addons/1/objects");

    (void)state;
    assert_string_equal(text_at(one, "/addons/1/name"), "storage");
    assert_string_equal(text_at(objects, "/0/metadata/name"), "local");
    assert_string_equal(text_at(objects, "/0/provisioner"), "kubernetes.io/no-provisioner");
    assert_string_equal(text_at(objects, "/1/stringData/key"), "AQA==");
    assert_string_equal(text_at(objects, "/3/parameters/monitors"), "1.2.3.4:6789,1.2.3.5:6789");
    assert_string_equal(text_at(objects, "/3/parameters/imageFormat"), "2");
    assert_string_equal(text_at(objects, "/3/parameters/userId"), "admin");
    assert_string_equal(text_at(objects, "/4/stringData/key"), "123456");
    assert_string_equal(text_at(objects, "/5/parameters/gidMin"), "40000");
    json_decref(one);
    made_done(&m);
}

/* An addon by its name, NULL where there is none. */
static const json_t *addon(const json_t *config, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(at(config, "/addons"), i,
                       item) if (strcmp(text_at(item, "/name"), name) == 0) return item;
    return NULL;
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void addons_follow_the_artifacts(void **state)
{
    static const char images[] =
        "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\nseed_artifacts:\n"
        "- {name: dns, sha256: '" HEX "', size: 1, kind: image, image: 'k8s.gcr.io/coredns:1.7.0', "
        "image_id: 'sha256:" HEX "'}\n"
        "- {name: lvp, sha256: '" HEX "', size: 1, kind: image, image: "
        "'quay.io/external_storage/local-volume-provisioner:v2.3.4', image_id: 'sha256:" HEX "'}\n";
    struct made with = make_plan(GUIDE, images, CLUSTER),
                without = make_plan(GUIDE, QUIET, CLUSTER);
    json_t *a = config_of(&with, "node1"), *b = config_of(&without, "node1");

    (void)state;
    assert_true(plan_settings(with.plan)->has_dns);
    assert_false(plan_settings(without.plan)->has_dns);
    assert_non_null(addon(a, "kube-proxy"));
    assert_string_equal(text_at(addon(a, "coredns"), "/wait/path"),
                        "/apis/apps/v1/namespaces/kube-system/deployments/coredns");
    assert_non_null(addon(a, "local-volume-provisioner"));
    assert_non_null(addon(b, "kube-proxy"));
    assert_null(addon(b, "coredns"));
    assert_null(addon(b, "local-volume-provisioner"));
    assert_null(addon(b, "calico"));
    json_decref(a);
    json_decref(b);
    made_done(&with);
    made_done(&without);
}

static void calico(void **state)
{
    struct made m = make_plan(GUIDE,
                              "kube_pods_subnet: 10.233.64.0/18\nipip_mode: CrossSubnet\n"
                              "global_as_num: 64999\ncalico_pool_name: pods\n",
                              CLUSTER);
    json_t *one = config_of(&m, "node1"), *two = config_of(&m, "node2");
    const json_t *pool = addon(one, "calico-pool");

    (void)state;
    assert_non_null(addon(one, "calico"));
    assert_string_equal(text_at(pool, "/objects/0/metadata/name"), "pods");
    assert_string_equal(text_at(pool, "/objects/0/spec/cidr"), "10.233.64.0/18");
    assert_string_equal(text_at(pool, "/objects/0/spec/ipipMode"), "CrossSubnet");
    assert_int_equal(json_integer_value(at(pool, "/objects/1/spec/asNumber")), 64999);
    assert_int_equal(json_array_size(at(two, "/system/routes")), 0);
    json_decref(one);
    json_decref(two);
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storage),
        cmocka_unit_test(addons_follow_the_artifacts),
        cmocka_unit_test(calico),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
