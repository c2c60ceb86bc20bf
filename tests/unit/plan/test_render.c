/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"
#include "seed-server/plan/model.h"

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};

static char *rendered(const struct made *m, const char *host)
{
    struct buf out = BUF_INIT(1 << 22);
    struct error e = ERROR_INIT;

    if (!m->plan)
        fail_msg("refused: %s", m->problems);
    if (plan_render_host(m->plan, plan_find_host(m->plan, host), &out, &e) < 0)
        fail_msg("%s", e.message);
    return buf_take(&out, NULL);
}

static void roles_and_parts(void **state)
{
    struct made m = make_plan(GUIDE, QUIET, CLUSTER);
    json_t *one = config_of(&m, "node1"), *two = config_of(&m, "node2");

    (void)state;
    assert_string_equal(text_at(one, "/host/roles/0"), "etcd");
    assert_string_equal(text_at(one, "/host/roles/1"), "master");
    assert_string_equal(text_at(one, "/host/roles/2"), "node");
    assert_true(json_is_true(at(one, "/host/init_master")));
    assert_string_equal(text_at(two, "/host/roles/0"), "node");
    assert_false(json_is_true(at(two, "/host/init_master")));
    assert_null(json_object_get(two, "etcd"));
    assert_null(json_object_get(two, "control_plane"));
    assert_null(json_object_get(two, "addons"));
    assert_string_equal(text_at(two, "/cluster/id"), CLUSTER[1]);
    assert_string_equal(text_at(two, "/node/pod_cidr"), "10.233.65.0/24");
    assert_string_equal(text_at(two, "/system/routes/0/to"), "10.233.64.0/18");
    assert_string_equal(text_at(two, "/system/routes/0/via"), "192.168.0.1");
    assert_true(json_is_null(at(two, "/system/network")));
    json_decref(one);
    json_decref(two);
    made_done(&m);
}

static void a_new_node_changes_no_other(void **state)
{
    const char *more = "[all]\nnode4 ip=192.168.0.40\n[kube-node]\nnode4\n";
    struct made before = make_plan(GUIDE, QUIET, CLUSTER), after;
    static const char *const names[] = {"node1", "node2", "node3"};
    char text[4096];
    size_t i;

    (void)state;
    snprintf(text, sizeof(text), "%s%s", GUIDE, more);
    after = make_plan(text, QUIET, CLUSTER);
    assert_string_not_equal(plan_id(before.plan), plan_id(after.plan));
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        char *a = rendered(&before, names[i]), *b = rendered(&after, names[i]);

        assert_string_equal(a, b);
        free(a);
        free(b);
    }
    made_done(&before);
    made_done(&after);
}

static void the_id_follows_what_is_told(void **state)
{
    struct made a = make_plan(GUIDE, QUIET, CLUSTER), b = make_plan(GUIDE, QUIET, CLUSTER), c;
    char text[512];

    (void)state;
    assert_string_equal(plan_id(a.plan), plan_id(b.plan));
    snprintf(text, sizeof(text), "%skubelet_max_pods: 100\n", QUIET);
    c = make_plan(GUIDE, text, CLUSTER);
    assert_string_not_equal(plan_id(a.plan), plan_id(c.plan));
    made_done(&a);
    made_done(&b);
    made_done(&c);
}

/* Workers' configs are put together from pieces: the same bytes as in full. */
static void both_ways_are_equal(void **state)
{
    struct made m = make_plan(
        "[all]\nm ip=1.0.0.1\na ip=1.0.0.2\nb ip=1.0.0.3 "
        "seed_data_disks=\"[{'match':{'serial':'X'}}]\"\n"
        "c ip=1.0.0.4 node_labels=a=b seed_prefix=24\nd ip=1.0.0.5\ne ip=1.0.0.6 node_labels=a=b "
        "seed_prefix=24 seed_dns=1.1.1.1\n"
        "f ip=1.0.0.7 seed_bond=\"{'mode':'802.3ad','macs':['52:54:00:00:00:01']}\"\n"
        "g ip=1.0.0.8 seed_bond=\"{'mode':'802.3ad','macs':['52:54:00:00:00:02']}\"\n"
        "h ip=1.0.0.9 seed_mtu=9000\ni ip=1.0.0.10 seed_vlan=7\n"
        "[etcd]\nm\n[kube-master]\nm\n[kube-node]\na\nb\nc\nd\ne\nf\ng\nh\ni\n"
        "[all:vars]\nseed_gateway=1.0.0.99\n",
        QUIET, CLUSTER);
    size_t i, with = 0;

    (void)state;
    if (!m.plan)
        fail_msg("refused: %s", m.problems);
    for (i = 0; i < m.plan->n_hosts; i++) {
        struct host *h = &m.plan->hosts[i];
        unsigned prototype = h->prototype;
        char *pieces = rendered(&m, h->pub.name), *full;

        with += prototype != 0;
        h->prototype = 0;
        full = rendered(&m, h->pub.name);
        h->prototype = prototype;
        assert_string_equal(pieces, full);
        free(pieces);
        free(full);
    }
    assert_int_equal(with, 9);
    assert_int_equal(m.plan->prototypes.n, 6);
    made_done(&m);
}

static void etcd_of_three(void **state)
{
    struct made m = make_plan("[all]\na ip=1.0.0.1\nb ip=1.0.0.2\nc ip=1.0.0.3\n[etcd]\na\nb\nc\n"
                              "[kube-master]\na\n[kube-node]\na\n",
                              "kube_network_plugin: bridge\n", CLUSTER);
    json_t *b = config_of(&m, "b");
    const json_t *config = at(file_in(at(b, "/etcd/files"), "/etc/etcd/etcd.json"), "/json");

    (void)state;
    assert_string_equal(text_at(b, "/etcd/member"), "etcd2");
    assert_string_equal(text_at(config, "/name"), "etcd2");
    assert_string_equal(text_at(config, "/initial-cluster"), "etcd1=https://1.0.0.1:2380,"
                                                             "etcd2=https://1.0.0.2:2380,"
                                                             "etcd3=https://1.0.0.3:2380");
    assert_string_equal(text_at(config, "/listen-client-urls"),
                        "https://1.0.0.2:2379,https://127.0.0.1:2379");
    assert_true(json_is_true(at(config, "/peer-transport-security/client-cert-auth")));
    assert_null(json_object_get(b, "kubelet"));
    assert_null(json_object_get(b, "node"));
    assert_string_equal(text_at(b, "/system/hosts/3/names/0"), "c");
    assert_non_null(
        strstr(text_at(file_in(at(b, "/etcd/files"), "/etc/systemd/system/etcd.service"), "/text"),
               "ExecStart=/usr/bin/etcd --config-file=/etc/etcd/etcd.json\n"));
    json_decref(b);
    made_done(&m);
}

/* The two documents of kubeadm's file. */
static void kubeadm_documents(const json_t *config, json_t **ret_init, json_t **ret_cluster)
{
    const char *text = text_at(config, "/control_plane/files/0/text"),
               *mark = strstr(text, "\n---\n");
    struct error e = ERROR_INIT;

    assert_non_null(mark);
    assert_int_equal(json_parse(text, (size_t)(mark - text), 65536, ret_init, &e), 0);
    assert_int_equal(json_parse(mark + 5, strlen(mark + 5) - 1, 65536, ret_cluster, &e), 0);
}

static void kubeadm_by_version(void **state)
{
    static const struct {
        const char *version, *api, *socket;
        bool list;
        const char *patches;
    } cases[] = {
        {"1.13.0", "kubeadm.k8s.io/v1beta1", "/run/containerd/containerd.sock",        false, NULL},
        {"1.20.2", "kubeadm.k8s.io/v1beta2", "/run/containerd/containerd.sock",        false,
         "--experimental-patches"                                                                 },
        {"1.22.0", "kubeadm.k8s.io/v1beta3", "unix:///run/containerd/containerd.sock", false,
         "--patches"                                                                              },
        {"1.31.1", "kubeadm.k8s.io/v1beta4", "unix:///run/containerd/containerd.sock", true,
         "--patches"                                                                              },
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *config, *init, *cluster;
        struct made m;
        char vars[512];

        snprintf(vars, sizeof(vars), "%skubernetes_version: %s\nseed_timeout_factor: 2\n", QUIET,
                 cases[i].version);
        m = make_plan(GUIDE, vars, CLUSTER);
        config = config_of(&m, "node1");
        kubeadm_documents(config, &init, &cluster);
        assert_string_equal(text_at(cluster, "/apiVersion"), cases[i].api);
        assert_string_equal(text_at(init, "/nodeRegistration/criSocket"), cases[i].socket);
        assert_int_equal(json_array_size(at(init, "/nodeRegistration/taints")), 0);
        assert_string_equal(text_at(cluster, "/controlPlaneEndpoint"), "lb.kubesphere.local:6443");
        if (cases[i].patches) {
            assert_string_equal(text_at(config, "/control_plane/kubeadm_flags/0"),
                                cases[i].patches);
            assert_string_equal(text_at(config, "/control_plane/kubeadm_flags/1"),
                                "/etc/nodeseed/kubeadm-patches");
            assert_string_equal(text_at(config, "/control_plane/files/1/path"),
                                "/etc/nodeseed/kubeadm-patches/kube-apiserver+strategic.json");
            assert_int_equal(json_integer_value(at(config, "/control_plane/files/1/json/spec/"
                                                           "containers/0/livenessProbe/"
                                                           "failureThreshold")),
                             16);
        } else {
            assert_null(json_object_get(at(config, "/control_plane"), "kubeadm_flags"));
        }
        if (cases[i].list) {
            assert_string_equal(text_at(cluster, "/controllerManager/extraArgs/0/name"),
                                "allocate-node-cidrs");
            assert_string_equal(text_at(cluster, "/scheduler/extraArgs/0/name"),
                                "leader-elect-lease-duration");
            assert_string_equal(text_at(init, "/timeouts/controlPlaneComponentHealthCheck"),
                                "480s");
        } else {
            assert_string_equal(
                text_at(cluster, "/controllerManager/extraArgs/allocate-node-cidrs"), "false");
            assert_string_equal(text_at(cluster, "/apiServer/timeoutForControlPlane"), "480s");
            assert_string_equal(
                text_at(cluster, "/controllerManager/extraArgs/node-monitor-grace-period"), "80s");
            assert_string_equal(
                text_at(cluster, "/scheduler/extraArgs/leader-elect-renew-deadline"), "20s");
        }
        json_decref(init);
        json_decref(cluster);
        json_decref(config);
        made_done(&m);
    }
}

static void the_taskbox_keeps_its_disk(void **state)
{
    struct made m = make_plan("[all]\na ip=1.0.0.1\nb ip=1.0.0.2\nc ip=1.0.0.3 "
                              "ansible_connection=local\n[etcd]\na\n[kube-master]\na\n"
                              "[kube-node]\na\nb\nc\n[k8s-cluster:children]\nkube-master\n"
                              "kube-node\n",
                              "kube_network_plugin: calico\n", CLUSTER);
    json_t *image = config_of(&m, "b"), *local = config_of(&m, "c");

    (void)state;
    assert_null(json_object_get(at(image, "/system"), "grow_root"));
    assert_true(json_is_false(at(local, "/system/grow_root")));
    json_decref(image);
    json_decref(local);
    made_done(&m);
}

static void a_master_alone_is_tainted(void **state)
{
    struct made m = make_plan("[all]\na ip=1.0.0.1\nb ip=1.0.0.2\n[etcd]\na\n[kube-master]\na\n"
                              "[kube-node]\nb\n[all:vars]\nseed_gateway=1.0.0.99\n",
                              QUIET, CLUSTER);
    json_t *a = config_of(&m, "a"), *init, *cluster;

    (void)state;
    kubeadm_documents(a, &init, &cluster);
    assert_string_equal(text_at(init, "/nodeRegistration/taints/0/key"),
                        "node-role.kubernetes.io/master");
    assert_string_equal(text_at(init, "/nodeRegistration/taints/0/effect"), "NoSchedule");
    json_decref(init);
    json_decref(cluster);
    json_decref(a);
    made_done(&m);
}

static void kubelet_flags(void **state)
{
    struct made m =
        make_plan(GUIDE,
                  "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n"
                  "node_labels: {disk: ssd, node-role.kubernetes.io/worker: ''}\n"
                  "node_taints: ['db=yes:NoSchedule', 'quiet:PreferNoSchedule']\n"
                  "kubelet_custom_flags: ['--v=3', '--eviction-hard=memory.available<5%']\n",
                  CLUSTER);
    json_t *two = config_of(&m, "node2");
    const char *text = text_at(file_in(at(two, "/kubelet/files"),
                                       "/etc/systemd/system/kubelet.service.d/10-nodeseed.conf"),
                               "/text");

    (void)state;
    assert_non_null(strstr(text, "--node-ip=192.168.0.20 "));
    assert_non_null(strstr(text, " --node-labels=disk=ssd "));
    assert_non_null(
        strstr(text, " --register-with-taints=db=yes:NoSchedule,quiet=:PreferNoSchedule "));
    /* What the kubelet may not set on itself is left to the first master. */
    assert_string_equal(text_at(two, "/node/labels/disk"), "ssd");
    assert_string_equal(json_string_value(json_object_get(at(two, "/node/labels"),
                                                          "node-role.kubernetes.io/worker")),
                        "");
    assert_string_equal(text_at(two, "/node/taints/db:NoSchedule"), "yes");
    assert_string_equal(text_at(two, "/node/taints/quiet:PreferNoSchedule"), "");
    /* systemd would take a single one for a specifier. */
    assert_non_null(strstr(text, " --v=3 --eviction-hard=memory.available<5%%\"\n"));
    json_decref(two);
    made_done(&m);
}

static void disks(void **state)
{
    struct made m = make_plan(GUIDE,
                              "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n"
                              "seed_data_disks: [{match: {serial: DATA1}, fs: xfs, label: d1}]\n",
                              CLUSTER);
    json_t *two = config_of(&m, "node2"), *three = config_of(&m, "node3");

    (void)state;
    assert_string_equal(text_at(two, "/disks/0/match/serial"), "DATA1");
    assert_string_equal(text_at(two, "/disks/0/policy"), "format-if-blank");
    assert_string_equal(text_at(two, "/disks/0/fs"), "xfs");
    assert_memory_equal(text_at(two, "/disks/0/mount"), "/mnt/disks/", 11);
    assert_string_equal(text_at(two, "/disks/0/mount") + 11, text_at(two, "/disks/0/uuid"));
    assert_int_equal(text_at(two, "/disks/0/uuid")[14], '5');
    assert_string_not_equal(text_at(two, "/disks/0/uuid"), text_at(three, "/disks/0/uuid"));
    json_decref(two);
    json_decref(three);
    made_done(&m);
}

static void volumes(void **state)
{
    struct made m =
        make_plan(GUIDE,
                  "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\n"
                  "seed_data_disks:\n"
                  "- {match: {serial: A}, policy: wipe-once, fs: xfs, label: d, volumes: 2}\n"
                  "- {match: {serial: B}, volumes: [{size: 10G, label: first, fs: xfs}, {}]}\n",
                  CLUSTER);
    json_t *two = config_of(&m, "node2");
    struct error e = ERROR_INIT;

    (void)state;
    assert_string_equal(text_at(two, "/disks/0/policy"), "wipe-once");
    assert_string_equal(text_at(two, "/disks/0/volumes/0/label"), "d-1");
    assert_string_equal(text_at(two, "/disks/0/volumes/1/label"), "d-2");
    assert_string_equal(text_at(two, "/disks/0/volumes/1/fs"), "xfs");
    assert_string_equal(text_at(two, "/disks/0/volumes/1/mount") + 11,
                        text_at(two, "/disks/0/volumes/1/uuid"));
    assert_string_not_equal(text_at(two, "/disks/0/volumes/0/uuid"),
                            text_at(two, "/disks/0/volumes/1/uuid"));
    assert_string_not_equal(text_at(two, "/disks/0/volumes/0/part"),
                            text_at(two, "/disks/0/volumes/0/uuid"));
    assert_string_not_equal(text_at(two, "/disks/0/uuid"), text_at(two, "/disks/1/uuid"));
    assert_int_equal(
        json_integer_value(json_object_get(
            json_array_get(
                json_object_get(json_array_get(json_object_get(two, "disks"), 1), "volumes"), 0),
            "size")),
        (json_int_t)10 << 30);
    assert_string_equal(text_at(two, "/disks/1/volumes/0/label"), "first");
    assert_string_equal(text_at(two, "/disks/1/volumes/1/fs"), "ext4");

    assert_int_equal(plan_check_wipe(m.plan, plan_find_host(m.plan, "node2"), "A", &e), 0);
    assert_int_equal(plan_check_wipe(m.plan, plan_find_host(m.plan, "node2"), "B", &e), -EPERM);
    assert_int_equal(plan_check_wipe(m.plan, plan_find_host(m.plan, "node2"), "C", &e), -EPERM);
    json_decref(two);
    made_done(&m);
}

static void static_address(void **state)
{
    char text[4096];
    struct made m;
    json_t *two;

    (void)state;
    snprintf(text, sizeof(text),
             "%sseed_prefix=24\nseed_dns=192.168.0.1,192.168.0.2\nseed_ntp=ntp.lan\n", GUIDE);
    m = make_plan(text, QUIET, CLUSTER);
    two = config_of(&m, "node2");
    assert_string_equal(text_at(two, "/system/network/address"), "192.168.0.20/24");
    assert_string_equal(text_at(two, "/system/network/gateway"), "192.168.0.1");
    assert_string_equal(text_at(two, "/system/network/dns/1"), "192.168.0.2");
    assert_string_equal(text_at(two, "/system/ntp/0"), "ntp.lan");
    json_decref(two);
    made_done(&m);
}

static void bond_and_vlan(void **state)
{
    char text[4096];
    struct made m;
    json_t *two, *three;

    (void)state;
    snprintf(text, sizeof(text),
             "%s[kube-node]\n"
             "node2 seed_vlan=42 seed_mtu=9000 seed_bond=\"{'mode':'active-backup',"
             "'macs':['52-54-00-00-00-0A','52:54:00:00:00:0b'],'primary':'52540000000B'}\"\n"
             "node3 seed_prefix=24 seed_bond=\"{'mode':'802.3ad','interfaces':['eth0','eth1'],"
             "'lacp_rate':'fast','miimon':50}\"\n",
             GUIDE);
    m = make_plan(text, QUIET, CLUSTER);
    two = config_of(&m, "node2");
    three = config_of(&m, "node3");
    assert_true(json_is_true(at(two, "/system/network/dhcp")));
    assert_null(json_object_get(at(two, "/system/network"), "address"));
    assert_int_equal(json_integer_value(at(two, "/system/network/vlan")), 42);
    assert_int_equal(json_integer_value(at(two, "/system/network/mtu")), 9000);
    assert_string_equal(text_at(two, "/system/network/bond/mode"), "active-backup");
    assert_string_equal(text_at(two, "/system/network/bond/macs/0"), "52:54:00:00:00:0a");
    assert_string_equal(text_at(two, "/system/network/bond/primary"), "52:54:00:00:00:0b");
    assert_int_equal(json_integer_value(at(two, "/system/network/bond/miimon")), 100);
    assert_string_equal(text_at(three, "/system/network/address"), "192.168.0.30/24");
    assert_null(json_object_get(at(three, "/system/network"), "vlan"));
    assert_string_equal(text_at(three, "/system/network/bond/interfaces/1"), "eth1");
    assert_string_equal(text_at(three, "/system/network/bond/lacp_rate"), "fast");
    assert_int_equal(json_integer_value(at(three, "/system/network/bond/miimon")), 50);
    json_decref(two);
    json_decref(three);
    made_done(&m);
}

static void certificates(void **state)
{
    struct made m = make_plan(GUIDE, QUIET, CLUSTER);
    struct cert_profile c;
    size_t one, two;

    (void)state;
    assert_non_null(m.plan);
    one = plan_find_host(m.plan, "node1");
    two = plan_find_host(m.plan, "node2");
    assert_int_equal(plan_cert_profile(m.plan, two, "kubelet-client", &c, NULL), 0);
    assert_string_equal(c.common_name, "system:node:node2");
    assert_string_equal(c.organization, "system:nodes");
    assert_true(c.client_auth && !c.server_auth);
    assert_null(c.dns[0]);
    assert_int_equal(plan_cert_profile(m.plan, one, "etcd-server", &c, NULL), 0);
    assert_string_equal(c.ca, "etcd");
    assert_string_equal(c.dns[0], "node1");
    assert_string_equal(c.ips[0], "192.168.0.10");
    assert_true(c.server_auth && c.client_auth);
    assert_int_equal(plan_cert_profile(m.plan, two, "etcd-server", &c, NULL), -EPERM);
    assert_int_equal(plan_cert_profile(m.plan, two, "apiserver-etcd-client", &c, NULL), -EPERM);
    assert_int_equal(plan_cert_profile(m.plan, one, "root", &c, NULL), -ENOENT);
    assert_int_equal(plan_cert_profile(m.plan, 99, "node", &c, NULL), -ENOENT);
    made_done(&m);
}

/* How long certificates live, and what the controller-manager is told about its own. */
static void certificate_life(void **state)
{
    static const struct {
        const char *more;
        uint64_t node_s, kubelet_s, installer_s;
        const char *flag, *value; /* NULL: not told */
    } cases[] = {
        {"",                                                         3650 * UINT64_C(86400), 365 * 86400, 86400, "cluster-signing-duration", NULL       },
        {"seed_certificate_days: 90\n",                              90 * 86400,             90 * 86400,  86400, "cluster-signing-duration",
         NULL                                                                                                                                           },
        {"seed_certificate_life: 90s\n",                             90,                     90,          90,    "cluster-signing-duration", "90s"      },
        {"seed_certificate_life: 400d\n",                            400 * 86400,            365 * 86400, 86400,
         "cluster-signing-duration",                                                                                                         "34560000s"},
        {"seed_certificate_life: 10m\nkubernetes_version: 1.18.6\n", 600,                    600,         600,
         "experimental-cluster-signing-duration",                                                                                            "600s"     },
        {"seed_certificate_life: 10m\nseed_timeout_factor: 8\n",     600,                    600,         600,
         "cluster-signing-duration",                                                                                                         "600s"     },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char vars[2048];
        const char *told;
        struct cert_profile c;
        json_t *config, *init, *cluster;
        struct made m;
        size_t one;

        (void)snprintf(vars, sizeof(vars), "%s%s", QUIET, cases[i].more);
        m = make_plan(GUIDE, vars, CLUSTER);
        assert_non_null(m.plan);
        one = plan_find_host(m.plan, "node1");
        assert_int_equal(plan_cert_profile(m.plan, one, "node", &c, NULL), 0);
        assert_int_equal(c.life_s, cases[i].node_s);
        assert_int_equal(plan_cert_profile(m.plan, one, "kubelet-client", &c, NULL), 0);
        assert_int_equal(c.life_s, cases[i].kubelet_s);
        assert_int_equal(plan_cert_profile(m.plan, one, "installer", &c, NULL), 0);
        assert_int_equal(c.life_s, cases[i].installer_s);
        config = config_of(&m, "node1");
        kubeadm_documents(config, &init, &cluster);
        told = json_string_value(
            json_object_get(at(cluster, "/controllerManager/extraArgs"), cases[i].flag));
        assert_true(!told == !cases[i].value && (!told || strcmp(told, cases[i].value) == 0));
        json_decref(init);
        json_decref(cluster);
        json_decref(config);
        made_done(&m);
    }
}

static void nocloud(void **state)
{
    struct made m = make_plan(GUIDE, QUIET, CLUSTER);
    struct buf out = BUF_INIT(65536);
    struct error e = ERROR_INIT;

    (void)state;
    assert_non_null(m.plan);
    assert_int_equal(plan_render_nocloud(m.plan, "node2", "meta-data", &out, &e), 0);
    assert_non_null(strstr(out.data, "\"instance-id\": \"nodeseed-6ba7b810-node2\""));
    buf_clear(&out);
    assert_int_equal(plan_render_nocloud(m.plan, "node2", "user-data", &out, &e), 0);
    assert_memory_equal(out.data, "#cloud-config\n{", 15);
    assert_non_null(strstr(out.data, "https://192.168.0.1:8443"));
    buf_clear(&out);
    assert_int_equal(plan_render_nocloud(m.plan, "node2", "vendor-data", &out, &e), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(plan_render_nocloud(m.plan, "node2", "network-config", &out, &e), -ENOENT);
    buf_done(&out);
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_and_parts),
        cmocka_unit_test(a_new_node_changes_no_other),
        cmocka_unit_test(the_id_follows_what_is_told),
        cmocka_unit_test(both_ways_are_equal),
        cmocka_unit_test(etcd_of_three),
        cmocka_unit_test(kubeadm_by_version),
        cmocka_unit_test(the_taskbox_keeps_its_disk),
        cmocka_unit_test(a_master_alone_is_tainted),
        cmocka_unit_test(kubelet_flags),
        cmocka_unit_test(disks),
        cmocka_unit_test(volumes),
        cmocka_unit_test(static_address),
        cmocka_unit_test(bond_and_vlan),
        cmocka_unit_test(certificates),
        cmocka_unit_test(certificate_life),
        cmocka_unit_test(nocloud),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
