/* SPDX-License-Identifier: Apache-2.0 */
/* A config's "plan": equal digests mean equal configs. Every variable is changed, and every member
 * of every kind of host's config with it. */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"
#include "seed-server/plan/variables.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEX_2 "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"

/* All kinds of hosts: node2 is a worker, node4 a master that is no node, node5 etcd's alone. */
static const char *const names[] = {"node1", "node2", "node3", "node4", "node5"};
#define HOSTS_START "[all]\nnode1 ip=192.168.0.10"
#define HOSTS_SECOND "\nnode2 ip=192.168.0.20"
#define HOSTS_MIDDLE "\nnode3 ip=192.168.0.30\nnode4 ip=192.168.0.40"
#define HOSTS_END                                                                                  \
    "\nnode5 ip=192.168.0.50\n[kube-master]\nnode1\nnode4\n[kube-node]\nnode1\nnode2\nnode3\n"     \
    "[etcd]\nnode1\nnode4\nnode5\n[k8s-cluster:children]\nkube-node\nkube-master\netcd\n"          \
    "[all:vars]\nseed_prefix=24\nseed_gateway=192.168.0.1\nseed_dns=['192.168.0.1']\n"             \
    "seed_ntp=['192.168.0.1']\nloadbalancer_apiserver={'address':'192.168.0.9','port':6443}\n"     \
    "ceph_rbd_enabled=true\nceph_rbd_monitors=['10.0.0.1:6789']\nceph_rbd_admin_secret=QWRtaW4=\n" \
    "glusterfs_provisioner_enabled=true\nglusterfs_provisioner_resturl=http://10.0.0.2:8080\n"     \
    "jwt_admin_key=key\nkube_pods_subnet=10.233.64.0/18\nseed_data_disks="                         \
    "[{'match':{'serial':'D1'},'policy':'format-if-blank','fs':'ext4','label':'data'},"            \
    "{'match':{'serial':'D2'},'policy':'format-if-blank','fs':'ext4','volumes':[{'size':'1G'},{'"  \
    "fs':'xfs'}]}]"                                                                                \
    "\n"
#define ARTIFACTS                                                                                  \
    "seed_artifacts:\n- {name: kubelet, kind: binary, path: /usr/local/bin/kubelet, size: 4, "     \
    "sha256: '" HEX "'}\n- {name: tool, kind: image, image: 'a.b/tool:1', size: 5, "               \
    "sha256: '" HEX "', image_id: 'sha256:" HEX "'}\n"

/* With the plugins each kind of config has what the other has not. */
static const char *const bases[] = {
    "kube_network_plugin=bridge\n",
    "kube_network_plugin=calico\ncoredns_image_tag=1.7.0\nseed_local_volumes=provisioner\n",
};

static const char *const CLUSTER[] = {"cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", NULL};
static const char *const OTHERS[][5] = {
    {"cluster/id",               "6ba7b810-9dad-11d1-80b4-00c04fd430c9", NULL},
    { "cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",                                    "cluster/init-master", "node4", NULL},
    { "cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",                          "alloc/pod-cidr/node2",                                                                     "10.233.99.0/24",
     NULL},
    {                                                                     "cluster/id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8",                                "alloc/etcd-member/node4",                                                                     "other",
     NULL},
};

/* Values for what has no other value by its type. Those of a host are as hosts.ini has them, and
 * what else it takes stands beside them. */
static const struct {
    const char *name, *text;
} values[] = {
    {"seed_boot",                           "seed_boot=local"                                                          },
    {"seed_boot",                           "seed_boot=cloud-init"                                                     },
    {"seed_mac",                            "seed_mac=52:54:00:00:00:09"                                               },
    {"seed_uuid",                           "seed_uuid=6ba7b810-9dad-11d1-80b4-00c04fd430c8"                           },
    {"seed_serial",                         "seed_serial=S9"                                                           },
    {"seed_trust",                          "seed_trust=token"                                                         },
    {"seed_data_disks",                     "seed_data_disks=\"[{'match':{'wwn':'0x5000c500a1b2c3d4'},'policy':"
                        "'wipe-once','fs':'xfs','label':'other'}]\""                            },
    {"seed_data_disks",
     "seed_data_disks=\"[{'match':{'serial':'D1'},'policy':'format-if-blank','fs':"
     "'ext4','label':'data'},{'match':{'serial':'D3'},'policy':'format-if-blank','fs':'xfs',"
     "'volumes':[{'size':'2G','label':'a'},{'fs':'ext4'}]}]\""                                                         },
    {"seed_install_disk",                   "seed_install_disk=\"{'serial':'OS1'}\""                                   },
    {"seed_install_image",                  "seed_install_image=debian"                                                },
    {"seed_console",                        "seed_console=tty1"                                                        },
    {"seed_prefix",                         "seed_prefix=25"                                                           },
    {"seed_gateway",                        "seed_gateway=192.168.0.2"                                                 },
    {"seed_dns",                            "seed_dns=\"['192.168.0.3']\""                                             },
    {"seed_dns",                            "seed_dns=\"['192.168.0.1','192.168.0.3']\""                               },
    {"seed_mtu",                            "seed_mtu=9000"                                                            },
    {"seed_vlan",                           "seed_vlan=7"                                                              },
    {"seed_bond",                           "seed_bond=\"{'mode':'802.3ad','interfaces':['eth0','eth1']}\""            },
    {"seed_bond",                           "seed_bond=\"{'mode':'802.3ad','interfaces':['eth0','eth1'],'miimon':50}\""},
    {"seed_ntp",                            "seed_ntp=\"['192.168.0.3']\""                                             },
    {"seed_pod_gateway",                    "seed_pod_gateway=192.168.0.2"                                             },
    {"seed_ssh_keys",                       "seed_ssh_keys=\"['" KEY "']\""                                            },
    {"seed_ssh_user",                       "seed_ssh_user=ubuntu seed_ssh_keys=\"['" KEY "']\""                       },
    {"ip",                                  "ip=192.168.0.99"                                                          },
    {"access_ip",                           "access_ip=192.168.1.99"                                                   },
    {"ansible_host",                        "ansible_host=192.168.0.99"                                                },
    {"ansible_connection",                  "ansible_connection=local"                                                 },
    {"etcd_member_name",                    "etcd_member_name=other"                                                   },
    {"node_labels",                         "node_labels=\"{'disk':'ssd'}\""                                           },
    {"node_taints",                         "node_taints=\"['gpu=yes:NoSchedule']\""                                   },
    {"kubelet_custom_flags",                "kubelet_custom_flags=\"['--v=4']\""                                       },
    {"kube_override_hostname",              "kube_override_hostname=other"                                             },
    {"seed_artifacts",
     "seed_artifacts:\n- {name: kubelet, kind: binary, path: /opt/kubelet, size: 5, "
     "sha256: '" HEX_2 "', mode: '0700'}\n- {name: tool, kind: image, image: "
     "'a.b/tool:2', size: 6, sha256: '" HEX_2 "', image_id: 'sha256:" HEX_2 "'}\n"                                     },
    {"seed_artifacts",
     "seed_artifacts:\n- {name: other, kind: binary, path: /opt/kubeadm, size: 5, "
     "sha256: '" HEX_2 "'}\n"                                                                                          },
    {"seed_artifacts",
     "seed_artifacts:\n- {name: kubeadm, kind: binary, path: /opt/kubeadm, size: 5, "
     "sha256: '" HEX_2 "', roles: [master]}\n"                                                                         },
    {"seed_artifacts",                      "seed_artifacts:\n- {name: etcd, kind: binary, path: /opt/etcd, size: 5, "
                       "sha256: '" HEX_2 "', roles: [etcd]}\n"                                   },
    {"seed_artifacts",                      "seed_artifacts:\n- {name: containerd, kind: binary, path: /opt/containerd, "
                       "size: 5, sha256: '" HEX_2 "'}\n"                                         },
    {"seed_arm_window",                     "seed_arm_window: 40m\n"                                                   },
    {"seed_etcd_grace",                     "seed_etcd_grace: 3m\n"                                                    },
    {"seed_step_timeout",                   "seed_step_timeout: 11m\n"                                                 },
    {"seed_timeout_factor",                 "seed_timeout_factor: 2\n"                                                 },
    {"seed_timeout_factor",                 "seed_timeout_factor: '1.0000001'\n"                                       },
    {"seed_certificate_days",               "seed_certificate_days: 100\n"                                             },
    {"seed_certificate_life",               "seed_certificate_life: 10m\n"                                             },
    {"seed_certificate_life",               "seed_certificate_life: 3650d\n"                                           },
    {"seed_addon_timeout",                  "seed_addon_timeout: 16m\n"                                                },
    {"seed_ceph_rbd_provisioner",           "seed_ceph_rbd_provisioner: ceph.com/rbd\n"                                },
    {"seed_ceph_rbd_provisioner",
     "seed_ceph_rbd_provisioner: rbd.csi.ceph.com\nseed_ceph_rbd_cluster_id: x\n"                                      },
    {"seed_ceph_rbd_cluster_id",            "seed_ceph_rbd_cluster_id: x\n"                                            },
    {"kubernetes_version",                  "kubernetes_version: 1.20.3\n"                                             },
    {"kubernetes_version",                  "kubernetes_version: 1.25.0\n"                                             },
    {"kube_service_addresses",              "kube_service_addresses: 10.234.0.0/18\n"                                  },
    {"kube_pods_subnet",                    "kube_pods_subnet: 10.236.0.0/18\n"                                        },
    {"kube_pods_subnet",                    "kube_pods_subnet: 10.233.64.0/19\n"                                       },
    {"kube_network_node_prefix",            "kube_network_node_prefix: 25\n"                                           },
    {"kube_image_repo",                     "kube_image_repo: mirror.local/k8s\n"                                      },
    {"loadbalancer_apiserver",              "loadbalancer_apiserver: {address: 192.168.0.8, port: 6443}\n"             },
    {"loadbalancer_apiserver",              "loadbalancer_apiserver: {address: 192.168.0.9, port: 7443}\n"             },
    {"supplementary_addresses_in_ssl_keys", "supplementary_addresses_in_ssl_keys: [x.local]\n"                         },
    {"etcd_data_dir",                       "etcd_data_dir: /srv/etcd\n"                                               },
    {"calico_version",                      "calico_version: v3.18.0\n"                                                },
    {"quay_image_repo",                     "quay_image_repo: mirror.local/quay\n"                                     },
    {"local_volume_provisioner_namespace",  "local_volume_provisioner_namespace: other\n"                              },
    {"local_volume_provisioner_base_dir",   "local_volume_provisioner_base_dir: /srv/disks\n"                          },
    {"ceph_rbd_monitors",                   "ceph_rbd_monitors: ['10.0.0.9:6789']\n"                                   },
    {"ceph_rbd_admin_id",                   "ceph_rbd_admin_id: other\nceph_rbd_user_secret: VXNlcg==\n"               },
    {"ceph_rbd_admin_secret",               "ceph_rbd_admin_secret: T3RoZXI=\n"                                        },
    {"ceph_rbd_user_id",                    "ceph_rbd_user_id: other\nceph_rbd_user_secret: VXNlcg==\n"                },
    {"ceph_rbd_user_secret",                "ceph_rbd_user_secret: VXNlcg==\n"                                         },
    {"ceph_rbd_imageFeatures",              "ceph_rbd_imageFeatures: layering\n"                                       },
    {"glusterfs_provisioner_resturl",       "glusterfs_provisioner_resturl: http://10.0.0.9:8080\n"                    },
    {"glusterfs_provisioner_clusterid",
     "glusterfs_provisioner_clusterid: [630372ccdc720a92c681fb928f27b53f]\n"                                           },
    {"glusterfs_provisioner_volumetype",    "glusterfs_provisioner_volumetype: none\n"                                 },
    {"jwt_admin_key",                       "jwt_admin_key: other\n"                                                   },
    {"nfs_path",                            "nfs_path: /other\n"                                                       },
};

/* What no config here says: who a machine is and who lets it in, how the installer is told to
 * install it, what the taskbox itself goes by, what user-data has, what nothing is made of, and
 * manifests, which come from files beside these (tests/http/test_addons has some). */
static const char *const elsewhere[] = {
    "seed_mac",
    "seed_uuid",
    "seed_serial",
    "seed_trust",
    "seed_install_disk",
    "seed_install_image",
    "seed_console",
    "ansible_host",
    "ansible_ssh_host",
    "seed_install_parallel",
    "seed_arm_window",
    "seed_etcd_grace",
    "seed_step_timeout",
    "seed_ceph_rbd_cluster_id",
    "seed_storage_clients",
    "nfs_client_enabled",
    "nfs_client_is_default_class",
    "nfs_server",
    "nfs_path",
    "console_port",
    "kube_override_hostname",
    "seed_addon_timeout",
};

static bool is_listed(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

/* Another "plan" for the same config does no harm but that a ready host is called outdated for
 * nothing, which is why there are no more of these. */
static bool may_say_more(const char *text)
{
    static const char *const texts[] = {
        "kube_pods_subnet: 10.233.64.0/19\n", /* of no use with Calico, and ready hosts refuse it */
        "seed_pod_gateway=192.168.0.2",       /* the same, without being refused */
        "seed_timeout_factor: '1.0000001'\n", /* less than rounding shows in a worker's seconds */
    };

    return is_listed(texts, ARRAY_SIZE(texts), text);
}

/* Members that nothing changes: nodeseed's own paths, names and constants. */
static const char *const constants[] = {
    "/version",
    "/plan",
    "/host/roles/*", /* see hosts_differ, as of names */
    "/host/name",
    "/node/name",
    "/system/hosts/*/names/0",
    "/preflight/cpus",
    "/preflight/disk_mb",
    "/system/sysctls*",
    "/etcd/certificates/*",
    "/etcd/health/*",
    "/etcd/unit",
    "/etcd/user/name",
    "/etcd/files/*/mode",
    "/etcd/files/*/path",
    "/etcd/files/1/json/auto-compaction-*",
    "/etcd/files/1/json/*-transport-security/*",
    "/etcd/files/1/json/initial-cluster-state",
    "/etcd/files/1/json/initial-cluster-token",
    "/etcd/files/1/json/listen-metrics-urls",
    "/etcd/files/1/json/strict-reconfig-check",
    "/kubelet/certificates/*",
    "/kubelet/runtime/*",
    "/kubelet/unit",
    "/node/ca",
    "/node/cert",
    "/node/key",
    "/control_plane/admin_kubeconfig",
    "/control_plane/bootstrap_token",
    "/control_plane/ca",
    "/control_plane/certificates/*",
    "/control_plane/kubeadm_config",
};

static bool is_constant(const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
        if (fnmatch(constants[i], path, 0) == 0)
            return true;
    return false;
}

/* ---- plans ----------------------------------------------------------------------------------- */

enum where { NOBODY, NODE1, NODE2, NODE4, ALL };

/* text is a host's, or lines of vars.yml; "" for neither. */
static struct made plan_with(const char *base, enum where where, const char *text,
                             const char *const *cluster)
{
    char hosts[8192], vars[8192];

    snprintf(hosts, sizeof(hosts), "%s %s%s %s%s %s%s%s", HOSTS_START, where == NODE1 ? text : "",
             HOSTS_SECOND, where == NODE2 ? text : "", HOSTS_MIDDLE, where == NODE4 ? text : "",
             HOSTS_END, base);
    snprintf(vars, sizeof(vars), "%s%s",
             strncmp(text, "seed_artifacts:", strlen("seed_artifacts:")) == 0 ? "" : ARTIFACTS,
             where == ALL ? text : "");
    return make_plan(hosts, vars, cluster);
}

/* Without its "plan", which *ret_plan is. */
static json_t *config_and_plan(const struct made *m, const char *host, char ret_plan[65])
{
    json_t *config = config_of(m, host);

    snprintf(ret_plan, 65, "%s", text_at(config, "/plan"));
    assert_int_equal(strlen(ret_plan), 64);
    assert_int_equal(json_object_del(config, "plan"), 0);
    return config;
}

/* ---- members --------------------------------------------------------------------------------- */

static json_t *seen; /* path of each member that some change has changed */

static void see(const char *path)
{
    assert_int_equal(json_object_set_new(seen, path, json_true()), 0);
}

/* Sees what differs: leaves, and members and lists that are longer on one side as a whole. */
static void compare(const json_t *a, const json_t *b, const char *path)
{
    const char *key;
    const json_t *item;
    char below[512];
    size_t i;

    if (json_is_object(a) && json_is_object(b)) {
        json_object_foreach((json_t *)(uintptr_t)a, key, item)
        {
            snprintf(below, sizeof(below), "%s/%s", path, key);
            compare(item, json_object_get(b, key), below);
        }
    } else if (json_is_array(a) && json_is_array(b) && json_array_size(a) == json_array_size(b)) {
        json_array_foreach((json_t *)(uintptr_t)a, i, item)
        {
            snprintf(below, sizeof(below), "%s/%zu", path, i);
            compare(item, json_array_get(b, i), below);
        }
    } else if (!b || !json_equal(a, b)) {
        see(path);
    }
}

/* How many leaves of a config nothing has changed that are no constants. */
static size_t count_unseen(const json_t *value, const char *path, const char *host)
{
    const char *key;
    const json_t *item;
    char below[512];
    size_t i, n = 0;

    if (json_object_get(seen, path) || is_constant(path))
        return 0;
    if (json_is_object(value) && json_object_size(value)) {
        json_object_foreach((json_t *)(uintptr_t)value, key, item)
        {
            snprintf(below, sizeof(below), "%s/%s", path, key);
            n += count_unseen(item, below, host);
        }
        return n;
    }
    if (json_is_array(value) && json_array_size(value)) {
        json_array_foreach((json_t *)(uintptr_t)value, i, item)
        {
            snprintf(below, sizeof(below), "%s/%zu", path, i);
            n += count_unseen(item, below, host);
        }
        return n;
    }
    print_error("%s: nothing changes %s\n", host, path);
    return 1;
}

/* ---- every variable -------------------------------------------------------------------------- */

struct walk {
    const char *base;
    struct made made;
    bool changes[VAR_COUNT];
    size_t wrong;
};

/* Does it change anything? */
static bool try_one(struct walk *w, enum where where, const char *text, const char *const *cluster)
{
    struct made m = plan_with(w->base, where, text, cluster);
    bool changes = false;

    for (size_t i = 0; m.plan && i < ARRAY_SIZE(names); i++) {
        char before[65], after[65];
        json_t *old = config_and_plan(&w->made, names[i], before);
        json_t *new = config_and_plan(&m, names[i], after);
        bool differ = !json_equal(old, new);

        if (differ && strcmp(before, after) == 0 && ++w->wrong)
            print_error("%s%s changes the config of %s, and not its plan\n", w->base, text,
                        names[i]);
        if (!differ && strcmp(before, after) != 0 && !may_say_more(text) && ++w->wrong)
            print_error("%s%s changes the plan of %s, and not its config\n", w->base, text,
                        names[i]);
        changes = changes || differ;
        compare(old, new, "");
        json_decref(old);
        json_decref(new);
    }
    made_done(&m);
    return changes;
}

/* Lines for another value than the default, by the type; a host has its own in values. */
static void try_by_type(struct walk *w, enum variable_id id)
{
    const struct variable *v = variable(id);
    unsigned long long low = 0, high = 0, number;
    char text[256];

    switch (v->type) {
    case TYPE_BOOL:
        snprintf(text, sizeof(text), "%s: true\n", v->name);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        snprintf(text, sizeof(text), "%s: false\n", v->name);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        break;
    case TYPE_NUMBER:
        assert_int_equal(sscanf(v->limits, "%llu-%llu", &low, &high), 2);
        number = v->otherwise ? strtoull(v->otherwise, NULL, 10) : low;
        snprintf(text, sizeof(text), "%s: %llu\n", v->name,
                 number < high ? number + 1 : number - 1);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        break;
    case TYPE_CHOICE:
        for (const char *c = v->limits; *c; c += strcspn(c, "|"), c += *c == '|') {
            snprintf(text, sizeof(text), "%s: '%.*s'\n", v->name, (int)strcspn(c, "|"), c);
            w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        }
        break;
    case TYPE_NAME:
    case TYPE_LABEL:
    case TYPE_WORD:
        snprintf(text, sizeof(text), "%s: other\n", v->name);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        break;
    case TYPE_IMAGE:
        snprintf(text, sizeof(text), "%s: mirror.local/other\n", v->name);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        break;
    case TYPE_TAG:
        snprintf(text, sizeof(text), "%s: v3.18.9\n", v->name);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        break;
    case TYPE_SHA256:
        snprintf(text, sizeof(text), "%s: %s\n", v->name, HEX_2);
        w->changes[id] |= try_one(w, ALL, text, CLUSTER);
        break;
    default:
        break; /* in values, or it is missed below */
    }
}

static void try_variable(struct walk *w, enum variable_id id)
{
    const struct variable *v = variable(id);
    bool has_values = false;

    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (strcmp(values[i].name, v->name) != 0)
            continue;
        has_values = true;
        if (v->flags & VARIABLE_HOST) {
            w->changes[id] |= try_one(w, NODE2, values[i].text, CLUSTER);
            w->changes[id] |= try_one(w, NODE4, values[i].text, CLUSTER);
        } else {
            w->changes[id] |= try_one(w, ALL, values[i].text, CLUSTER);
        }
    }
    if (!has_values)
        try_by_type(w, id);
}

static void equal_plans_mean_equal_configs(void **state)
{
    struct walk w = {0};

    (void)state;
    seen = json_object();
    assert_non_null(seen);
    for (size_t b = 0; b < ARRAY_SIZE(bases); b++) {
        w.base = bases[b];
        w.made = plan_with(w.base, NOBODY, "", CLUSTER);
        if (!w.made.plan)
            fail_msg("%s", w.made.problems);
        for (enum variable_id id = 0; id < VAR_COUNT; id++)
            if (!(variable(id)->flags & VARIABLE_OLD))
                try_variable(&w, id);
        assert_true(try_one(&w, NODE1, "ip=192.168.0.98", CLUSTER));
        for (size_t i = 0; i < ARRAY_SIZE(OTHERS); i++)
            assert_true(try_one(&w, NOBODY, "", OTHERS[i]));
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
            json_t *config = config_of(&w.made, names[i]);

            w.wrong += count_unseen(config, "", names[i]);
            json_decref(config);
        }
        made_done(&w.made);
    }
    for (enum variable_id id = 0; id < VAR_COUNT; id++) {
        const char *name = variable(id)->name;
        bool is_elsewhere = is_listed(elsewhere, ARRAY_SIZE(elsewhere), name);

        if (!(variable(id)->flags & VARIABLE_OLD) && w.changes[id] == is_elsewhere && ++w.wrong)
            print_error("%s: %s\n", name,
                        is_elsewhere
                            ? "a config says it after all: take it from elsewhere[]"
                            : "nothing here changes a config by it: add it to values[], or "
                              "to elsewhere[]");
    }
    json_decref(seen);
    assert_int_equal(w.wrong, 0);
}

/* No two hosts are told the same, nor one before and after it was installed anew. */
static void hosts_differ(void **state)
{
    struct made m = plan_with(bases[0], NOBODY, "", CLUSTER);
    _cleanup_json_ json_t *plans = json_object();
    char plan[65];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        for (unsigned incarnation = 1; incarnation <= 3; incarnation++) {
            struct buf out = BUF_INIT(1 << 22);
            struct error e = ERROR_INIT;
            json_t *config = NULL;

            assert_int_equal(plan_render_incarnation(m.plan, plan_find_host(m.plan, names[i]),
                                                     incarnation, &out, &e),
                             0);
            assert_int_equal(json_parse(out.data, out.len, 1 << 22, &config, &e), 0);
            snprintf(plan, sizeof(plan), "%s", text_at(config, "/plan"));
            assert_null(json_object_get(plans, plan));
            assert_int_equal(json_object_set_new(plans, plan, json_true()), 0);
            json_decref(config);
            buf_done(&out);
        }
    }
    made_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_plans_mean_equal_configs),
        cmocka_unit_test(hosts_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
