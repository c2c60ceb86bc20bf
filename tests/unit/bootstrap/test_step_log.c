/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/step_log.h"
#include "tests/unit/test.h"
#include "tree.h"

/* What ended up in the file of the step. */
static char *ended(struct tree *t, struct step_log *log)
{
    struct error e = ERROR_INIT;

    assert_good(step_log_end(log, &e), &e);
    return tree_read(t, "/logs/disks.log");
}

static void make_log(struct tree *t, struct step_log **ret)
{
    struct error e = ERROR_INIT;
    char folder[128];

    tree_make(t, NULL);
    (void)snprintf(folder, sizeof(folder), "%s/logs", t->root);
    assert_good(step_log_new(folder, ret, &e), &e);
    step_log_begin(*ret, STEP_DISKS);
}

static void test_says_what_is_new(void **state)
{
    static const char *const words[] = {
        "waiting for node12, 1 s",
        "waiting for node12, 2 s",
        "waiting for node12, 10 s",
        "waiting for node13, 11 s",
        "waiting for node13, 11 s",
        "waiting for node13",
        "12",
        "",
    };
    _cleanup_free_ char *text = NULL;
    struct step_log *log = NULL;
    struct tree t;

    (void)state;
    make_log(&t, &log);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        step_log_say(log, words[i]);
    text = ended(&t, log);
    assert_string_equal(text, "[   0 s] waiting for node12, 1 s\n"
                              "[   0 s] waiting for node13, 11 s\n"
                              "[   0 s] waiting for node13\n"
                              "[   0 s] 12\n");
    step_log_free(log);
    tree_remove(&t);
}

static void test_the_newest_is_kept(void **state)
{
    static const char dropped[] = "[earlier lines were dropped]\n";
    _cleanup_free_ char *text = NULL;
    struct step_log *log = NULL;
    struct tree t;

    (void)state;
    make_log(&t, &log);
    for (int i = 0; i < 20000; i++) {
        char line[16];
        int n = snprintf(line, sizeof(line), "line %d\n", i);

        step_log_add(log, line, (size_t)n);
    }
    text = ended(&t, log);
    assert_memory_equal(text, dropped, strlen(dropped));
    assert_true(strlen(text) <= 64 * 1024);
    assert_non_null(strstr(text, "\nline 19999\n"));
    assert_null(strstr(text, "\nline 1\n"));
    step_log_free(log);
    tree_remove(&t);
}

/* A young step, or one whose log the server has, is not worth a call: there is no server here, and
 * a call would be an error. */
static void test_not_told_too_early(void **state)
{
    struct error e = ERROR_INIT;
    struct step_log *log = NULL;
    struct tree t;

    (void)state;
    make_log(&t, &log);
    assert_good(step_log_post_running(log, t.context.client, &e), &e);
    step_log_say(log, "words");
    assert_good(step_log_post_running(log, t.context.client, &e), &e);
    step_log_free(log);
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_what_is_new),
        cmocka_unit_test(test_the_newest_is_kept),
        cmocka_unit_test(test_not_told_too_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
