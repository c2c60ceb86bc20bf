/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/control_plane.h"
#include "made.h"
#include "tests/unit/test.h"

/* Every phase of kubeadm init is either skipped in a run or meant: a phase that slips into the
 * wrong run would wait for an API server that cannot be there yet, or write kubelet files. */
static void test_each_phase_has_its_run(void **state)
{
    static const struct {
        const char *phase;
        int run; /* -1: never */
        unsigned first;
    } rows[] = {
        {"preflight",          -1, 13},
        {"certs",              0,  13},
        {"kubeconfig",         0,  13},
        {"kubelet-start",      -1, 13},
        {"control-plane",      0,  13},
        {"etcd",               0,  13},
        {"wait-control-plane", -1, 13},
        {"upload-config",      1,  13},
        {"upload-certs",       -1, 14},
        {"mark-control-plane", 1,  13},
        {"bootstrap-token",    1,  13},
        {"kubelet-finalize",   -1, 17},
        {"addon",              -1, 13},
        {"show-join-command",  -1, 22},
        {"kubeconfig/kubelet", -1, 13},
    };

    (void)state;
    assert_int_equal(kubeadm_phase_count, 2);
    for (unsigned minor = 13; minor < 35; minor++)
        for (int run = 0; run < 2; run++) {
            _cleanup_free_ char *skips = NULL;
            char version[16], list[512];

            (void)snprintf(version, sizeof(version), "1.%u.2", minor);
            assert_int_equal(kubeadm_skips(&kubeadm_phases[run], version, &skips, NULL), 0);
            assert_memory_equal(skips, "--skip-phases=", strlen("--skip-phases="));
            (void)snprintf(list, sizeof(list), ",%s,", strchr(skips, '=') + 1);
            for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                bool wanted = rows[i].run != run && minor >= rows[i].first;
                char word[64];

                (void)snprintf(word, sizeof(word), ",%s,", rows[i].phase);
                if ((strstr(list, word) != NULL) != wanted)
                    fail_msg("%s in run %d of 1.%u", rows[i].phase, run, minor);
            }
        }
}

static void test_results_of_the_first(void **state)
{
    const struct control_plane cp = {.node = "node1"};
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    made_write_cas(&t);
    for (size_t i = 0; i < MADE_FILES; i++) {
        assert_int_equal(kubeadm_phases[0].verify(&t.context, &cp, NULL, &e), -ENOENT);
        assert_non_null(strstr(e.message, made_paths[i])); /* named: what is missing first */
        /* a cut leaves a file without what was written to it */
        tree_write(&t, made_paths[i], "");
        assert_int_equal(kubeadm_phases[0].verify(&t.context, &cp, NULL, &e), -ENOENT);
        made_write(&t, i);
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
