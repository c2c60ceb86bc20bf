/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/plan/variables.h"

/* The table itself: every row is whole, names are unique, defaults pass their own checks, and an
 * old name has the kind of the name that it stands for. */
static void the_table_is_sound(void **state)
{
    struct error e = ERROR_INIT;
    unsigned id;

    (void)state;
    for (id = 0; id < VAR_COUNT; id++) {
        const struct variable *v = variable(id);

        assert_non_null(v->name);
        assert_non_null(v->description);
        assert_int_equal(variable_find(v->name), id);
        assert_int_equal((v->flags & VARIABLE_HOST) != 0, id <= VAR_HOST_LAST);
        assert_true(v->feature < VAR_COUNT);
        if (v->feature >= 0)
            assert_int_equal(variable((enum variable_id)v->feature)->type, TYPE_BOOL);
        if (v->otherwise) {
            json_t *value = json_string(v->otherwise);

            if (variable_check(v, value, &e) < 0)
                fail_msg("%s", e.message);
            json_decref(value);
        }
        if (v->flags & VARIABLE_OLD) {
            assert_true(id > 0);
            assert_int_equal(v->type, variable(id - 1)->type);
            assert_null(v->otherwise);
        }
    }
    assert_int_equal(variable_find("seed_nothing"), -1);
}

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Each row: kind of variable, JSON, good or not. */
static const struct {
    enum variable_id id;
    const char *json;
    bool good;
} cases[] = {
    {VAR_SEED_PREFIX,            "24",                                                 true },
    {VAR_SEED_PREFIX,            "\"24\"",                                             true },
    {VAR_SEED_PREFIX,            "0",                                                  false},
    {VAR_SEED_PREFIX,            "33",                                                 false},
    {VAR_SEED_PREFIX,            "24.5",                                               false},
    {VAR_SEED_PREFIX,            "[24]",                                               false},
    {VAR_SEED_PREFIX,            "null",                                               false},
    {VAR_SEED_BOOT,              "\"pxe\"",                                            true },
    {VAR_SEED_BOOT,              "\"px\"",                                             false},
    {VAR_SEED_BOOT,              "\"pxe|local\"",                                      false},
    {VAR_SEED_BOOT,              "\"\"",                                               false},
    {VAR_LOCAL_ENABLED,          "true",                                               true },
    {VAR_LOCAL_ENABLED,          "\"Yes\"",                                            true },
    {VAR_LOCAL_ENABLED,          "1",                                                  true },
    {VAR_LOCAL_ENABLED,          "2",                                                  false},
    {VAR_SEED_TIMEOUT_FACTOR,    "1.5",                                                true },
    {VAR_SEED_TIMEOUT_FACTOR,    "\"4\"",                                              true },
    {VAR_SEED_TIMEOUT_FACTOR,    "0.5",                                                false},
    {VAR_SEED_TIMEOUT_FACTOR,    "\"nan\"",                                            false},
    {VAR_SEED_ARM_WINDOW,        "\"1h30m\"",                                          true },
    {VAR_SEED_ARM_WINDOW,        "\"soon\"",                                           false},
    {VAR_IP,                     "\"192.168.0.10\"",                                   true },
    {VAR_IP,                     "\"fe80::1\"",                                        false},
    {VAR_IP,                     "\"node1\"",                                          false},
    {VAR_KUBE_PODS_SUBNET,       "\"10.0.0.0/8\"",                                     true },
    {VAR_KUBE_PODS_SUBNET,       "\"10.0.0.1/8\"",                                     false},
    {VAR_SEED_MAC,               "\"52-54-00-12-34-56\"",                              true },
    {VAR_SEED_MAC,               "\"01:00:5e:00:00:01\"",                              false},
    {VAR_SEED_UUID,              "\"00000000-0000-0000-0000-000000000000\"",           false},
    {VAR_SEED_SERIAL,            "\"VM-1234\"",                                        true },
    {VAR_SEED_DNS,               "\"1.1.1.1, 1.0.0.1\"",                               true },
    {VAR_SEED_DNS,               "[\"1.1.1.1\"]",                                      true },
    {VAR_SEED_DNS,               "[]",                                                 false},
    {VAR_SEED_DNS,               "[\"dns.example\"]",                                  false},
    {VAR_SEED_DATA_DISKS,        "[{\"match\": {\"serial\": \"a\\u0000b\"}}]",         false},
    {VAR_NODE_LABELS,            "{\"x\": \"a\\u0000b\"}",                             false},
    {VAR_KUBELET_CUSTOM_FLAGS,   "[\"--a=b\\u0000c\"]",                                false},
    {VAR_SEED_MTU,               "9000",                                               true },
    {VAR_SEED_MTU,               "575",                                                false},
    {VAR_SEED_MTU,               "9217",                                               false},
    {VAR_SEED_VLAN,              "4094",                                               true },
    {VAR_SEED_VLAN,              "0",                                                  false},
    {VAR_SEED_VLAN,              "4095",                                               false},
    {VAR_SEED_NTP,               "[\"ntp.example\"]",                                  true },
    {VAR_SEED_NTP,               "[\"NTP\"]",                                          false},
    {VAR_SEED_NTP,               "{\"a\": 1}",                                         false},
    {VAR_CEPH_MONITORS,          "\"1.2.3.4:6789,mon2:6789\"",                         true },
    {VAR_CEPH_MONITORS,          "\"1.2.3.4:0\"",                                      false},
    {VAR_KUBERNETES_VERSION,     "\"v1.20.2\"",                                        true },
    {VAR_KUBERNETES_VERSION,     "\"1.20\"",                                           false},
    {VAR_KUBERNETES_VERSION,     "1.2",                                                false},
    {VAR_KUBERNETES_VERSION,     "\"1.20.2-rc1\"",                                     false},
    {VAR_LOCAL_BASE_DIR,         "\"/mnt/disks\"",                                     true },
    {VAR_LOCAL_BASE_DIR,         "\"mnt\"",                                            false},
    {VAR_LOCAL_BASE_DIR,         "\"/\"",                                              false},
    {VAR_LOCAL_BASE_DIR,         "\"/a/../b\"",                                        false},
    {VAR_LOCAL_BASE_DIR,         "\"/a b\"",                                           false},
    {VAR_GLUSTER_URL,            "\"http://192.168.0.4:8080\"",                        true },
    {VAR_GLUSTER_URL,            "\"192.168.0.4:8080\"",                               false},
    {VAR_GLUSTER_URL,            "\"http://\"",                                        false},
    {VAR_GLUSTER_CLUSTER_ID,     "\"6a6792ed25405eaa6302da99f2f5e24b\"",               true },
    {VAR_GLUSTER_VOLUME_TYPE,    "\"disperse:4:2\"",                                   true },
    {VAR_GLUSTER_VOLUME_TYPE,    "\"disperse:4\"",                                     false},
    {VAR_GLUSTER_VOLUME_TYPE,    "\"replicate:0\"",                                    false},
    {VAR_JWT_ADMIN_KEY,          "123456",                                             true },
    {VAR_NODE_LABELS,            "\"a=b,example.com/c=\"",                             true },
    {VAR_NODE_LABELS,            "{\"a\": true}",                                      true },
    {VAR_NODE_LABELS,            "{\"a\": []}",                                        false},
    {VAR_NODE_LABELS,            "\"-a=b\"",                                           false},
    {VAR_NODE_LABELS,            "{\"kubernetes.io/x\": \"y\"}",                       true },
    {VAR_NODE_LABELS,            "{\"kubernetes.io/os\": \"y\"}",                      false},
    {VAR_NODE_LABELS,            "{\"x.node.kubernetes.io/y\": \"z\"}",                true },
    {VAR_NODE_TAINTS,            "[\"a=b:NoExecute\", \"c:PreferNoSchedule\"]",        true },
    {VAR_NODE_TAINTS,            "[\"a=b\"]",                                          false},
    {VAR_KUBELET_CUSTOM_FLAGS,   "\"--v=3 --a=b\"",                                    true },
    {VAR_KUBELET_CUSTOM_FLAGS,   "[\"v=3\"]",                                          false},
    {VAR_SEED_INSTALL_DISK,      "{\"by_id\": \"ata-X_1\"}",                           true },
    {VAR_SEED_INSTALL_DISK,      "\"/dev/sda\"",                                       false},
    {VAR_SEED_INSTALL_DISK,      "{\"serial\": \"A\", \"wwn\": \"B\"}",                false},
    {VAR_LOADBALANCER_APISERVER, "{\"address\": \"1.2.3.4\"}",                         true },
    {VAR_LOADBALANCER_APISERVER, "{\"address\": \"1.2.3.4\", \"port\": 0}",            false},
    {VAR_LOADBALANCER_APISERVER, "\"1.2.3.4:6443\"",                                   false},
    {VAR_SEED_ARTIFACTS,         "[{\"name\": \"a\"}]",                                false},
    {VAR_SEED_ARTIFACTS,         "{}",                                                 false},
    {VAR_SEED_DATA_DISKS,        "[{\"match\": {\"serial\": \"A\"}, \"volumes\": 2}]", true },
    {VAR_SEED_DATA_DISKS,        "[{\"match\": {\"serial\": \"A\"}, \"volumes\": 0}]", false},
    {VAR_SEED_DATA_DISKS,        "[{\"match\": {\"serial\": \"../x\"}}]",              false},
    {VAR_DNS_DOMAIN,             "\"{{ cluster_name }}\"",                             false},
    {VAR_KUBE_IMAGE_REPO,        "\"registry.aliyuncs.com/google_containers\"",        true },
    {VAR_KUBE_IMAGE_REPO,        "\"localhost:5000\"",                                 true },
    {VAR_KUBE_IMAGE_REPO,        "\"10.0.0.1:5000/k8s\"",                              true },
    {VAR_KUBE_IMAGE_REPO,        "\"https://k8s.gcr.io\"",                             false},
    {VAR_KUBE_IMAGE_REPO,        "\"k8s.gcr.io/\"",                                    false},
    {VAR_KUBE_IMAGE_REPO,        "\"registry:port\"",                                  false},
    {VAR_KUBE_IMAGE_REPO,        "\"registry:\"",                                      false},
    {VAR_QUAY_IMAGE_REPO,        "\"mirror\"",                                         false},
    {VAR_QUAY_IMAGE_REPO,        "\"-a.b\"",                                           false},
    {VAR_CALICO_NODE_IMAGE_REPO, "\"registry.local/calico/node\"",                     true },
    {VAR_CALICO_NODE_IMAGE_REPO, "\"registry.local\"",                                 false},
    {VAR_CALICO_NODE_IMAGE_REPO, "\"calico/node\"",                                    false},
    {VAR_CALICO_NODE_IMAGE_REPO, "\"registry.local/calico/node:v3\"",                  false},
    {VAR_CALICO_NODE_IMAGE_REPO, "\"registry.local/Calico/node\"",                     false},
    {VAR_CALICO_NODE_IMAGE_REPO, "\"registry.local//node\"",                           false},
    {VAR_CALICO_NODE_IMAGE_REPO, "\"registry.local/node@sha256\"",                     false},
    {VAR_CALICO_NODE_IMAGE_TAG,  "\"v3.17.1\"",                                        true },
    {VAR_CALICO_NODE_IMAGE_TAG,  "\"-v3\"",                                            false},
    {VAR_CALICO_NODE_IMAGE_TAG,  "\"v3:1\"",                                           false},
    {VAR_CALICO_NODE_DIGEST,     "\"" SHA256 "\"",                                     true },
    {VAR_CALICO_NODE_DIGEST,     "\"sha256:" SHA256 "\"",                              false},
    {VAR_CALICO_NODE_DIGEST,     "\"" SHA256 "0\"",                                    false},
    {VAR_CALICO_NODE_DIGEST,     "\"DEADBEEF\"",                                       false},
};

static void values(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        struct error e = ERROR_INIT;
        int r;

        assert_non_null(value);
        r = variable_check(variable(cases[i].id), value, &e);
        if ((r == 0) != cases[i].good || (r < 0 && !e.message[0]))
            fail_msg("%s: %s is %s: %s", variable(cases[i].id)->name, cases[i].json,
                     r == 0 ? "accepted" : "refused", e.message);
        json_decref(value);
    }
}

static void nearest(void **state)
{
    (void)state;
    assert_string_equal(variable_nearest("seed_artefacts"), "seed_artifacts");
    assert_null(variable_nearest("seed_zzzzzzzzzzzzzz"));
}

static void placeholders(void **state)
{
    json_t *list = json_pack("[s, {s:s}]", "a", "x", "SHOULD_BE_REPLACED");

    (void)state;
    assert_string_equal(value_placeholder(list), "SHOULD_BE_REPLACED");
    json_decref(list);
    list = json_pack("[s, i]", "should be replaced", 1);
    assert_null(value_placeholder(list));
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(values),
        cmocka_unit_test(nearest),
        cmocka_unit_test(placeholders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
