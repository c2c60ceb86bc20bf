/* SPDX-License-Identifier: Apache-2.0 */
/* seed_artifacts of kind binary: what a node is told where programs are delivered to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make_plan.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PROGRAM(name, path)                                                                        \
    "- {name: " name ", kind: binary, path: " path ", size: 4096, sha256: '" DIGEST "'}\n"
#define LIST "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\nseed_artifacts:\n"
#define RUNTIME                                                                                    \
    PROGRAM("containerd", "/usr/local/bin/containerd")                                             \
    PROGRAM("containerd-shim-runc-v2", "/usr/local/bin/containerd-shim-runc-v2")                   \
    PROGRAM("ctr", "/usr/local/bin/ctr")                                                           \
    PROGRAM("runc", "/opt/bin/runc")
#define PLUGINS                                                                                    \
    PROGRAM("loopback", "/opt/cni/bin/loopback") PROGRAM("bridge", "/opt/cni/bin/bridge")
#define UNIT "/etc/systemd/system/containerd.service"
#define CONFIG "/etc/containerd/config.toml"

static const char *text_of(const json_t *config, const char *path)
{
    return text_at(file_in(at(config, "/kubelet/files"), path), "/text");
}

static bool has_unit(const json_t *config)
{
    const json_t *file;
    size_t i;

    json_array_foreach(at(config, "/kubelet/files"), i, file)
    {
        if (!strcmp(text_at(file, "/path"), UNIT))
            return true;
    }
    return false;
}

static void the_distribution_s(void **state)
{
    struct made m = make_plan(GUIDE, QUIET, NULL);
    json_t *config = config_of(&m, "node2");

    (void)state;
    assert_false(has_unit(config));
    assert_non_null(strstr(text_of(config, CONFIG), "bin_dir = \"/usr/lib/cni\"\n"));
    assert_non_null(strstr(text_of(config, CONFIG), "BinaryName = \"runc\"\n"));
    json_decref(config);
    made_done(&m);
}

static void delivered(void **state)
{
    struct made m = make_plan(GUIDE, LIST RUNTIME PLUGINS PROGRAM("etcd", "/opt/bin/etcd"), NULL);
    json_t *config = config_of(&m, "node1");
    const char *unit = text_of(config, UNIT);

    (void)state;
    assert_non_null(strstr(unit, "\nExecStart=/usr/local/bin/containerd\n"));
    /* systemd 229 would take StartLimitIntervalSec and those after 229 for typing errors */
    assert_null(strstr(unit, "StartLimitIntervalSec"));
    assert_non_null(strstr(text_of(config, CONFIG), "bin_dir = \"/opt/cni/bin\"\n"));
    assert_non_null(strstr(text_of(config, CONFIG), "BinaryName = \"/opt/bin/runc\"\n"));
    assert_non_null(strstr(
        text_at(file_in(at(config, "/etcd/files"), "/etc/systemd/system/etcd.service"), "/text"),
        "\nExecStart=/opt/bin/etcd "));
    json_decref(config);
    made_done(&m);
}

static void calico_s_folder(void **state)
{
    struct made m =
        make_plan(GUIDE, "kube_pods_subnet: 10.233.64.0/18\nseed_artifacts:\n" PLUGINS, NULL);
    struct buf out = BUF_INIT(1 << 22);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(plan_render_host(m.plan, plan_find_host(m.plan, "node1"), &out, &e), 0);
    assert_non_null(strstr(out.data, "\"path\":\"/opt/cni/bin\""));
    assert_null(strstr(out.data, "/usr/lib/cni"));
    buf_done(&out);
    made_done(&m);
}

static void folders(void **state)
{
    (void)state;
    assert_silent(GUIDE, LIST RUNTIME PLUGINS, "seed_artifacts has containerd");
    assert_refused(GUIDE, LIST PROGRAM("ctr", "/opt/bin/ctr"),
                   "artifact ctr: it is started by its name, so put it into /usr/local/bin");
    assert_refused(GUIDE, LIST PLUGINS PROGRAM("portmap", "/usr/lib/cni/portmap"),
                   "artifact portmap: CNI plugins lie in one folder, and loopback's is "
                   "/opt/cni/bin");
    assert_refused(GUIDE, LIST PLUGINS PROGRAM("portmap", "/opt/cni/bin/more/portmap"),
                   "artifact portmap: CNI plugins lie in one folder");
    assert_warned(GUIDE, LIST PROGRAM("containerd", "/usr/bin/containerd"),
                  "seed_artifacts has containerd and no ctr: the OS image must have one that fits");
}

/* node1 is etcd's member and the master, and no node; node4 is etcd's alone. */
#define APART                                                                                      \
    "[all]\nnode1 ip=192.168.0.10\nnode2 ip=192.168.0.20\nnode4 ip=192.168.0.40\n"                 \
    "node5 ip=192.168.0.50\n[kube-master]\nnode1\n[kube-node]\nnode2\n[etcd]\nnode1\nnode4\n"      \
    "node5\n[all:vars]\nseed_gateway=192.168.0.1\n"
#define FOR(name, roles)                                                                           \
    "- {name: " name ", kind: binary, path: /usr/local/bin/" name ", size: 4096, sha256: '" DIGEST \
    "', roles: " roles "}\n"
#define IMAGE(name, image, roles)                                                                  \
    "- {name: " name ", kind: image, image: '" image "', image_id: 'sha256:" DIGEST                \
    "', size: 4096, sha256: '" DIGEST "', roles: " roles "}\n"
#define CALICO "kube_pods_subnet: 10.233.64.0/18\nseed_artifacts:\n"

/* clang-format off */
/* Each row: one artifact with its roles, and what is said of it where masters are no nodes. Nothing
 * is said of it on the guide's hosts, where each is a node. */
static const struct {
    const char *vars, *said;
} needed[] = {
    {LIST IMAGE("pause", "k8s.gcr.io/pause:3.2", "[node]"),
     "artifact pause: node1 (etcd, master) needs it and would not get it: write "
     "roles: [master, node]"},
    {LIST IMAGE("proxy", "k8s.gcr.io/kube-proxy:v1.20.2", "[node]"),
     "artifact proxy: node1 (etcd, master) needs it"},
    {LIST FOR("kubelet", "[node]"),
     "artifact kubelet: node1 (etcd, master) needs it and would not get it: write "
     "roles: [master, node]"},
    {LIST FOR("containerd", "[node]"), "artifact containerd: node1 (etcd, master) needs it"},
    {LIST FOR("containerd-shim-runc-v2", "[node]"), "artifact containerd-shim-runc-v2: node1"},
    {LIST FOR("ctr", "[node]"), "artifact ctr: node1 (etcd, master) needs it"},
    {LIST FOR("runc", "[node]"), "artifact runc: node1 (etcd, master) needs it"},
    {LIST FOR("loopback", "[node]"), "artifact loopback: node1 (etcd, master) needs it"},
    {LIST FOR("loopback", "[node, master]") FOR("bridge", "[node]"),
     "artifact bridge: node1 (etcd, master) needs it"},
    {LIST FOR("loopback", "[node, etcd]") FOR("host-local", "[node]"), "artifact host-local: node1"},
    {LIST FOR("loopback", "[node, etcd]") FOR("portmap", "[node]"), "artifact portmap: node1"},
    {CALICO IMAGE("node", "quay.io/calico/node:v3.17.1", "[node]"), "artifact node: node1"},
    {CALICO IMAGE("cni", "quay.io/calico/cni:v3.17.1", "[node]"), "artifact cni: node1"},
    {CALICO IMAGE("all", "quay.io/calico/kube-controllers:v3.17.1", "[node]"),
     "artifact all: node1"},
    {LIST IMAGE("dns", "k8s.gcr.io/coredns:1.7.0", "[node]"), "artifact dns: node1"},
    {LIST IMAGE("disks", "k8s.gcr.io/sig-storage/local-volume-provisioner:v2.3.4", "[node]"),
     "artifact disks: node1"},
};
/* clang-format on */

static void what_hosts_need(void **state)
{
    char line[256];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(needed); i++) {
        snprintf(line, sizeof(line), "vars.yml:3: %s", needed[i].said);
        assert_refused(APART, needed[i].vars,
                       strstr(needed[i].vars, "bridge\n") ? line : line + 12);
        assert_silent(GUIDE, needed[i].vars, "needs it");
    }
    /* What a kubelet needs, an etcd host alone does without; and the other way round. */
    assert_silent(APART, LIST FOR("kubelet", "[master, node]") FOR("etcd", "[etcd]"), "needs it");
    assert_silent(APART, LIST FOR("kubelet", "[etcd, node]"), "needs it"); /* node1 is both */
    assert_refused(APART, LIST FOR("etcd", "[master]"),
                   "artifact etcd: node4 (etcd) needs it and would not get it: write "
                   "roles: [etcd, master]");
    assert_refused(APART, LIST FOR("kubeadm", "[node]"),
                   "artifact kubeadm: node1 (etcd, master) needs it and would not get it: write "
                   "roles: [master, node]");
    assert_silent(APART, LIST FOR("kubeadm", "[master]"), "needs it");
    assert_refused(GUIDE,
                   LIST IMAGE("api", "k8s.gcr.io/kube-apiserver:v1.20.2", "[etcd]")
                       FOR("kubelet", "[master]"),
                   "artifact kubelet: node2 (node) needs it");
    /* The bridge plugins are Calico's own business with Calico. */
    assert_silent(APART, CALICO FOR("loopback", "[etcd, node]") FOR("bridge", "[node]"),
                  "needs it");
    /* One archive for masters, one for nodes. */
    assert_silent(APART,
                  LIST IMAGE("pause", "k8s.gcr.io/pause:3.2", "[node]")
                      IMAGE("pause-m", "k8s.gcr.io/pause:3.2", "[master]"),
                  "needs it");
}

static void one_place(void **state)
{
    (void)state;
    assert_refused(GUIDE,
                   LIST PROGRAM("etcd", "/usr/local/bin/etcd")
                       PROGRAM("etcdctl", "/usr/local/bin/etcd"),
                   "vars.yml:3: artifact etcdctl: its path /usr/local/bin/etcd is artifact etcd's "
                   "on node2: write another path, or roles that no host has both of");
#define TWO(first, second)                                                                         \
    LIST "- {name: a, kind: binary, path: /opt/x, size: 1, sha256: '" DIGEST "', roles: " first    \
         "}\n- {name: b, kind: binary, path: /opt/x, size: 1, sha256: '" DIGEST                    \
         "', roles: " second "}\n"
    assert_silent(APART, TWO("[etcd]", "[node]"), "/opt/x");
    assert_refused(APART, TWO("[etcd]", "[master]"), "artifact b: its path /opt/x is artifact a's");
    assert_refused(GUIDE, TWO("[etcd]", "[node]"), "artifact b: its path /opt/x is artifact a's");
#undef TWO
}

static void members(void **state)
{
    static const struct {
        const char *item, *said;
    } rows[] = {
        {"kind: binary, path: /opt/x, role: [master]",
         "unknown member 'role': did you mean roles?"                                                                           },
        {"kind: binary, path: /opt/x, version: 3",
         "unknown member 'version': of kind binary, name, file, sha256, size, kind, path, mode and "
         "roles are known"                                                                                                      },
        {"kind: binary, path: /opt/x, image: x",                             "unknown member 'image': of kind binary,"          },
        {"kind: image, image: 'a:1', image_id: 'sha256:" DIGEST "', img: x",
         "unknown member 'img'"                                                                                                 },
        {"kind: boot, path: /x",
         "unknown member 'path': of kind boot, name, file, sha256, size and "
         "kind are known"                                                                                                       },
        {"kind: os-image, raw_sise: 4194304",                                "unknown member 'raw_sise': did you mean raw_size?"},
        {"kind: binary, path: /usr/local/bin/",
         "path: '/usr/local/bin/' is a folder: write the file's name, too: /usr/local/bin/x"                                    },
        {"kind: binary, path: /usr//bin/x",                                  "path: '/usr//bin/x': write each '/' once"         },
        {"kind: binary, path: /usr/../bin/x",                                "path: expected an absolute path"                  },
        {"kind: binary, path: /usr/./bin/x",                                 "path: expected an absolute path"                  },
        {"kind: binary, path: usr/bin/x",                                    "path: expected an absolute path"                  },
        {"kind: binary, path: /opt/x, mode: 0755",                           "mode: write it in quotes, such as \"0755\""       },
        {"kind: binary, path: /opt/x, mode: '0855'",                         "mode: expected \"0755\" in quotes"                },
    };
    char vars[1024], line[256];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        snprintf(vars, sizeof(vars), LIST "- {name: x, size: 4096, sha256: '" DIGEST "', %s}\n",
                 rows[i].item);
        snprintf(line, sizeof(line), "vars.yml:3: seed_artifacts: artifact 1: x: %s", rows[i].said);
        assert_refused(GUIDE, vars, line);
    }
    assert_silent(GUIDE,
                  LIST "- {name: x, file: y, size: 4096, sha256: '" DIGEST "', kind: binary, "
                       "path: /opt/x/y.z, mode: '4755', roles: [etcd]}\n",
                  "artifact 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_distribution_s),
        cmocka_unit_test(delivered),
        cmocka_unit_test(calico_s_folder),
        cmocka_unit_test(folders),
        cmocka_unit_test(what_hosts_need),
        cmocka_unit_test(one_place),
        cmocka_unit_test(members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
