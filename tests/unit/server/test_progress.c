/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/progress.h"
#include "tests/unit/test.h"

static void apply(struct progress *p, const char *text, uint64_t now_ms)
{
    struct error e = ERROR_INIT;
    struct report r;

    assert_good(report_parse(text, strlen(text), &r, &e), &e);
    assert_good(progress_apply(p, &r, now_ms, &e), &e);
    report_done(&r);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"step\":\"disks\"}",
        "{\"step\":\"x\",\"state\":\"done\"}",
        "{\"step\":\"disks\",\"state\":\"\"}",
        "{\"step\":\"disks\",\"state\":\"done\",\"progress\":-2}",
        "{\"step\":\"disks\",\"state\":\"done\",\"progress\":1.5}",
        "{\"step\":\"disks\",\"state\":\"done\",\"seconds\":-1}",
        "{\"step\":\"disks\",\"state\":\"done\",\"seconds\":1e300}",
        "{\"step\":\"disks\",\"state\":\"done\",\"message\":5}",
        "{\"step\":\"disks\",\"state\":\"done\",\"details\":\"x\"}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct error e = ERROR_INIT;
        struct report r;

        if (report_parse(texts[i], strlen(texts[i]), &r, &e) == 0)
            fail_msg("%s was taken", texts[i]);
        assert_true(e.message[0] != '\0');
    }
}

static void test_run(void **state)
{
    struct progress p = PROGRESS_INIT;

    (void)state;
    apply(&p, "{\"step\":\"disks\",\"state\":\"running\",\"progress\":10,\"boot_id\":\"a\"}", 100);
    apply(&p, "{\"step\":\"disks\",\"state\":\"running\",\"progress\":90,\"boot_id\":\"a\"}", 200);
    assert_int_equal(p.since_ms, 100);
    assert_int_equal(p.updated_ms, 200);
    assert_int_equal(p.percent, 90);
    apply(&p, "{\"step\":\"disks\",\"state\":\"done\",\"seconds\":2.5,\"boot_id\":\"a\"}", 300);
    assert_int_equal(p.since_ms, 300);
    assert_int_equal(p.steps[STEP_DISKS].state, REPORT_DONE);
    assert_int_equal(p.steps[STEP_DISKS].at_ms, 300);
    /* A reset on the way is the same run; what was done stays done for those who wait for it. */
    apply(&p, "{\"step\":\"identify\",\"state\":\"running\",\"boot_id\":\"b\"}", 400);
    assert_int_equal(p.started_ms, 100);
    assert_int_equal(p.steps[STEP_DISKS].state, REPORT_DONE);
    apply(&p, "{\"step\":\"report\",\"state\":\"done\",\"boot_id\":\"b\"}", 500);
    assert_int_equal(p.ready_ms, 500);
    apply(&p, "{\"step\":\"report\",\"state\":\"done\",\"boot_id\":\"b\"}", 600);
    assert_int_equal(p.ready_ms, 500);
    assert_int_equal(p.steps[STEP_REPORT].at_ms, 500);
    /* A boot of a host that was ready is a new one. */
    apply(&p, "{\"step\":\"identify\",\"state\":\"running\",\"boot_id\":\"c\"}", 700);
    assert_int_equal(p.started_ms, 700);
    assert_int_equal(p.ready_ms, 0);
    progress_done(&p);
}

static void test_round_trip(void **state)
{
    struct progress p = PROGRESS_INIT, q;
    _cleanup_json_ json_t *first = NULL, *second = NULL;
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;

    (void)state;
    apply(&p,
          "{\"step\":\"etcd\",\"state\":\"failed\",\"message\":\"a\\tb\",\"boot_id\":\"x\","
          "\"details\":{\"k\":[1,2]},\"seconds\":1.25}",
          1234567890123);
    assert_string_equal(p.message, "a b");
    first = progress_json(&p);
    text = json_dumps(first, JSON_COMPACT);
    assert_good(progress_parse(text, &q, &e), &e);
    second = progress_json(&q);
    assert_true(json_equal(first, second));
    progress_done(&p);
    progress_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
