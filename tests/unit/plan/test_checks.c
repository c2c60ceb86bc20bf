/* SPDX-License-Identifier: Apache-2.0 */
/* Each check once where it speaks and once where it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"

static void the_guide_is_fine(void **state)
{
    struct made m = make_plan(GUIDE, QUIET, NULL);

    (void)state;
    assert_int_equal(m.result, 0);
    assert_string_equal(m.problems,
                        "hosts.ini: warning: seed_artifacts is not set: every program and "
                        "image must be in the OS image already\n");
    made_done(&m);
}

static void empty_groups(void **state)
{
    (void)state;
    assert_refused("[all]\na ip=1.2.3.4\n[kube-node]\na\n[etcd]\na\n", NULL,
                   "hosts.ini: no host is in [kube-master]");
    assert_refused("[all]\na ip=1.2.3.4\n[kube-node]\na\n[kube-master]\na\n[etcd]\n", NULL,
                   "hosts.ini:7: no host is in [etcd]");
    assert_refused("[all]\na ip=1.2.3.4\n[kube-master]\na\n[etcd]\na\n", NULL,
                   "no host is in [kube-node]");
    assert_silent("[all]\na ip=1.2.3.4\n[kube_control_plane]\na\n[kube_node]\na\n"
                  "[etcd:children]\nkube_control_plane\n",
                  "kube_network_plugin: bridge\n", "no host is in");
}

#define MAC_A "'52:54:00:00:00:01'"
#define MAC_B "'52-54-00-00-00-02'"

/* Each row: seed_bond of node2 as hosts.ini has it, and what is said of it; NULL: nothing. */
static const struct {
    const char *bond, *said;
} bonds[] = {
    {"{'mode':'active-backup','macs':[" MAC_A "," MAC_B "],'primary':" MAC_B ",'miimon':50}", NULL                                               },
    {"{'mode':'802.3ad','interfaces':['eth0'],'lacp_rate':'fast'}",                           NULL                                               },
    {"active-backup",                                                                         "expected {mode: active-backup, macs: ["           },
    {"{'mode':'active-backup'}",                                                              "expected the members as either macs or interfaces"},
    {"{'mode':'active-backup','macs':[" MAC_A "],'interfaces':['eth0']}",
     "expected the members as either macs or interfaces"                                                                                         },
    {"{'mode':'active-backup','macs':[]}",                                                    "macs: expected a list with at least one member"   },
    {"{'mode':'active-backup','macs':" MAC_A "}",                                             "macs: expected a list with at least one"          },
    {"{'mode':'active-backup','macs':[" MAC_A ",'52:54:00:00:00:1']}",
     "macs: \"52:54:00:00:00:1\": expected a MAC"                                                                                                },
    {"{'mode':'active-backup','macs':[" MAC_A ",'525400000001']}",
     "macs: 52:54:00:00:00:01 is there twice"                                                                                                    },
    {"{'mode':'active-backup','macs':[525400000001]}",
     "macs: expected network cards' addresses, in quotes"                                                                                        },
    {"{'mode':'active-backup','interfaces':['eth0;reboot']}",
     "interfaces: expected names of interfaces"                                                                                                  },
    {"{'mode':'active-backup','interfaces':['a-very-long-name']}",
     "interfaces: expected names of interfaces"                                                                                                  },
    {"{'mode':'active-backup','interfaces':['a','b','c','d','e','f','g','h','i']}",
     "interfaces: a bond has at most 8 members"                                                                                                  },
    {"{'mode':'active-backup','slaves':['eth0']}",                                            "unknown member 'slaves': mode, macs,"             },
    {"{'mode':1,'macs':[" MAC_A "]}",                                                         "write the mode by its name: active-backup"        },
    {"{'mode':'active_backup','macs':[" MAC_A "]}",
     "mode 'active_backup' is not known: did you mean active-backup?"                                                                            },
    {"{'mode':'lacp','macs':[" MAC_A "]}",                                                    "expected a mode: balance-rr, active-backup,"      },
    {"{'macs':[" MAC_A "]}",                                                                  "expected a mode: balance-rr, active-backup,"      },
    {"{'mode':'active-backup','macs':[" MAC_A "],'lacp_rate':'fast'}",
     "lacp_rate goes only with mode 802.3ad, not with active-backup"                                                                             },
    {"{'mode':'802.3ad','macs':[" MAC_A "],'lacp_rate':1}",                                   "lacp_rate is slow or fast"                        },
    {"{'mode':'802.3ad','macs':[" MAC_A "],'primary':" MAC_A "}",                             "primary goes only with active-"                   },
    {"{'mode':'balance-alb','macs':[" MAC_A "],'primary':" MAC_B "}",
     "primary must be one of the macs"                                                                                                           },
    {"{'mode':'active-backup','macs':[" MAC_A "],'miimon':0}",                                "miimon: expected milliseconds"                    },
    {"{'mode':'active-backup','macs':[" MAC_A "],'miimon':'100'}",                            "miimon: expected milliseconds"                    },
};

static void bonds_in_full(void **state)
{
    char text[512], line[256];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bonds); i++) {
        snprintf(text, sizeof(text), "node2 seed_bond=\"%s\" ansible", bonds[i].bond);
        snprintf(line, sizeof(line), "hosts.ini:3: seed_bond: %s",
                 bonds[i].said ? bonds[i].said : "");
        if (bonds[i].said)
            assert_refused(guide_but("node2 ansible", text), QUIET, line);
        else
            assert_silent(guide_but("node2 ansible", text), QUIET, "seed_bond");
    }
}

#define BOND "seed_bond=\"{'mode':'802.3ad','macs':[" MAC_A "," MAC_B "]}\" "
#define BOND_PXE "node2 seed_boot=pxe seed_install_disk=\"{'serial':'OS2'}\" seed_bond="

static void bonds_identify(void **state)
{
    struct made m =
        make_plan(guide_but("node2 ansible", "node2 seed_mac=52:54:00:00:00:01 " BOND "ansible"),
                  QUIET, NULL);
    size_t two;

    (void)state;
    assert_int_equal(m.result, 0);
    two = plan_find_host(m.plan, "node2");
    assert_int_equal(plan_find_by_mac(m.plan, "52:54:00:00:00:01"), two);
    assert_int_equal(plan_find_by_mac(m.plan, "52:54:00:00:00:02"), two);
    assert_true(plan_host_has_mac(plan_host(m.plan, two), "52:54:00:00:00:02"));
    assert_false(plan_host_has_mac(plan_host(m.plan, two), "52:54:00:00:00:03"));
    assert_string_equal(plan_host(m.plan, two)->bond_mode, "802.3ad");
    made_done(&m);

    assert_refused(guide_but("192.168.0.20\nnode3 ",
                             "192.168.0.20 " BOND "\nnode3 seed_mac=52:54:00:00:00:02 "),
                   QUIET,
                   "hosts.ini:4: node3: seed_mac 52:54:00:00:00:02 is node2's already "
                   "(hosts.ini:3)");
    assert_refused(guide_but("192.168.0.20\nnode3 ", "192.168.0.20 " BOND "\nnode3 " BOND), QUIET,
                   "hosts.ini:4: node3: seed_bond's 52:54:00:00:00:01 is node2's already");
    assert_refused(guide_but("node2 ", BOND_PXE "\"{'mode':'802.3ad','interfaces':['eth0']}\" "),
                   QUIET,
                   "hosts.ini:3: node2 boots by PXE, where interfaces have other names than later");
    m = make_plan(guide_but("node2 ", BOND_PXE "\"{'mode':'802.3ad','macs':[" MAC_A "]}\" "), QUIET,
                  NULL);
    assert_null(strstr(m.problems, "cannot be told apart"));
    made_done(&m);

    assert_warned(guide_but("node2 ", "node2 seed_mtu=1400 "), "{}",
                  "hosts.ini:3: warning: node2: packets of calico_mtu 1440 need 1460 bytes, and "
                  "seed_mtu is 1400: write calico_mtu: 1380 in vars.yml");
    assert_silent(guide_but("node2 ", "node2 seed_mtu=1460 "), "{}", "seed_mtu");
}

static void etcd_counts(void **state)
{
    static const char *const formed[] = {"cluster/etcd-formed",
                                         "yes",
                                         "alloc/etcd-member/node1",
                                         "a",
                                         "alloc/etcd-member/node2",
                                         "b",
                                         NULL};
    const char *two = guide_but("[etcd]\nnode1\n", "[etcd]\nnode1\nnode2\n");
    struct made m;

    (void)state;
    assert_refused(two, QUIET,
                   "hosts.ini:11: [etcd] has 2 hosts: a new cluster needs an odd number: "
                   "write 1 or 3");
    m = make_plan(two, QUIET, formed); /* one of three has left: told, not refused */
    assert_int_equal(m.result, 0);
    assert_non_null(strstr(m.problems, "warning: [etcd] has 2 hosts"));
    made_done(&m);
    assert_silent(guide_but("[etcd]\nnode1\n", "[etcd]\nnode1\nnode2\nnode3\n"), QUIET, "[etcd]");
}

static void etcd_growth(void **state)
{
    static const char *const formed[] = {"cluster/etcd-formed", "yes", "alloc/etcd-member/node1",
                                         "etcd1", NULL};
    struct made m =
        make_plan(guide_but("[etcd]\nnode1\n", "[etcd]\nnode1\nnode2\nnode3\n"), QUIET, formed);

    (void)state;
    assert_int_equal(m.result, -EINVAL);
    assert_non_null(strstr(m.problems, "hosts.ini:3: node2: the etcd cluster is formed already"));
    made_done(&m);
    m = make_plan(GUIDE, QUIET, formed);
    assert_int_equal(m.result, 0);
    made_done(&m);
}

static void names(void **state)
{
    (void)state;
    assert_refused(guide_but("node2\nnode3\n", "node2\nnode3\nNode_4 ip=192.168.0.40\n"), QUIET,
                   "'Node_4' cannot be a node's name");
    assert_refused(guide_but("node2 ansible", "node2 kube_override_hostname=other ansible"), QUIET,
                   "hosts.ini:3: kube_override_hostname other");
    assert_silent(guide_but("node2 ansible", "node2 kube_override_hostname=node2 ansible"), QUIET,
                  "kube_override_hostname");
}

static void addresses(void **state)
{
    (void)state;
    assert_refused(guide_but("ip=192.168.0.10", ""), QUIET,
                   "hosts.ini:2: node1 has no address: write ip=ADDRESS");
    assert_refused(guide_but("ip=192.168.0.30", "ip=192.168.0.20"), QUIET,
                   "hosts.ini:4: node3: ip 192.168.0.20 is node2's already (hosts.ini:3)");
    assert_refused(guide_but("ip=192.168.0.30", "ip=192.168.0.300"), QUIET,
                   "hosts.ini:4: ip: expected an IPv4 address such as 192.168.0.10, not "
                   "'192.168.0.300'");
    assert_refused(guide_but("ip=192.168.0.30", "ip=10.233.65.1"), QUIET,
                   "hosts.ini:4: node3: ip 10.233.65.1 lies in kube_pods_subnet");
    assert_silent(
        guide_but("ansible_host=192.168.0.20 ip=192.168.0.20", "ansible_host=192.168.0.20"), QUIET,
        "node2");
    /* The taskbox is where the server is reached. */
    assert_silent(guide_but("ip=192.168.0.10", "ansible_connection=local seed_gateway=192.168.0.9"),
                  QUIET, "node1 has no");
    assert_refused(guide_but("ip=192.168.0.10", "ip='{{ ansible_default_ipv4.address }}'"), QUIET,
                   "hosts.ini:2: ip: templates are not evaluated here");
}

static void identifiers(void **state)
{
    (void)state;
    assert_refused(guide_but("node2\nnode3\n", "node2 seed_mac=52:54:00:00:00:01\n"
                                               "node3 seed_mac=52-54-00-00-00-01\n"),
                   QUIET, "seed_mac 52:54:00:00:00:01 is node2's already");
    assert_refused(guide_but("node2\nnode3\n", "node2 seed_serial=A1\nnode3 seed_serial=A1\n"),
                   QUIET, "seed_serial A1 is node2's already");
    assert_refused(guide_but("node2\nnode3\n",
                             "node2 seed_uuid=11111111-2222-3333-4444-555555555555\n"
                             "node3 seed_uuid=11111111-2222-3333-4444-555555555555\n"),
                   QUIET, "seed_uuid 11111111-2222-3333-4444-555555555555 is node2's already");
    assert_refused(guide_but("node2 ansible", "node2 seed_serial='\"Default string\"' ansible"),
                   QUIET, "seed_serial: vendors give this value to many machines");
    assert_refused(guide_but("node2 ansible", "node2 seed_mac=52:54 ansible"), QUIET,
                   "hosts.ini:3: seed_mac");
    assert_silent(guide_but("node2 ansible", "node2 seed_mac=52:54:00:00:00:01 ansible"), QUIET,
                  "seed_mac");
}

static void trust(void **state)
{
    (void)state;
    assert_refused(guide_but("node2 ansible", "node2 seed_boot=pxe seed_trust=token ansible"),
                   QUIET, "seed_trust=token cannot go with seed_boot=pxe");
    assert_warned(guide_but("node1 ip", "node1 seed_trust=first-use ip"), QUIET,
                  "node1 holds the cluster's secrets and is trusted on first use");
    assert_silent(guide_but("node2 ansible", "node2 seed_trust=first-use ansible"), QUIET, "trust");
}

static void unknown_variables(void **state)
{
    (void)state;
    assert_refused(guide_but("node2 ansible", "node2 seed_mca=52:54:00:00:00:01 ansible"), QUIET,
                   "hosts.ini:3: seed_mca: no such variable; did you mean seed_mac?");
    assert_refused(GUIDE, quiet_and("seed_quite_another_thing: 1\n"),
                   "vars.yml:3: seed_quite_another_thing: no such variable: see seedctl variables");
    assert_silent(GUIDE, quiet_and("someones_own_variable: 1\n"), "someones");
    assert_refused(guide_but("node2 ansible", "node2 seed_arm_window=1h ansible"), QUIET,
                   "seed_arm_window is the whole cluster's");
}

static void certificate_life(void **state)
{
    (void)state;
    assert_refused(GUIDE, quiet_and("seed_certificate_life: 29s\n"),
                   "vars.yml:3: seed_certificate_life 29s: write 30s to 36500d");
    assert_refused(GUIDE, quiet_and("seed_certificate_life: 36501d\n"), "write 30s to 36500d");
    assert_warned(GUIDE, quiet_and("seed_certificate_life: 30s\n"), "is for tests");
    assert_silent(GUIDE, quiet_and("seed_certificate_life: 30d\n"), "seed_certificate_life");
}

static void networks(void **state)
{
    (void)state;
    assert_refused(GUIDE, "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.0.0/16\n",
                   "vars.yml:2: kube_pods_subnet 10.233.0.0/16 and kube_service_addresses "
                   "10.233.0.0/18 overlap");
    assert_refused(GUIDE, "kube_pods_subnet: 10.233.64.1/18\n",
                   "vars.yml:1: kube_pods_subnet: expected an IPv4 network");
    assert_refused(GUIDE, quiet_and("kube_network_node_prefix: 25\nkubelet_max_pods: 127\n"),
                   "vars.yml:4: kubelet_max_pods 127, but a node's /25 holds 126");
    assert_silent(GUIDE, quiet_and("kube_network_node_prefix: 25\nkubelet_max_pods: 126\n"),
                  "max_pods");
    assert_refused(GUIDE, quiet_and("kube_network_node_prefix: 17\n"),
                   "vars.yml:3: kube_network_node_prefix 17 is wider");
    assert_refused(GUIDE, "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/23\n",
                   "vars.yml:2: 3 hosts, but kube_pods_subnet 10.233.64.0/23 with "
                   "kube_network_node_prefix 24 holds 2");
    assert_warned(GUIDE, "kube_network_plugin: bridge\n", "caps this cluster at 64 nodes");
    assert_refused(GUIDE, quiet_and("kube_service_addresses: 10.0.0.0/29\n"),
                   "vars.yml:3: kube_service_addresses 10.0.0.0/29");
    assert_refused(guide_but("seed_gateway=192.168.0.1\n", "a=b\n"), QUIET,
                   "hosts.ini:2: node1: kube_network_plugin bridge needs a router");
    assert_silent(guide_but("seed_gateway=192.168.0.1\n", "seed_pod_gateway=192.168.0.9\n"), QUIET,
                  "router");
    assert_refused(guide_and("seed_prefix=29\nseed_gateway=192.168.0.100\n"), QUIET,
                   "node1: seed_gateway 192.168.0.100 is not in the network of ip 192.168.0.10/29");
    assert_silent(guide_and("seed_prefix=24\n"), QUIET, "seed_gateway");
}

static void masters(void **state)
{
    const char *two = guide_but("[kube-master]\nnode1\n", "[kube-master]\nnode1\nnode2\n");

    (void)state;
    assert_refused(two, QUIET, "hosts.ini:3: 2 masters, but no address that reaches them all");
    assert_silent(two, quiet_and("loadbalancer_apiserver: {address: 192.168.0.5, port: 6443}\n"),
                  "masters");
    assert_refused(two, quiet_and("loadbalancer_apiserver: {address: lb, port: 6443}\n"),
                   "vars.yml:3: loadbalancer_apiserver: expected {address: IPv4 address");
}

static void versions(void **state)
{
    (void)state;
    assert_refused(GUIDE, quiet_and("kubernetes_version: 1.12.3\n"),
                   "vars.yml:3: kubernetes_version 1.12.3");
    assert_refused(
        GUIDE, quiet_and("kubernetes_version: latest\n"),
        "vars.yml:3: kubernetes_version: expected a version such as 1.20.2, not 'latest'");
    assert_silent(GUIDE, quiet_and("kube_version: v1.18.6\n"), "version");
    assert_refused(GUIDE, quiet_and("kubernetes_version: 1.20.2\nkube_version: v1.18.6\n"),
                   "vars.yml:4: kube_version and kubernetes_version are two names of one thing");
}

static void default_class(void **state)
{
    const char *ceph = "ceph_rbd_enabled: true\nceph_rbd_monitors: 1.2.3.4:6789, 1.2.3.5:6789\n"
                       "ceph_rbd_admin_secret: AQAnwihbXo==\nceph_rbd_is_default_class: true\n";
    char text[1024];

    (void)state;
    assert_silent(GUIDE, quiet_and(ceph),
                  "default"); /* local gives way where nobody asked for it */
    snprintf(text, sizeof(text), "%slocal_volume_is_default_class: true\n", ceph);
    assert_refused(GUIDE, quiet_and(text),
                   "vars.yml:6: local_volume_is_default_class and "
                   "ceph_rbd_is_default_class: only one");
    assert_warned(GUIDE, quiet_and("local_volume_is_default_class: no\n"),
                  "warning: no storage class is the default");
}

static void ceph(void **state)
{
    const char *base = "ceph_rbd_enabled: true\nceph_rbd_admin_secret: AQAnwihbXo==\n"
                       "ceph_rbd_monitors: [1.2.3.4:6789]\n";
    char text[1024];

    (void)state;
    assert_refused(GUIDE, quiet_and("ceph_rbd_enabled: true\nceph_rbd_admin_secret: AQA==\n"),
                   "vars.yml:3: ceph_rbd_enabled is on, but ceph_rbd_monitors is not set");
    assert_refused(GUIDE, quiet_and("ceph_rbd_enabled: true\nceph_rbd_monitors: [1.2.3.4:6789]\n"),
                   "vars.yml:3: ceph_rbd_enabled is on, but ceph_rbd_admin_secret is not set");
    assert_refused(
        GUIDE,
        quiet_and("ceph_rbd_enabled: true\nceph_rbd_monitors: SHOULD_BE_REPLACED\n"
                  "ceph_rbd_admin_secret: TYPE_ADMIN_ACCOUNT_HERE\n"),
        "vars.yml:5: ceph_rbd_admin_secret still has the sample's TYPE_ADMIN_ACCOUNT_HERE");
    assert_warned(
        GUIDE, quiet_and("ceph_rbd_monitors: [SHOULD_BE_REPLACED]\n"),
        "vars.yml:3: warning: ceph_rbd_monitors still has the sample's SHOULD_BE_REPLACED");
    assert_refused(GUIDE, quiet_and("ceph_rbd_enabled: true\nceph_rbd_monitors: 1.2.3.4\n"),
                   "vars.yml:4: ceph_rbd_monitors: expected ADDRESS:PORT");
    snprintf(text, sizeof(text), "%sceph_rbd_imageFormat: 1\n", base);
    assert_warned(GUIDE, quiet_and(text), "vars.yml:6: warning: ceph_rbd_imageFormat 1");
    snprintf(text, sizeof(text), "%sceph_rbd_imageFormat: 1\nceph_rbd_imageFeatures: layering\n",
             base);
    assert_refused(GUIDE, quiet_and(text), "vars.yml:7: ceph_rbd_imageFeatures goes with");
    snprintf(text, sizeof(text), "%sceph_rbd_user_id: kube\n", base);
    assert_refused(GUIDE, quiet_and(text), "ceph_rbd_user_secret is not set");
    snprintf(text, sizeof(text), "%skubernetes_version: 1.31.0\n", base);
    assert_refused(GUIDE, quiet_and(text), "Kubernetes 1.31.0 has no RBD volume plugin any more");
    snprintf(text, sizeof(text),
             "%skubernetes_version: 1.31.0\nseed_ceph_rbd_provisioner: ceph.com/rbd\n", base);
    assert_refused(GUIDE, quiet_and(text),
                   "vars.yml:7: Kubernetes 1.31.0 has no RBD volume plugin any more (it went in "
                   "1.31), and what ceph.com/rbd makes cannot be mounted: put ceph-csi");
    snprintf(text, sizeof(text),
             "%skubernetes_version: 1.31.0\nseed_ceph_rbd_provisioner: rbd.csi.ceph.com\n", base);
    assert_refused(GUIDE, quiet_and(text), "seed_ceph_rbd_cluster_id is not set");
    (void)strncat(text, "seed_ceph_rbd_cluster_id: c1\n", sizeof(text) - strlen(text) - 1);
    assert_silent(GUIDE, quiet_and(text), "rbd");
    snprintf(text, sizeof(text),
             "%skubernetes_version: 1.30.0\nseed_ceph_rbd_provisioner: ceph.com/rbd\n", base);
    assert_silent(GUIDE, quiet_and(text), "rbd");
}

static void gluster(void **state)
{
    const char *base =
        "glusterfs_provisioner_enabled: true\n"
        "glusterfs_provisioner_resturl: http://192.168.0.4:8080\njwt_admin_key: 123456\n";
    char text[1024];

    (void)state;
    assert_silent(GUIDE, quiet_and(base), "gluster");
    assert_refused(GUIDE, quiet_and("glusterfs_provisioner_enabled: true\njwt_admin_key: x\n"),
                   "glusterfs_provisioner_resturl is not set");
    assert_refused(GUIDE,
                   quiet_and("glusterfs_provisioner_enabled: true\n"
                             "glusterfs_provisioner_resturl: http://a:1\n"),
                   "jwt_admin_key is not set");
    snprintf(text, sizeof(text), "%sglusterfs_provisioner_gidMin: 60000\n", base);
    assert_refused(GUIDE, quiet_and(text), "glusterfs_provisioner_gidMin 60000 is above");
    snprintf(text, sizeof(text), "%sglusterfs_provisioner_volumetype: mirror\n", base);
    assert_refused(GUIDE, quiet_and(text),
                   "glusterfs_provisioner_volumetype: expected none, replicate:N");
    snprintf(text, sizeof(text), "%sglusterfs_provisioner_clusterid: xyz\n", base);
    assert_refused(GUIDE, quiet_and(text), "expected 32 hexadecimal digits");
    snprintf(text, sizeof(text), "%skubernetes_version: 1.26.1\n", base);
    assert_refused(GUIDE, quiet_and(text),
                   "Kubernetes 1.26.1 has no GlusterFS volume plugin any more");
}

static void disks(void **state)
{
    (void)state;
    assert_refused(GUIDE, quiet_and("seed_data_disks: [{match: {device: /dev/sdb}}]\n"),
                   "vars.yml:3: seed_data_disks: disk 1: a disk is named by serial, wwn, by_id or "
                   "by_path, not by 'device'");
    assert_refused(GUIDE, quiet_and("seed_data_disks: [{match: {serial: A}, policy: wipe}]\n"),
                   "policy is format-if-blank, keep or wipe-once, not 'wipe'");
    assert_refused(GUIDE, quiet_and("seed_data_disks: [{match: {serial: 00123}}]\n"),
                   "write it in quotes");
    assert_refused(GUIDE,
                   quiet_and("seed_data_disks: [{match: {serial: A}}, {match: {serial: A}}]\n"),
                   "disks 1 and 2 are the same one");
    assert_refused(GUIDE,
                   quiet_and("seed_data_disks: [{match: {serial: A}, fs: xfs, label: "
                             "a-long-label-x}]\n"),
                   "xfs takes at most 12 characters");
    assert_silent(GUIDE,
                  quiet_and("seed_data_disks: [{match: {wwn: '0x5000'}, fs: xfs, policy: keep}]\n"),
                  "disk");
}

static void volumes(void **state)
{
    static const struct {
        const char *members, *words; /* NULL: nothing is wrong */
    } rows[] = {
        {"volumes: 4",                                     NULL                               },
        {"volumes: 4, label: data, policy: wipe-once",     NULL                               },
        {"volumes: [{size: 100G, label: a, fs: xfs}, {}]", NULL                               },
        {"volumes: 0",                                     "volumes: 1 to 32"                 },
        {"volumes: 33",                                    "volumes: 1 to 32"                 },
        {"volumes: []",                                    "a list such as"                   },
        {"volumes: yes",                                   "a list such as"                   },
        {"volumes: 2, policy: keep",                       "leave volumes out"                },
        {"volumes: [{size: 100}]",                         "volume 1: size: write it with its"},
        {"volumes: [{size: 1M}]",                          "at least 64M, such as 100G"       },
        {"volumes: [{size: much}]",                        "such as 100G"                     },
        {"volumes: [{}, {fs: btrfs}]",                     "volume 2: fs is ext4 or xfs"      },
        {"volumes: [{}, {mount: /x}]",                     "unknown member 'mount'"           },
        {"volumes: [{}], label: a",                        "label: write it in each"          },
        {"volumes: 10, fs: xfs, label: ten-bytes-",        "xfs takes at most 12"             },
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        (void)snprintf(text, sizeof(text), "seed_data_disks: [{match: {serial: A}, %s}]\n",
                       rows[i].members);
        if (rows[i].words)
            assert_refused(GUIDE, quiet_and(text), rows[i].words);
        else
            assert_silent(GUIDE, quiet_and(text), "disk");
    }
}

static void marks(void **state)
{
    static const char *const taken[] = {"kubernetes.io/hostname",
                                        "kubernetes.io/arch",
                                        "kubernetes.io/os",
                                        "beta.kubernetes.io/arch",
                                        "beta.kubernetes.io/os",
                                        "node-role.kubernetes.io/master",
                                        "node-role.kubernetes.io/control-plane"};
    static const char *const taken_taints[] = {"node.kubernetes.io/unreachable",
                                               "node.cloudprovider.kubernetes.io/shutdown",
                                               "node-role.kubernetes.io/master"};
    char text[256], words[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
        (void)snprintf(text, sizeof(text), "node_labels: {%s: x}\n", taken[i]);
        (void)snprintf(words, sizeof(words),
                       "vars.yml:3: node_labels: Kubernetes itself sets the label %s", taken[i]);
        assert_refused(GUIDE, quiet_and(text), words);
    }
    for (size_t i = 0; i < ARRAY_SIZE(taken_taints); i++) {
        (void)snprintf(text, sizeof(text), "node_taints: ['%s:NoExecute']\n", taken_taints[i]);
        (void)snprintf(words, sizeof(words),
                       "vars.yml:3: node_taints: Kubernetes itself sets the taint %s",
                       taken_taints[i]);
        assert_refused(GUIDE, quiet_and(text), words);
    }
    /* The first master sets what a node may not give itself. */
    assert_silent(GUIDE,
                  quiet_and("node_labels: {disk: ssd, topology.kubernetes.io/zone: a, "
                            "node-role.kubernetes.io/worker: '', x.k8s.io/y: z}\n"),
                  "label");
    assert_refused(GUIDE, quiet_and("node_taints: ['db=a:NoSchedule', 'db=b:NoSchedule']\n"),
                   "the taint db:NoSchedule is there twice");
    assert_silent(GUIDE, quiet_and("node_taints: ['db=a:NoSchedule', 'db=a:NoExecute']\n"),
                  "taint");
    assert_refused(GUIDE, quiet_and("node_taints: ['db=yes:Never']\n"),
                   "expected key=value:NoSchedule");
    assert_silent(GUIDE, quiet_and("node_taints: ['db=yes:NoSchedule']\n"), "taint");
    assert_refused(GUIDE, quiet_and("kubelet_custom_flags: ['--a=\"b\"']\n"),
                   "expected flags such as");
}

static void secrets_stay_hidden(void **state)
{
    struct made m = make_plan(GUIDE,
                              "ceph_rbd_enabled: true\nceph_rbd_monitors: [1.2.3.4:6789]\n"
                              "ceph_rbd_admin_secret: 'AQ secret =='\njwt_admin_key: [topsecret]\n"
                              "seed_ceph_key: verysecret\n",
                              NULL);

    (void)state;
    assert_int_equal(m.result, -EINVAL);
    assert_non_null(strstr(m.problems, "ceph_rbd_admin_secret: expected the key alone"));
    assert_non_null(strstr(m.problems, "seed_ceph_key: no such variable"));
    assert_null(strstr(m.problems, "AQ secret"));
    assert_null(strstr(m.problems, "topsecret"));
    assert_null(strstr(m.problems, "verysecret"));
    made_done(&m);
}

static void all_problems_at_once(void **state)
{
    struct made m =
        make_plan("[all]\nA ip=1.2.3.4\nb seed_boot=floppy\n[etcd]\nA\nb\n[kube-node]\nA\nb\n",
                  "kube_pods_subnet: x\nconsole_port: 30180\n", NULL);

    (void)state;
    assert_int_equal(m.result, -EINVAL);
    assert_non_null(strstr(m.problems, "hosts.ini:2: 'A' cannot be a node's name"));
    assert_non_null(strstr(m.problems, "hosts.ini:3: seed_boot: expected one of image|cloud-init"));
    assert_non_null(strstr(m.problems, "hosts.ini:3: b has no address"));
    assert_non_null(strstr(m.problems, "no host is in [kube-master]"));
    assert_non_null(strstr(m.problems, "[etcd] has 2 hosts"));
    assert_non_null(strstr(m.message, "problems in the configuration"));
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guide_is_fine),
        cmocka_unit_test(empty_groups),
        cmocka_unit_test(bonds_in_full),
        cmocka_unit_test(bonds_identify),
        cmocka_unit_test(etcd_counts),
        cmocka_unit_test(etcd_growth),
        cmocka_unit_test(names),
        cmocka_unit_test(addresses),
        cmocka_unit_test(identifiers),
        cmocka_unit_test(trust),
        cmocka_unit_test(unknown_variables),
        cmocka_unit_test(certificate_life),
        cmocka_unit_test(networks),
        cmocka_unit_test(masters),
        cmocka_unit_test(versions),
        cmocka_unit_test(default_class),
        cmocka_unit_test(ceph),
        cmocka_unit_test(gluster),
        cmocka_unit_test(disks),
        cmocka_unit_test(volumes),
        cmocka_unit_test(marks),
        cmocka_unit_test(secrets_stay_hidden),
        cmocka_unit_test(all_problems_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
