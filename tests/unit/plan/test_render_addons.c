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

/* The object of that kind and name in an addon; fails the test where there is none. */
static const json_t *object(const json_t *config, const char *in, const char *kind,
                            const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(at(addon(config, in), "/objects"), i, item)
    {
        if (strcmp(text_at(item, "/kind"), kind) == 0 &&
            strcmp(text_at(item, "/metadata/name"), name) == 0)
            return item;
    }
    fail_msg("%s: no %s %s", in, kind, name);
    return NULL;
}

/* A container's variables as "NAME=value\n…"; of those that are a field's, the field's path. */
static const char *env_of(const json_t *container, struct buf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach(at(container, "/env"), i, item)
    {
        const char *value = json_string_value(json_object_get(item, "value"));

        buf_addf(out, "%s=%s\n", text_at(item, "/name"),
                 value ? value : text_at(item, "/valueFrom/fieldRef/fieldPath"));
    }
    assert_int_equal(buf_check(out), 0);
    return out->data;
}

/* kubespray's defaults, in what its variables become. */
static void calico_has_kubesprays_defaults(void **state)
{
    struct made m = make_plan(GUIDE, "kube_pods_subnet: 10.233.64.0/18\n", CLUSTER),
                set = make_plan(GUIDE,
                                "kube_pods_subnet: 10.233.64.0/18\ncalico_mtu: 1400\n"
                                "calico_endpoint_to_host_action: DROP\n",
                                CLUSTER);
    json_t *one = config_of(&m, "node1"), *other = config_of(&set, "node1"), *network;
    _cleanup_buf_ struct buf env = BUF_INIT(4096), changed = BUF_INIT(4096);
    const json_t *pool = object(one, "calico-pool", "IPPool", "default-pool");
    const json_t *bgp = object(one, "calico-pool", "BGPConfiguration", "default");
    const json_t *node =
        at(object(one, "calico", "DaemonSet", "calico-node"), "/spec/template/spec/containers/0");

    (void)state;
    assert_string_equal(text_at(pool, "/spec/cidr"), "10.233.64.0/18");
    assert_string_equal(text_at(pool, "/spec/ipipMode"), "Always");
    assert_string_equal(text_at(pool, "/spec/vxlanMode"), "Never");
    assert_true(json_is_true(at(pool, "/spec/natOutgoing")));
    assert_string_equal(text_at(pool, "/spec/nodeSelector"), "all()");
    assert_int_equal(json_integer_value(at(pool, "/spec/blockSize")), 24);
    assert_int_equal(json_integer_value(at(bgp, "/spec/asNumber")), 64512);
    assert_true(json_is_true(at(bgp, "/spec/nodeToNodeMeshEnabled")));
    assert_string_equal(env_of(node, &env), "DATASTORE_TYPE=kubernetes\n"
                                            "WAIT_FOR_DATASTORE=true\n"
                                            "NODENAME=spec.nodeName\n"
                                            "CALICO_NETWORKING_BACKEND=bird\n"
                                            "CLUSTER_TYPE=k8s,bgp\n"
                                            "IP=status.hostIP\n"
                                            "NO_DEFAULT_POOLS=true\n"
                                            "FELIX_IPINIPMTU=1440\n"
                                            "CALICO_DISABLE_FILE_LOGGING=true\n"
                                            "FELIX_DEFAULTENDPOINTTOHOSTACTION=RETURN\n"
                                            "FELIX_IPV6SUPPORT=false\n"
                                            "FELIX_LOGSEVERITYSCREEN=info\n"
                                            "FELIX_HEALTHENABLED=true\n");
    assert_string_equal(text_at(node, "/resources/requests/cpu"), "150m");
    assert_string_equal(text_at(node, "/resources/requests/memory"), "64M");
    assert_null(json_object_get(at(node, "/resources"), "limits"));
    network = json_loads(
        text_at(object(one, "calico", "ConfigMap", "calico-config"), "/data/cni_network_config"), 0,
        NULL);
    assert_int_equal(json_integer_value(at(network, "/plugins/0/mtu")), 1440);
    assert_string_equal(text_at(network, "/plugins/0/ipam/type"), "calico-ipam");
    json_decref(network);

    node =
        at(object(other, "calico", "DaemonSet", "calico-node"), "/spec/template/spec/containers/0");
    assert_non_null(strstr(env_of(node, &changed), "\nFELIX_DEFAULTENDPOINTTOHOSTACTION=DROP\n"));
    assert_non_null(strstr(changed.data, "\nFELIX_IPINIPMTU=1400\n"));
    json_decref(one);
    json_decref(other);
    made_done(&m);
    made_done(&set);
    assert_refused(GUIDE, "kube_pods_subnet: 10.233.64.0/18\ncalico_endpoint_to_host_action: No\n",
                   "calico_endpoint_to_host_action: expected one of RETURN|ACCEPT|DROP");
}

/* The mount of a volume in a container, by the volume's name. */
static const json_t *mount_of(const json_t *container, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(at(container, "/volumeMounts"), i, item)
    {
        if (strcmp(text_at(item, "/name"), name) == 0)
            return item;
    }
    fail_msg("no mount of %s", name);
    return NULL;
}

/* sig-storage-local-static-provisioner's own documentation says what each of these is for. */
static void assert_static_provisioner(const char *vars, const char *class, const char *folder)
{
    static const char image[] =
        "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n"
        "seed_data_disks: [{match: {serial: A}}]\nseed_artifacts:\n"
        "- {name: lvp, sha256: '" HEX "', size: 1, kind: image, image: "
        "'quay.io/external_storage/local-volume-provisioner:v2.3.4', image_id: 'sha256:" HEX "'}\n";
    static const char lvp[] = "local-volume-provisioner";
    _cleanup_buf_ struct buf text = BUF_INIT(4096), env = BUF_INIT(4096);
    const json_t *data, *pod, *container, *role, *entry;
    struct made m;
    json_t *config, *classes;

    buf_addf(&text, "%s%s", image, vars);
    m = make_plan(GUIDE, text.data, CLUSTER);
    config = config_of(&m, "node1");
    data = at(object(config, lvp, "ConfigMap", lvp), "/data");
    assert_string_equal(text_at(data, "/useNodeNameOnly"), "true");
    classes = json_loads(text_at(data, "/storageClassMap"), 0, NULL);
    assert_int_equal(json_object_size(classes), 1);
    entry = json_object_get(classes, class);
    assert_string_equal(text_at(entry, "/hostDir"), folder);
    assert_string_equal(text_at(entry, "/mountDir"), folder);
    assert_string_equal(text_at(entry, "/volumeMode"), "Filesystem");
    assert_string_equal(text_at(entry, "/fsType"), "ext4");
    assert_string_equal(text_at(entry, "/blockCleanerCommand/0"), "/scripts/quick_reset.sh");
    json_decref(classes);

    pod = at(object(config, lvp, "DaemonSet", lvp), "/spec/template/spec");
    container = at(pod, "/containers/0");
    assert_string_equal(text_at(pod, "/serviceAccountName"), lvp);
    assert_true(json_is_true(at(container, "/securityContext/privileged")));
    assert_string_equal(env_of(container, &env),
                        "MY_NODE_NAME=spec.nodeName\nMY_NAMESPACE=metadata.namespace\n"
                        "JOB_CONTAINER_IMAGE=quay.io/external_storage/"
                        "local-volume-provisioner:v2.3.4\n");
    assert_string_equal(text_at(mount_of(container, "config"), "/mountPath"),
                        "/etc/provisioner/config");
    assert_string_equal(text_at(mount_of(container, "dev"), "/mountPath"), "/dev");
    assert_string_equal(text_at(mount_of(container, "disks"), "/mountPath"), folder);
    assert_string_equal(text_at(mount_of(container, "disks"), "/mountPropagation"),
                        "HostToContainer");
    assert_string_equal(text_at(pod, "/volumes/0/configMap/name"), lvp);
    assert_string_equal(text_at(pod, "/volumes/1/hostPath/path"), "/dev");
    assert_string_equal(text_at(pod, "/volumes/2/hostPath/path"), folder);

    role = object(config, lvp, "ClusterRole", "local-volume-provisioner:nodes");
    assert_string_equal(text_at(role, "/rules/0/resources/0"), "nodes");
    assert_string_equal(text_at(role, "/rules/0/verbs/0"), "get");
    assert_string_equal(
        text_at(object(config, lvp, "ClusterRoleBinding", "local-volume-provisioner:volumes"),
                "/roleRef/name"),
        "system:persistent-volume-provisioner");
    assert_string_equal(
        text_at(object(config, lvp, "ClusterRoleBinding", "local-volume-provisioner:nodes"),
                "/roleRef/name"),
        "local-volume-provisioner:nodes");

    /* Disks are mounted where it looks. */
    assert_memory_equal(text_at(config, "/disks/0/mount"), folder, strlen(folder));
    assert_string_equal(text_at(config, "/disks/0/mount") + strlen(folder) + 1,
                        text_at(config, "/disks/0/uuid"));
    assert_null(json_object_get(config, "volumes"));
    json_decref(config);
    made_done(&m);
}

static void static_provisioner(void **state)
{
    (void)state;
    assert_static_provisioner("", "local", "/mnt/disks");
    assert_static_provisioner("local_volume_provisioner_base_dir: /srv/volumes\n"
                              "local_volume_provisioner_storage_class: local-storage\n",
                              "local-storage", "/srv/volumes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(storage),
        cmocka_unit_test(addons_follow_the_artifacts),
        cmocka_unit_test(calico),
        cmocka_unit_test(calico_has_kubesprays_defaults),
        cmocka_unit_test(static_provisioner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
