/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seedctl/example.h"

static void test_read(void **state)
{
    _cleanup_example_ struct example x = example_read(example_running);
    const struct host_view *h = &x.view.hosts[0];

    (void)state;
    assert_int_equal(x.view.n_hosts, 3);
    assert_int_equal(x.view.ready, 0);
    assert_int_equal(x.view.pending, 1);
    assert_null(x.view.summary);
    assert_string_equal(x.view.version, "1.20.2");
    assert_string_equal(h->roles, "etcd,master,node");
    assert_int_equal(h->state, HOST_RUNNING);
    assert_int_equal(h->step, STEP_CONTROL_PLANE);
    assert_int_equal(h->percent, 40);
    assert_true(h->steps[STEP_DISKS].done);
    assert_int_equal(h->steps[STEP_DISKS].ms, 3250);
    assert_false(h->steps[STEP_CONTROL_PLANE].done);
    assert_int_equal(x.view.hosts[1].percent, -1);
    assert_int_equal(x.view.hosts[2].step, -1);
    assert_ptr_equal(cluster_view_find(&x.view, "node2"), &x.view.hosts[1]);
    assert_null(cluster_view_find(&x.view, "node4"));
}

static void test_elapsed(void **state)
{
    _cleanup_example_ struct example running = example_read(example_running);
    _cleanup_example_ struct example ready = example_read(example_ready);

    (void)state;
    assert_int_equal(cluster_view_elapsed_ms(&running.view, EXAMPLE_NOW_MS), 120000);
    /* A clock that was set back shows no time, and never a huge one. */
    assert_int_equal(cluster_view_elapsed_ms(&running.view, 5), 0);
    /* It stands still once the last host is ready. */
    assert_int_equal(cluster_view_elapsed_ms(&ready.view, EXAMPLE_NOW_MS + 999999), 119000);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{}",                                                                             "cluster"        },
        {"{\"cluster\":{}}",                                                               "hosts"          },
        {"{\"cluster\":{},\"hosts\":[{\"name\":\"a\"}]}",                                  "host 0: "       },
        {"{\"cluster\":{},\"hosts\":[{\"name\":\"a\",\"roles\":[],\"state\":\"odd\"}]}",
         "\"odd\" is not known"                                                                             },
        {"{\"cluster\":{},\"hosts\":[{\"name\":1,\"roles\":[],\"state\":\"ready\"}]}",     "name"           },
        {"{\"cluster\":{},\"hosts\":[{\"name\":\"a\",\"roles\":{},\"state\":\"ready\"}]}", "roles"          },
        {"[]",                                                                             "server's status"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_json_ json_t *value = NULL;
        struct cluster_view v = {0};
        struct error e = ERROR_INIT;

        assert_int_equal(json_parse(cases[i].text, strlen(cases[i].text), 1000, &value, &e), 0);
        assert_int_equal(cluster_view_read(value, &v, &e), -EINVAL);
        assert_null(v.hosts);
        if (!strstr(e.message, cases[i].words))
            fail_msg("\"%s\" is not in \"%s\"", cases[i].words, e.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_elapsed),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
