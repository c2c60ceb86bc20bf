/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/seedctl/changes.h"
#include "tests/unit/seedctl/example.h"

static char *changes(const struct cluster_view *before, const struct cluster_view *now)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    char *text;

    assert_int_equal(changes_render(before, now, EXAMPLE_NOW_MS, &out, &e), 0);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    return text;
}

static void test_lines(void **state)
{
    _cleanup_example_ struct example a = example_read(example_running);
    _cleanup_example_ struct example b = example_read(example_running);
    _cleanup_free_ char *first = changes(NULL, &a.view), *same = changes(&a.view, &b.view);
    _cleanup_free_ char *counted = NULL, *moved = NULL, *said = NULL;

    (void)state;
    assert_string_equal(first,
                        "  2m00s   70%  node1  control-plane: starting kube-apiserver\n"
                        "  2m00s   75%  node2  node: waits: control plane 0 of 1: node1 starting "
                        "the control plane\n"
                        "  2m00s    0%  node3  not seen yet\n"
                        "1 machines are unknown or not armed: seedctl status lists them\n");
    assert_string_equal(same, "");

    /* A running step that counts on is no change, another step is. */
    b.view.hosts[0].percent = 41;
    b.view.hosts[0].message = "starting kube-scheduler";
    counted = changes(&a.view, &b.view);
    assert_string_equal(counted, "");
    b.view.hosts[0].step = STEP_NODE;
    moved = changes(&a.view, &b.view);
    assert_string_equal(moved, "  2m00s   78%  node1  node: starting kube-scheduler\n");

    /* What a waiting host waits for is. */
    b.view.hosts[0] = a.view.hosts[0];
    b.view.hosts[1].message = "something else";
    said = changes(&a.view, &b.view);
    assert_string_equal(said, "  2m00s   75%  node2  node: waits: something else\n");
}

/* The inventory was reloaded: node1 is gone, the others moved up. */
static void test_other_places(void **state)
{
    _cleanup_example_ struct example a = example_read(example_running);
    struct cluster_view fewer = a.view;
    _cleanup_free_ char *text = NULL;

    (void)state;
    fewer.hosts++;
    fewer.n_hosts--;
    text = changes(&a.view, &fewer);
    assert_string_equal(text, "");
}

static void test_outcome(void **state)
{
    _cleanup_example_ struct example running = example_read(example_running);
    _cleanup_example_ struct example ready = example_read(example_ready);
    struct cluster_view none = {0};

    (void)state;
    assert_int_equal(cluster_outcome(&ready.view, 0, 1000, 99999), OUTCOME_SUCCESS);
    assert_int_equal(cluster_outcome(&none, 0, 1000, 99999), OUTCOME_OPEN);
    assert_int_equal(cluster_outcome(&running.view, 0, 1000, 99999), OUTCOME_OPEN);
    running.view.hosts[2].state = HOST_APPROVE;
    assert_int_equal(cluster_outcome(&running.view, 0, 1000, 99999), OUTCOME_OPEN);
    running.view.hosts[0].state = HOST_FAILED;
    assert_int_equal(cluster_outcome(&running.view, 5000, 1000, 5999), OUTCOME_OPEN);
    assert_int_equal(cluster_outcome(&running.view, 5000, 1000, 6000), OUTCOME_FAILURE);
    running.view.hosts[0].state = HOST_QUARANTINED;
    assert_int_equal(cluster_outcome(&running.view, 5000, 1000, 6000), OUTCOME_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_other_places),
        cmocka_unit_test(test_outcome),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
