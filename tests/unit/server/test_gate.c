/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/gate.h"
#include "tests/unit/test.h"

#define NOW 1000000
#define GRACE 60000

struct lab {
    struct progress progress[5];
    struct gate_member members[5];
    struct gate_input input;
};

/* node1 to node3 are etcd, node1 and node2 masters, node1 runs init. */
static void lab_init(struct lab *l, size_t self, enum step gate)
{
    static const char *const names[] = {"node1", "node2", "node3", "node4", "node5"};

    for (size_t i = 0; i < 5; i++)
        l->members[i] =
            (struct gate_member){names[i], l->progress[i].state ? &l->progress[i] : NULL, false};
    l->input = (struct gate_input){
        .gate = gate,
        .self = &l->members[self],
        .roles = (self < 3 ? ROLE_ETCD : 0) | (self < 2 ? ROLE_MASTER : 0) | ROLE_NODE,
        .init_master = self == 0,
        .etcd = l->members,
        .etcd_n = 3,
        .masters = l->members,
        .masters_n = 2,
        .init = 0,
        .now_ms = NOW,
        .grace_ms = GRACE,
    };
}

static void set(struct lab *l, size_t host, enum step step, enum report_state state, uint64_t at_ms)
{
    l->progress[host].step = step;
    l->progress[host].state = state;
    l->progress[host].steps[step].state = state;
    l->progress[host].steps[step].at_ms = at_ms;
}

static struct gate_answer ask(struct lab *l, size_t self, enum step gate)
{
    struct gate_answer answer;
    struct error e = ERROR_INIT;

    lab_init(l, self, gate);
    assert_good(gate_decide(&l->input, &answer, &e), &e);
    assert_int_equal(answer.granted, answer.reason[0] == '\0');
    return answer;
}

static void refuse(struct lab *l, size_t self, enum step gate)
{
    struct gate_answer answer;
    struct error e = ERROR_INIT;

    lab_init(l, self, gate);
    assert_int_equal(gate_decide(&l->input, &answer, &e), -EPERM);
}

static void test_roles(void **state)
{
    struct lab l = {0};

    (void)state;
    assert_true(ask(&l, 2, STEP_ETCD).granted);
    refuse(&l, 3, STEP_ETCD);
    refuse(&l, 2, STEP_CONTROL_PLANE);
    refuse(&l, 1, STEP_ADDONS);
    refuse(&l, 0, STEP_DISKS);
}

static void test_etcd_before_control_plane(void **state)
{
    struct lab l = {0};
    struct gate_answer a = ask(&l, 0, STEP_CONTROL_PLANE);

    (void)state;
    assert_string_equal(a.reason, "etcd 0 of 3: node1 not seen yet");
    set(&l, 0, STEP_ETCD, REPORT_DONE, NOW - 10 * GRACE);
    set(&l, 1, STEP_DISKS, REPORT_RUNNING, NOW);
    a = ask(&l, 0, STEP_CONTROL_PLANE);
    assert_string_equal(a.reason, "etcd 1 of 3: node2 preparing disks");
    assert_int_equal(a.again_ms, 0); /* no quorum: no grace runs */
    set(&l, 1, STEP_ETCD, REPORT_DONE, NOW - 1000);
    a = ask(&l, 0, STEP_CONTROL_PLANE);
    assert_string_equal(a.reason, "etcd 2 of 3: node3 not seen yet");
    assert_int_equal(a.again_ms, NOW - 1000 + GRACE);
    set(&l, 1, STEP_ETCD, REPORT_DONE, NOW - GRACE);
    a = ask(&l, 0, STEP_CONTROL_PLANE);
    assert_true(a.granted && a.exclusive);
    set(&l, 1, STEP_ETCD, REPORT_DONE, NOW);
    set(&l, 2, STEP_ETCD, REPORT_DONE, NOW);
    assert_true(ask(&l, 0, STEP_CONTROL_PLANE).granted);
}

static void test_masters_in_order(void **state)
{
    struct lab l = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        set(&l, i, STEP_ETCD, REPORT_DONE, NOW - GRACE);
    assert_true(ask(&l, 0, STEP_CONTROL_PLANE).granted);
    assert_string_equal(ask(&l, 1, STEP_CONTROL_PLANE).reason,
                        "control plane 0 of 2: node1 joining etcd");
    assert_false(ask(&l, 3, STEP_NODE).granted);
    assert_false(ask(&l, 0, STEP_NODE).granted);
    set(&l, 0, STEP_CONTROL_PLANE, REPORT_FAILED, NOW);
    assert_string_equal(ask(&l, 1, STEP_CONTROL_PLANE).reason,
                        "control plane 0 of 2: node1 failed joining the control plane");
    set(&l, 0, STEP_CONTROL_PLANE, REPORT_DONE, NOW);
    assert_true(ask(&l, 1, STEP_CONTROL_PLANE).exclusive);
    assert_true(ask(&l, 1, STEP_CONTROL_PLANE).granted);
    assert_true(ask(&l, 0, STEP_NODE).granted); /* must not wait for a master that waits for it */
    assert_true(ask(&l, 0, STEP_ADDONS).granted);
    assert_string_equal(ask(&l, 3, STEP_NODE).reason, "control plane 1 of 2: node2 joining etcd");
    set(&l, 1, STEP_CONTROL_PLANE, REPORT_DONE, NOW);
    assert_true(ask(&l, 3, STEP_NODE).granted);
}

static void test_dead_master_blocks_nobody(void **state)
{
    struct lab l = {0};

    (void)state;
    set(&l, 0, STEP_CONTROL_PLANE, REPORT_DONE, NOW - GRACE);
    assert_true(ask(&l, 3, STEP_NODE).granted);
    set(&l, 0, STEP_CONTROL_PLANE, REPORT_DONE, NOW - GRACE + 1);
    assert_int_equal(ask(&l, 3, STEP_NODE).again_ms, NOW + 1);
}

/* A clock that was a year ahead when a host reported. */
static void test_clock_was_ahead(void **state)
{
    struct lab l = {0};

    (void)state;
    set(&l, 0, STEP_ETCD, REPORT_DONE, NOW + 1000 * GRACE);
    set(&l, 1, STEP_ETCD, REPORT_DONE, NOW - GRACE);
    assert_true(ask(&l, 0, STEP_CONTROL_PLANE).granted);
    set(&l, 1, STEP_ETCD, REPORT_DONE, NOW - 1);
    assert_int_equal(ask(&l, 0, STEP_CONTROL_PLANE).again_ms, NOW - 1 + GRACE);
}

static void test_words(void **state)
{
    struct progress p = {.state = REPORT_WAITING, .step = STEP_ETCD};
    struct gate_member m = {"node9", &p, false};
    char words[64];

    (void)state;
    gate_member_doing(&m, words, sizeof(words));
    assert_string_equal(words, "node9 waiting before joining etcd");
    m.quarantined = true;
    gate_member_doing(&m, words, sizeof(words));
    assert_string_equal(words, "node9 quarantined");
    gate_member_doing(&m, words, 8); /* cut short, not overrun */
    assert_string_equal(words, "node9 q");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_etcd_before_control_plane),
        cmocka_unit_test(test_masters_in_order),
        cmocka_unit_test(test_dead_master_blocks_nobody),
        cmocka_unit_test(test_clock_was_ahead),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
