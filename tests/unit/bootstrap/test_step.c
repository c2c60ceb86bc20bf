/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/journal.h"
#include "bootstrap/step.h"
#include "tests/unit/test.h"
#include "tree.h"

#define CONFIG                                                                                     \
    "{\"version\":1,\"plan\":\"p\",\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\","             \
    "\"roles\":[\"node\"]},\"disks\":[%s],\"etcd\":null}"

/* What the steps below did, one letter a call. */
static char calls[64];
static bool disks_are_done;
static int disks_result;

static void called(char letter)
{
    size_t n = strlen(calls);

    assert_true(n + 1 < sizeof(calls));
    calls[n] = letter;
    calls[n + 1] = '\0';
}

static int run_first(struct context *c, struct error *e)
{
    (void)e;
    assert_int_equal(c->step, STEP_PREFLIGHT);
    step_progress(c, 50, "half of it");
    step_note(c, "a note");
    called('p');
    return 0;
}

static int done_disks(struct context *c, bool *ret, struct error *e)
{
    (void)c;
    (void)e;
    called('?');
    *ret = disks_are_done;
    return 0;
}

static int run_disks(struct context *c, struct error *e)
{
    called('d');
    if (disks_result < 0)
        return step_refuse(c, error_set(e, disks_result, "disk X holds data"));
    disks_are_done = true;
    return 0;
}

static int run_never(struct context *c, struct error *e)
{
    (void)c;
    (void)e;
    fail_msg("this step was not for this host");
    return -EINVAL;
}

/* clang-format off */
static const struct step_row table[] = {
    {.step = STEP_PREFLIGHT, .in_passing = true, .run = run_first},
    {.step = STEP_DISKS, .needs = "disks", .inputs = {"disks"},
     .is_done = done_disks, .run = run_disks},
    {.step = STEP_ARTIFACTS, .needs = "artifacts", .run = run_never},
    {.step = STEP_ETCD, .roles = NODE_ROLE_ETCD, .run = run_never},
    {.step = STEP_CONTROL_PLANE, .needs = "etcd", .run = run_never},
    {.run = NULL},
};
/* clang-format on */

static int run_table(struct tree *t, enum step until, struct error *e)
{
    const struct step_limits limits = {.until = until, .once = true};

    calls[0] = '\0';
    return step_run_all(&t->context, table, &limits, e);
}

static void set_disks(struct tree *t, const char *disks)
{
    _cleanup_json_ json_t *json = NULL;
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;

    assert_true(asprintf(&text, CONFIG, disks) > 0);
    assert_good(json_parse(text, strlen(text), 4096, &json, &e), &e);
    assert_good(context_set_config(&t->context, json, &e), &e);
}

/* One write, with its two syncs, is enough for both. */
static void test_in_passing(void **state)
{
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    disks_result = 0;
    set_disks(&t, "1");
    assert_good(run_table(&t, STEP_PREFLIGHT, &e), &e);
    assert_string_equal(calls, "p");
    assert_true(journal_step_done_once(t.context.journal, STEP_PREFLIGHT));
    assert_false(tree_has(&t, "/var/lib/nodeseed/journal.json"));
    assert_good(run_table(&t, STEP_DISKS, &e), &e);
    text = tree_read(&t, "/var/lib/nodeseed/journal.json");
    assert_non_null(strstr(text, "\"preflight\""));
    assert_non_null(strstr(text, "\"disks\""));
    tree_remove(&t);
}

/* Done means: journalled for these inputs, and the machine agrees. */
static void test_order_and_doneness(void **state)
{
    struct error e = ERROR_INIT;
    _cleanup_free_ char *log = NULL;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    disks_are_done = false;
    disks_result = 0;
    set_disks(&t, "1");
    assert_good(run_table(&t, STEP_REPORT, &e), &e);
    assert_string_equal(calls, "pd"); /* no journal entry: not even asked */
    assert_good(run_table(&t, STEP_REPORT, &e), &e);
    assert_string_equal(calls, "p?");
    disks_are_done = false; /* somebody pulled the disk */
    assert_good(run_table(&t, STEP_REPORT, &e), &e);
    assert_string_equal(calls, "p?d");
    set_disks(&t, "2"); /* the inventory changed */
    assert_good(run_table(&t, STEP_REPORT, &e), &e);
    assert_string_equal(calls, "pd");
    assert_good(run_table(&t, STEP_PREFLIGHT, &e), &e);
    assert_string_equal(calls, "p");
    log = tree_read(&t, "/var/lib/nodeseed/logs/preflight.log");
    assert_non_null(log);
    assert_string_equal(log, "[   0 s] half of it\na note\n");
    tree_remove(&t);
}

static void test_failure(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    set_disks(&t, "1");
    disks_are_done = false;
    disks_result = -EMEDIUMTYPE;
    assert_int_equal(run_table(&t, STEP_REPORT, &e), -EMEDIUMTYPE);
    assert_string_equal(e.message, "disks: disk X holds data");
    assert_false(journal_step_done_once(t.context.journal, STEP_DISKS));
    assert_true(
        journal_step_done(t.context.journal, STEP_PREFLIGHT,
                          "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"));
    tree_remove(&t);
}

static void test_config_is_checked(void **state)
{
    static const char *const configs[] = {
        "{}",
        "{\"version\":2,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[\"node\"]}}",
        "{\"version\":1,\"host\":{\"name\":\"node2\",\"ip\":\"192.0.2.7\",\"roles\":[\"node\"]}}",
        "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[]}}",
        "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[\"king\"]}}",
        "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[1]}}",
        "{\"version\":1,\"host\":{\"name\":\"node1\",\"roles\":[\"node\"]}}",
    };
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
        _cleanup_json_ json_t *json = NULL;
        struct error e = ERROR_INIT;

        assert_good(json_parse(configs[i], strlen(configs[i]), 4096, &json, &e), &e);
        assert_int_equal(context_set_config(&t.context, json, &e), -EINVAL);
        assert_null(t.context.config);
    }
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_passing),
        cmocka_unit_test(test_order_and_doneness),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_config_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
