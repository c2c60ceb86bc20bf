/* SPDX-License-Identifier: Apache-2.0 */
/* Where variables are defined, under which names, and what YAML and Python make of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"

#define WHOLE "is the whole cluster's: write it into vars.yml, [all:vars] or [k8s-cluster:vars]"

static void a_host_has_no_value_of_its_own(void **state)
{
    const char *fifty = "node3 kubelet_max_pods=50 ansible";

    (void)state;
    assert_refused(guide_but("node3 ansible", fifty), QUIET,
                   "hosts.ini:4: kubelet_max_pods " WHOLE "\n");
    assert_refused(guide_but("node3 ansible", fifty), quiet_and("kubelet_max_pods: 110\n"),
                   "hosts.ini:4: kubelet_max_pods " WHOLE ", where another value stands: node3 "
                   "alone cannot have its own\n");
    assert_refused(guide_but("node2 ansible", "node2 kube_network_plugin=calico ansible"), QUIET,
                   "hosts.ini:3: kube_network_plugin " WHOLE ", where");
    /* The same value is no other one, however it is written. */
    assert_silent(guide_but("node3 ansible", fifty), quiet_and("kubelet_max_pods: '50'\n"),
                  "kubelet_max_pods");
    assert_silent(guide_but("node3 ansible", "node3 ceph_rbd_enabled=no ansible"),
                  quiet_and("ceph_rbd_enabled: false\n"), "ceph_rbd_enabled");
    /* A group below the cluster's wins over [all:vars], and vars.yml over both: a file. */
    assert_refused(guide_but("[all:vars]\n", "[kube-node:vars]\nkubelet_max_pods=50\n[all:vars]\n"
                                             "kubelet_max_pods=110\n"),
                   QUIET, "hosts.ini:17: kubelet_max_pods " WHOLE ", where");
    assert_silent(guide_but("[all:vars]\n", "[kube-node:vars]\nkubelet_max_pods=50\n[all:vars]\n"),
                  quiet_and("kubelet_max_pods: 110\n"), "kubelet_max_pods");
    /* One above does not, and neither does one that stands aside and comes first. */
    assert_silent(guide_and("kubelet_max_pods=50\n"), quiet_and("kubelet_max_pods: 110\n"),
                  "kubelet_max_pods");
    assert_silent(guide_but("[all:vars]\n", "[etcd:vars]\nkubelet_max_pods=50\n[all:vars]\n"),
                  quiet_and("kubelet_max_pods: 110\n"), "kubelet_max_pods");
}

/* Told once where many hosts have it from one place, and once a place otherwise. */
static void places_are_told_once(void **state)
{
    struct made m =
        make_plan(guide_but("[all:vars]\n", "[kube-node:vars]\nkubelet_max_pods=50\n[all:vars]\n"
                                            "kubelet_max_pods=110\n"),
                  QUIET, NULL);
    const char *found = strstr(m.problems, "kubelet_max_pods");

    (void)state;
    assert_non_null(found);
    assert_null(strstr(found + 1, "kubelet_max_pods"));
    made_done(&m);
}

/* etcd's hosts apart from the cluster: vars.yml says nothing to them, [all:vars] does. */
static void etcd_hosts_apart(void **state)
{
    static const char *const text = "[all]\nm ip=192.168.0.2\nn ip=192.168.0.3\n"
                                    "e ip=192.168.0.4%s\n[etcd]\ne\n[kube-master]\nm\n"
                                    "[kube-node]\nn\n[k8s-cluster:children]\nkube-master\n"
                                    "kube-node\n[all:vars]\nseed_gateway=192.168.0.1\n"
                                    "etcd_data_dir=/srv/a\n";
    char hosts[512];

    (void)state;
    snprintf(hosts, sizeof(hosts), text, "");
    assert_silent(hosts, quiet_and("etcd_data_dir: /srv/b\n"), "etcd_data_dir");
    snprintf(hosts, sizeof(hosts), text, " etcd_data_dir=/srv/c");
    assert_refused(hosts, quiet_and("etcd_data_dir: /srv/b\n"),
                   "hosts.ini:4: etcd_data_dir " WHOLE ", where another value stands: e alone");
}

/* The cluster's group by its old and its new name: what stands in either is the cluster's. */
static void both_names_of_the_cluster(void **state)
{
    static const char *const names[][2] = {
        {"k8s-cluster", "k8s_cluster"},
        {"k8s_cluster", "k8s-cluster"}
    };
    char more[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(more, sizeof(more),
                 "[k8s-cluster:children]\n[%s:children]\n%s\n[%s:children]\n"
                 "kube-node\nkube-master\n[%s:vars]\nkubelet_max_pods=50\n",
                 names[i][0], names[i][1], names[i][1], names[i][1]);
        assert_silent(guide_but("[k8s-cluster:children]\nkube-node\nkube-master\n", more), QUIET,
                      "kubelet_max_pods");
    }
    assert_silent(guide_but("[k8s-cluster:children]\nkube-node\n",
                            "[k8s_cluster:children]\nkube-node\n[k8s-cluster:children]\n"),
                  QUIET, "is not in [k8s-cluster]");
}

static void slips_are_told(void **state)
{
    static const char *const fine[] = {"ansible_port",    "access_ip6",   "ntp_server",
                                       "kubelet_version", "cluster_name", "rack"};
    char text[256];

    (void)state;
    assert_warned(GUIDE, quiet_and("kube_pod_subnet: 10.0.0.0/16\n"),
                  "vars.yml:3: warning: kube_pod_subnet: not read here; did you mean "
                  "kube_pods_subnet?\n");
    assert_warned(GUIDE, quiet_and("ceph_rdb_enabled: true\n"), "did you mean ceph_rbd_enabled?");
    assert_warned(GUIDE, quiet_and("kubernets_version: 1.20.2\n"),
                  "did you mean kubernetes_version?");
    assert_warned(guide_but("node2\nnode3\n", "node2 node_lables=a\nnode3 node_lables=b\n"), QUIET,
                  "warning: node_lables, here and in 1 more place: not read here; did you mean "
                  "node_labels?");
    for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
        snprintf(text, sizeof(text), "%s: 1\n", fine[i]);
        assert_silent(GUIDE, quiet_and(text), "did you mean");
    }
}

#define NUMBER "is read as a number, which loses its zeros: write it in quotes"
#define FRACTION "is read as a number, which changes it: write it in quotes"
#define TRUTH "is read as true or false: write it in quotes"

/* Each row: a variable in vars.yml, its value, and what is said of it; NULL: nothing. Of a number
 * YAML may say what it is: 0156 is 110. */
static const struct {
    const char *name, *value, *said;
} readings[] = {
    {"seed_serial",       "0123456",                                " " NUMBER ", seed_serial: "    },
    {"seed_serial",       "1.0",                                    " " FRACTION                    },
    {"seed_serial",       "yes",                                    " " TRUTH                       },
    {"node_labels",       "{zone: 1.10}",                           ": the value of zone " FRACTION },
    {"node_labels",       "{rack: 010}",                            ": the value of rack " NUMBER   },
    {"node_labels",       "{ssd: on}",                              ": the value of ssd " TRUTH     },
    {"node_labels",       "{zone: '1.10', rack: '010', ssd: 'on'}", NULL                            },
    {"coredns_image_tag", "1.10",                                   " " FRACTION                    },
    {"seed_data_disks",   "[{match: {serial: 1.10}}]",              ": disk 1: the serial " FRACTION},
    {"seed_install_disk", "{serial: no}",                           ": the serial " TRUTH           },
    {"kubelet_max_pods",  "0156",                                   NULL                            },
};

static void readings_of_yaml(void **state)
{
    static const char *const key = "glusterfs_provisioner_enabled: true\n"
                                   "glusterfs_provisioner_resturl: http://192.168.0.4:8080\n"
                                   "jwt_admin_key: ";
    char text[256], line[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(readings); i++) {
        snprintf(text, sizeof(text), "%s: %s\n", readings[i].name, readings[i].value);
        snprintf(line, sizeof(line), "vars.yml:3: %s%s", readings[i].name,
                 readings[i].said ? readings[i].said : "");
        if (readings[i].said)
            assert_refused(GUIDE, quiet_and(text), line);
        else
            assert_silent(GUIDE, quiet_and(text), "read as");
    }
    /* KubeSphere's sample has such a key without quotes. */
    snprintf(text, sizeof(text), "%s0123456\n", key);
    assert_warned(GUIDE, quiet_and(text),
                  "vars.yml:5: warning: jwt_admin_key is read as a number, which loses its zeros: "
                  "write it in quotes, jwt_admin_key: \"…\"");
    assert_silent(GUIDE, quiet_and(text), "42798");
    snprintf(text, sizeof(text), "%s1.10\n", key);
    assert_refused(GUIDE, quiet_and(text), "vars.yml:5: jwt_admin_key is read as a number");
    snprintf(text, sizeof(text), "%s'0123456'\n", key);
    assert_silent(GUIDE, quiet_and(text), "jwt_admin_key");
}

/* The same on a host's line, where Python's literals are read: 0123456 is none, and stays. */
static void readings_of_lines(void **state)
{
    static const struct {
        const char *written, *serial; /* NULL: refused */
    } rows[] = {
        {"0123456",    "0123456"},
        {"123456",     "123456" },
        {"'\"5E10\"'", "5E10"   },
        {"5E10",       NULL     },
        {"12E3456",    NULL     },
        {"1.10",       NULL     },
        {"True",       NULL     },
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        snprintf(text, sizeof(text), "node2 seed_serial=%s ansible", rows[i].written);
        if (rows[i].serial) {
            struct made m = make_plan(guide_but("node2 ansible", text), QUIET, NULL);

            assert_int_equal(m.result, 0);
            assert_string_equal(plan_host(m.plan, plan_find_host(m.plan, "node2"))->serial,
                                rows[i].serial);
            made_done(&m);
        } else {
            assert_refused(guide_but("node2 ansible", text), QUIET,
                           "write it in quotes, seed_serial='\"…\"' on a host's line");
        }
    }
}

static void folders_apart(void **state)
{
    (void)state;
    assert_refused(GUIDE, quiet_and("etcd_data_dir: /var/lib\n"),
                   "vars.yml:3: etcd_data_dir: /var/lib is the system's, expected a folder for "
                   "this alone, such as /var/lib/etcd, not '/var/lib'");
    assert_refused(GUIDE, quiet_and("local_volume_provisioner_base_dir: /etc\n"),
                   "vars.yml:3: local_volume_provisioner_base_dir: /etc with all in it is the "
                   "system's");
    assert_refused(GUIDE, quiet_and("etcd_data_dir: /mnt/disks\n"),
                   "vars.yml:3: etcd_data_dir /mnt/disks and local_volume_provisioner_base_dir "
                   "/mnt/disks: one is in the other");
    assert_refused(GUIDE, quiet_and("etcd_data_dir: /mnt/disks/etcd\n"), "one is in the other");
    assert_refused(GUIDE, quiet_and("local_volume_provisioner_base_dir: /var/lib/etcd/disks\n"),
                   "vars.yml:3: etcd_data_dir /var/lib/etcd and");
    assert_silent(GUIDE, quiet_and("etcd_data_dir: /mnt/disks-etcd\n"), "etcd_data_dir");
}

/* A namespace is one DNS label: no dots, 63 letters. */
static void namespaces(void **state)
{
    const char *const long_one = "n12345678901234567890123456789012345678901234567890123456789012";
    char text[256];

    (void)state;
    assert_refused(
        GUIDE, quiet_and("local_volume_provisioner_namespace: kube.system\n"),
        "vars.yml:3: local_volume_provisioner_namespace: expected small letters, digits");
    snprintf(text, sizeof(text), "local_volume_provisioner_namespace: %s\n", long_one);
    assert_silent(GUIDE, quiet_and(text), "namespace");
    snprintf(text, sizeof(text), "local_volume_provisioner_namespace: %s4\n", long_one);
    assert_refused(GUIDE, quiet_and(text), "at most 63");
}

static void times_are_long_enough(void **state)
{
    (void)state;
    assert_refused(GUIDE, quiet_and("seed_arm_window: 0\n"),
                   "vars.yml:3: seed_arm_window 0: that is no time at all: write one with its "
                   "unit, such as 30m");
    assert_refused(GUIDE, quiet_and("seed_step_timeout: 0s\n"),
                   "vars.yml:3: seed_step_timeout 0s:");
    assert_refused(GUIDE, quiet_and("seed_addon_timeout: 0\n"),
                   "vars.yml:3: seed_addon_timeout 0:");
    assert_silent(GUIDE, quiet_and("seed_etcd_grace: 0\n"), "seed_etcd_grace");
    assert_warned(GUIDE, quiet_and("seed_arm_window: 30\n"),
                  "vars.yml:3: warning: seed_arm_window 30 is 30 seconds: machines that take");
    assert_warned(GUIDE, quiet_and("seed_arm_window: 59s\n"), "seed_arm_window 59s is 59 seconds");
    assert_silent(GUIDE, quiet_and("seed_arm_window: 1m\n"), "seed_arm_window");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_has_no_value_of_its_own),
        cmocka_unit_test(places_are_told_once),
        cmocka_unit_test(etcd_hosts_apart),
        cmocka_unit_test(both_names_of_the_cluster),
        cmocka_unit_test(slips_are_told),
        cmocka_unit_test(readings_of_yaml),
        cmocka_unit_test(readings_of_lines),
        cmocka_unit_test(folders_apart),
        cmocka_unit_test(namespaces),
        cmocka_unit_test(times_are_long_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
