/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/unit.h"
#include "tests/unit/test.h"
#include "tree.h"

static const char files_text[] =
    "[{\"path\":\"/etc/x.conf\",\"mode\":\"0644\",\"text\":\"new\\n\"}]";

static bool configure(struct tree *t)
{
    json_t *files = json_loads(files_text, 0, NULL);
    struct error e = ERROR_INIT;
    bool restart = false;

    assert_non_null(files);
    assert_good(unit_configure(&t->context, "x.service", files, NULL, &restart, &e), &e);
    json_decref(files);
    return restart;
}

static void test_restart_is_remembered(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    char *text;

    (void)state;
    tree_make(&t, NULL);
    assert_true(configure(&t));
    text = tree_read(&t, "/etc/x.conf");
    assert_string_equal(text, "new\n");
    free(text);
    assert_true(configure(&t)); /* a cut came before the restart: the files say nothing of it */
    assert_good(unit_restarted(&t.context, "x.service", &e), &e);
    assert_false(configure(&t));
    tree_write(&t, "/etc/x.conf", "edited\n");
    assert_true(configure(&t));
    assert_good(unit_restarted(&t.context, "x.service", &e), &e);
    assert_good(unit_restarted(&t.context, "x.service", &e), &e); /* safe to repeat */
    tree_remove(&t);
}

#define CONFIG                                                                                     \
    "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[\"node\"]},"      \
    "\"etcd\":{\"unit\":\"etcd.service\",\"files\":["                                              \
    "{\"path\":\"/etc/systemd/system/etcd.service\",\"text\":\"ExecStart=-/usr/bin/etcd\\n\"},"    \
    "{\"path\":\"/etc/etcd.env\",\"text\":\"# not /usr/bin/kubelet\\n\"}]},"                       \
    "\"kubelet\":{\"unit\":\"kubelet.service\",\"runtime\":{\"unit\":\"containerd.service\"},"     \
    "\"files\":[{\"path\":\"/etc/systemd/system/kubelet.service.d/10.conf\","                      \
    "\"text\":\"ExecStart=\\nExecStart=/usr/bin/kubelet --x \\\\\\n\"},"                           \
    "{\"path\":\"/etc/systemd/system/containerd.service\","                                        \
    "\"text\":\"ExecStart=/opt/usr/bin/kubelet\\nExecStart=/usr/bin/containerd\"}]}}"

static void test_programs(void **state)
{
    static const char *const units[] = {"etcd.service", "kubelet.service", "containerd.service"};
    static const struct {
        const char *program;
        int unit; /* -1: none */
    } cases[] = {
        {"/usr/bin/etcd",            0 },
        {"/usr/bin/kubelet",         1 },
        {"/usr/bin/containerd",      2 },
        {"/usr/bin/etcdctl",         -1},
        {"/usr/bin/containerd-shim", -1},
        {"/usr/bin/kube",            -1},
    };
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, CONFIG);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_good(unit_program_changes(&t.context, cases[i].program, &e), &e);
        for (size_t k = 0; k < ARRAY_SIZE(units); k++) {
            assert_int_equal(unit_is_to_restart(&t.context, units[k]), (int)k == cases[i].unit);
            assert_good(unit_restarted(&t.context, units[k], &e), &e);
        }
    }
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart_is_remembered),
        cmocka_unit_test(test_programs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
