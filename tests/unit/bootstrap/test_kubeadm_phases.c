/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/control_plane.h"
#include "tests/unit/test.h"
#include "tree.h"

/* Every phase of kubeadm init 1.20 is either skipped in a run or meant: a phase that slips into the
 * wrong run would wait for an API server that cannot be there yet, or write kubelet files. */
static void test_each_phase_has_its_run(void **state)
{
    static const struct {
        const char *phase;
        int run; /* -1: never */
    } rows[] = {
        {"preflight",          -1},
        {"certs",              0 },
        {"kubeconfig",         0 },
        {"kubelet-start",      -1},
        {"control-plane",      0 },
        {"etcd",               0 },
        {"wait-control-plane", -1},
        {"upload-config",      1 },
        {"upload-certs",       -1},
        {"mark-control-plane", 1 },
        {"bootstrap-token",    1 },
        {"kubelet-finalize",   -1},
        {"addon",              -1},
    };

    (void)state;
    assert_int_equal(kubeadm_phase_count, 2);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (int run = 0; run < 2; run++) {
            char list[512], wanted[64];

            (void)snprintf(list, sizeof(list), ",%s,", kubeadm_phases[run].skips);
            (void)snprintf(wanted, sizeof(wanted), ",%s,", rows[i].phase);
            if ((strstr(list, wanted) == NULL) != (rows[i].run == run))
                fail_msg("%s in run %d", rows[i].phase, run);
        }
}

static void test_results_of_the_first(void **state)
{
    static const char *const paths[] = {
        "/etc/kubernetes/pki/apiserver.crt",
        "/etc/kubernetes/pki/apiserver.key",
        "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
        "/etc/kubernetes/pki/apiserver-kubelet-client.key",
        "/etc/kubernetes/pki/front-proxy-client.crt",
        "/etc/kubernetes/pki/front-proxy-client.key",
        "/etc/kubernetes/admin.conf",
        "/etc/kubernetes/controller-manager.conf",
        "/etc/kubernetes/scheduler.conf",
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        "/etc/kubernetes/manifests/kube-scheduler.yaml",
    };
    const struct control_plane cp = {.node = "node1"};
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        assert_int_equal(kubeadm_phases[0].verify(&t.context, &cp, NULL, &e), -ENOENT);
        assert_non_null(strstr(e.message, paths[i])); /* named: what is missing first */
        tree_write(&t, paths[i], "x");
    }
    assert_good(kubeadm_phases[0].verify(&t.context, &cp, NULL, &e), &e);
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_phase_has_its_run),
        cmocka_unit_test(test_results_of_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
