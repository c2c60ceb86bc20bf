/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/pyvalue.h"
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

            if (variable_check(v, value, VALUE_YAML, &e) < 0)
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
    {VAR_LOCAL_BASE_DIR,         "\"/a/./b\"",                                         false},
    {VAR_LOCAL_BASE_DIR,         "\"/a/.\"",                                           false},
    {VAR_LOCAL_BASE_DIR,         "\"/a/\"",                                            false},
    {VAR_LOCAL_BASE_DIR,         "\"/a//b\"",                                          false},
    {VAR_LOCAL_BASE_DIR,         "\"/a/.b\"",                                          true },
    {VAR_LOCAL_BASE_DIR,         "\"/srv/disks\"",                                     true },
    {VAR_LOCAL_BASE_DIR,         "\"/etcd\"",                                          true },
    {VAR_LOCAL_BASE_DIR,         "\"/var/lib/etcd-data\"",                             true },
    {VAR_LOCAL_BASE_DIR,         "\"/home/disks\"",                                    true },
    {VAR_GLUSTER_URL,            "\"http://192.168.0.4:8080\"",                        true },
    {VAR_GLUSTER_URL,            "\"192.168.0.4:8080\"",                               false},
    {VAR_GLUSTER_URL,            "\"http://\"",                                        false},
    {VAR_GLUSTER_URL,            "\"http://a:1\\n\"",                                  false},
    {VAR_GLUSTER_URL,            "\"http://a\\u007f\"",                                false},
    {VAR_GLUSTER_URL,            "\"http://a\\u0001b\"",                               false},
    {VAR_GLUSTER_URL,            "\"http://\\u00e4\"",                                 false},
    {VAR_GLUSTER_URL,            "\"http://[fd00::1]:8080/x?y=%20\"",                  true },
    {VAR_GLUSTER_CLUSTER_ID,     "\"6a6792ed25405eaa6302da99f2f5e24b\"",               true },
    {VAR_GLUSTER_VOLUME_TYPE,    "\"disperse:4:2\"",                                   true },
    {VAR_GLUSTER_VOLUME_TYPE,    "\"disperse:4\"",                                     false},
    {VAR_GLUSTER_VOLUME_TYPE,    "\"replicate:0\"",                                    false},
    {VAR_JWT_ADMIN_KEY,          "123456",                                             true },
    {VAR_NODE_LABELS,            "\"a=b,example.com/c=\"",                             true },
    {VAR_NODE_LABELS,            "{\"a\": true}",                                      false},
    {VAR_IP,                     "\"127.0.0.1\"",                                      false},
    {VAR_IP,                     "\"0.0.0.0\"",                                        false},
    {VAR_IP,                     "\"224.0.0.1\"",                                      false},
    {VAR_IP,                     "\"255.255.255.255\"",                                false},
    {VAR_IP,                     "\"223.255.255.254\"",                                true },
    {VAR_SEED_GATEWAY,           "\"127.0.0.1\"",                                      false},
    {VAR_ACCESS_IP,              "\"240.0.0.1\"",                                      false},
    {VAR_SEED_DNS,               "[\"127.0.0.53\"]",                                   true },
    {VAR_SEED_DNS,               "[\"0.0.0.0\"]",                                      false},
    {VAR_LOCAL_NAMESPACE,        "\"kube-system\"",                                    true },
    {VAR_LOCAL_NAMESPACE,        "\"kube.system\"",                                    false},
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
    {VAR_LOADBALANCER_APISERVER, "{\"address\": \"1.2.3.4\", \"prot\": 8443}",         false},
    {VAR_LOADBALANCER_APISERVER, "{\"address\": \"127.0.0.1\"}",                       false},
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
        r = variable_check(variable(cases[i].id), value, VALUE_INI, &e);
        if ((r == 0) != cases[i].good || (r < 0 && !e.message[0]))
            fail_msg("%s: %s is %s: %s", variable(cases[i].id)->name, cases[i].json,
                     r == 0 ? "accepted" : "refused", e.message);
        json_decref(value);
    }
}

/* Each row: the same text without quotes, and whether it is taken from hosts.ini and from YAML. */
static const struct {
    enum variable_id id;
    const char *json;
    bool ini, yaml;
} readings[] = {
    {VAR_SEED_SERIAL,           "\"0123456\"",       true,  true },
    {VAR_SEED_SERIAL,           "123456",            true,  false},
    {VAR_SEED_SERIAL,           "5e10",              false, false},
    {VAR_SEED_SERIAL,           "true",              false, false},
    {VAR_SEED_MAC,              "525400000001",      true,  false},
    {VAR_JWT_ADMIN_KEY,         "123456",            true,  true },
    {VAR_JWT_ADMIN_KEY,         "1.5",               false, false},
    {VAR_JWT_ADMIN_KEY,         "true",              false, false},
    {VAR_NODE_LABELS,           "{\"a\": \"1.10\"}", true,  true },
    {VAR_NODE_LABELS,           "{\"a\": 8}",        true,  false},
    {VAR_NODE_LABELS,           "{\"a\": 1.1}",      false, false},
    {VAR_NODE_LABELS,           "{\"a\": true}",     false, false},
    {VAR_CALICO_NODE_IMAGE_TAG, "1.1",               false, false},
    {VAR_CEPH_POOL,             "8",                 true,  false},
    {VAR_DNS_DOMAIN,            "1.1",               false, false},
    {VAR_LOCAL_NAMESPACE,       "8",                 true,  false},
    {VAR_KUBE_IMAGE_REPO,       "1.1",               false, false},
    {VAR_SEED_NTP,              "[\"a\", 1.1]",      false, false},
    {VAR_SEED_NTP,              "1.1",               false, false},
    {VAR_SEED_NTP,              "[true]",            false, false},
    {VAR_KUBELET_MAX_PODS,      "110",               true,  true },
    {VAR_LOCAL_ENABLED,         "true",              true,  true },
};

static void how_it_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(readings); i++)
        for (unsigned yaml = 0; yaml < 2; yaml++) {
            json_t *value = json_loads(readings[i].json, JSON_DECODE_ANY, NULL);
            bool good = yaml ? readings[i].yaml : readings[i].ini;
            struct error e = ERROR_INIT;
            int r;

            r = variable_check(variable(readings[i].id), value, yaml ? VALUE_YAML : VALUE_INI, &e);
            if ((r == 0) != good || (r < 0 && !strstr(e.message, "write it in quotes")))
                fail_msg("%s: %s, %s: %d: %s", variable(readings[i].id)->name, readings[i].json,
                         yaml ? "yaml" : "ini", r, e.message);
            json_decref(value);
        }
}

/* A number that ends nowhere, as the inventory holds it (pyvalue.h). */
static void a_wrapped_number(void **state)
{
    json_t *value = pyvalue_float(HUGE_VAL);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(variable_check(variable(VAR_SEED_SERIAL), value, VALUE_INI, &e), -EINVAL);
    assert_string_equal(e.message,
                        "seed_serial is read as a number, which changes it: write it in "
                        "quotes, seed_serial='\"…\"' on a host's line, seed_serial=\"…\" below "
                        "[GROUP:vars]");
    assert_int_equal(variable_check(variable(VAR_SEED_PREFIX), value, VALUE_INI, &e), -EINVAL);
    assert_non_null(strstr(e.message, "not a number that has no end"));
    assert_int_equal(variable_check(variable(VAR_GLUSTER_CLUSTER_ID), value, VALUE_INI, &e),
                     -EINVAL);
    assert_non_null(
        strstr(e.message, "a value is read as a number, which changes it: write it in"));
    json_decref(value);
}

/* Folders that are somebody's already, for both variables that name one of ours. */
static void folders(void **state)
{
    static const char *const taken[] = {
        "/bin",     "/boot",         "/boot/efi",  "/dev",     "/dev/disk",
        "/etc",     "/etc/etcd",     "/home",      "/lib",     "/lib64",
        "/media",   "/mnt",          "/opt",       "/opt/cni", "/opt/cni/bin",
        "/proc",    "/root",         "/root/etcd", "/run",     "/run/etcd",
        "/sbin",    "/srv",          "/sys",       "/tmp",     "/tmp/etcd",
        "/usr",     "/usr/share",    "/var",       "/var/lib", "/var/lib/kubelet",
        "/var/log", "/var/lib/dpkg", "/var/run",   "/var/tmp", "/var/lib/kubelet/pods"};
    static const enum variable_id ids[] = {VAR_ETCD_DATA_DIR, VAR_LOCAL_BASE_DIR};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
        for (size_t k = 0; k < ARRAY_SIZE(ids); k++) {
            json_t *value = json_string(taken[i]);
            struct error e = ERROR_INIT;

            if (variable_check(variable(ids[k]), value, VALUE_YAML, &e) == 0 ||
                !strstr(e.message, "is the system's"))
                fail_msg("%s: %s", taken[i], e.message);
            json_decref(value);
        }
}

static void meant(void **state)
{
    (void)state;
    assert_string_equal(variable_meant("kube_pod_subnet"), "kube_pods_subnet");
    assert_string_equal(variable_meant("ceph_rdb_enabled"), "ceph_rbd_enabled");
    assert_string_equal(variable_meant("kubernets_version"), "kubernetes_version");
    assert_string_equal(variable_meant("node_lables"), "node_labels");
    assert_string_equal(variable_meant("acess_ip"), "access_ip");
    assert_null(variable_meant("id"));
    assert_null(variable_meant("ntp_server")); /* two from nfs_server, and another thing */
    assert_null(variable_meant("ansible_port"));
    assert_null(variable_meant("local_volume_provisioner_storage_classes"));
    assert_null(variable_meant("kubelet_version"));
    assert_null(variable_meant("kube_apiserver_ip"));
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
        cmocka_unit_test(how_it_is_read),
        cmocka_unit_test(a_wrapped_number),
        cmocka_unit_test(folders),
        cmocka_unit_test(meant),
        cmocka_unit_test(nearest),
        cmocka_unit_test(placeholders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
