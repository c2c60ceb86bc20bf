/* SPDX-License-Identifier: Apache-2.0 */
#include "make_plan.h"
#include "tests/unit/test.h"

/* What storage classes need of a node's OS: told to its preflight, and to cloud-init. */

#define CEPH                                                                                       \
    "ceph_rbd_enabled: true\nceph_rbd_monitors: [1.2.3.4:6789]\nceph_rbd_admin_secret: AQA==\n"    \
    "ceph_rbd_storage_class: fast\n"
#define GLUSTER                                                                                    \
    "glusterfs_provisioner_enabled: true\nglusterfs_provisioner_resturl: http://h:8080\n"          \
    "jwt_admin_key: k\n"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PLAIN "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n"
/* An etcd host that runs no pods. */
#define HOSTS                                                                                      \
    "[all]\nnode1 ip=192.168.0.10\nnode2 ip=192.168.0.20\n[kube-master]\nnode1\n[kube-node]\n"     \
    "node1\n[etcd]\nnode2\n[all:vars]\nseed_gateway=192.168.0.1\n"

#define DISKS(more) "seed_data_disks: [{match: {serial: A}, " more "}]\n"

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

/* "class program package module;…" of a host, and its modules "a b …". */
static void assert_told(const char *vars, const char *host, const char *clients,
                        const char *modules)
{
    struct made m = make_plan(HOSTS, vars, CLUSTER);
    _cleanup_buf_ struct buf have = BUF_INIT(4096), names = BUF_INIT(4096);
    json_t *config = config_of(&m, host);
    const json_t *preflight = at(config, "/preflight"), *item, *program;
    size_t i;

    json_array_foreach(json_object_get(preflight, "clients"), i, item)
    {
        program = json_object_get(item, "program");
        buf_addf(&have, "%s %s %s %s;", text_at(item, "/class"),
                 program ? json_string_value(program) : "-", text_at(item, "/package"),
                 text_at(item, "/module"));
    }
    json_array_foreach(at(preflight, "/modules"), i, item)
        buf_addf(&names, "%s%s", i ? " " : "", json_string_value(item));
    assert_string_equal(have.data ? have.data : "", clients);
    assert_string_equal(names.data ? names.data : "", modules);
    assert_true(json_equal(at(preflight, "/modules"), at(config, "/system/modules")));
    json_decref(config);
    made_done(&m);
}

static void preflight_is_told(void **state)
{
    static const char artifact[] =
        PLAIN CEPH "seed_artifacts:\n- {name: rbd, sha256: '" HEX
                   "', size: 1, kind: binary, path: /usr/local/bin/rbd}\n";

    (void)state;
    assert_told(PLAIN, "node1", "", "overlay br_netfilter");
    assert_told(PLAIN CEPH, "node1", "fast rbd ceph-common rbd;", "overlay br_netfilter rbd");
    assert_told(PLAIN GLUSTER, "node1", "glusterfs mount.glusterfs glusterfs-client fuse;",
                "overlay br_netfilter fuse");
    assert_told(PLAIN CEPH GLUSTER, "node1",
                "fast rbd ceph-common rbd;glusterfs mount.glusterfs glusterfs-client fuse;",
                "overlay br_netfilter rbd fuse");
    assert_told(PLAIN CEPH GLUSTER, "node2", "", "");
    /* The kubelet makes the file system of a new image; a CSI driver's own programs do. */
    assert_told(PLAIN CEPH "ceph_rbd_fsType: xfs\n", "node1",
                "fast rbd ceph-common rbd;fast mkfs.xfs xfsprogs xfs;",
                "overlay br_netfilter rbd xfs");
    assert_told(PLAIN CEPH "ceph_rbd_fsType: xfs\nseed_ceph_rbd_provisioner: rbd.csi.ceph.com\n"
                           "seed_ceph_rbd_cluster_id: c1\n",
                "node1", "fast - ceph-common rbd;fast - xfsprogs xfs;",
                "overlay br_netfilter rbd xfs");
    assert_told(PLAIN "ceph_rbd_fsType: xfs\n", "node1", "", "overlay br_netfilter");
    /* Artifacts come after preflight. */
    assert_told(artifact, "node1", "fast - ceph-common rbd;", "overlay br_netfilter rbd");
}

static void assert_installs(const char *vars, const char *name, const char *packages)
{
    struct made m = make_plan(HOSTS, vars, CLUSTER);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    json_t *have, *want = packages ? json_loads(packages, 0, NULL) : NULL, *root;

    assert_true(m.plan != NULL);
    assert_good(plan_render_user_data(m.plan, name, NULL, &out, NULL, &e), &e);
    assert_good(json_parse(out.data + 14, out.len - 14, out.len, &root, &e), &e);
    have = json_object_get(root, "packages");
    assert_true(have == want || json_equal(have, want));
    json_decref(want);
    json_decref(root);
    made_done(&m);
}

static void cloud_init_installs(void **state)
{
    (void)state;
    assert_installs(PLAIN, "node1", NULL);
    assert_installs(PLAIN CEPH, "node1", "[\"ceph-common\"]");
    assert_installs(PLAIN CEPH GLUSTER, "node1", "[\"ceph-common\", \"glusterfs-client\"]");
    assert_installs(PLAIN CEPH GLUSTER "seed_storage_clients: check\n", "node1", NULL);
    assert_installs(PLAIN CEPH "ceph_rbd_fsType: xfs\n", "node1",
                    "[\"ceph-common\", \"xfsprogs\"]");
    assert_installs(PLAIN DISKS("fs: xfs"), "node1", "[\"xfsprogs\"]");
    assert_installs(PLAIN DISKS("volumes: [{fs: ext4}, {fs: xfs}]"), "node1", "[\"xfsprogs\"]");
    assert_installs(PLAIN DISKS("volumes: 2, fs: ext4"), "node1", NULL);
    /* The document is the same for whoever asks. */
    assert_installs(PLAIN CEPH, "node2", "[\"ceph-common\"]");
    assert_installs(PLAIN CEPH, "stranger", "[\"ceph-common\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preflight_is_told),
        cmocka_unit_test(cloud_init_installs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
