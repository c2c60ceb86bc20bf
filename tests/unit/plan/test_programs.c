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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_distribution_s),
        cmocka_unit_test(delivered),
        cmocka_unit_test(calico_s_folder),
        cmocka_unit_test(folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
