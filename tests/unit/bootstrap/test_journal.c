/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "bootstrap/journal.h"
#include "common/file.h"
#include "tests/unit/test.h"
#include "tree.h"

#define JOURNAL "/var/lib/nodeseed/journal.json"

static struct journal *open_again(struct tree *t, bool *ret_broken)
{
    _cleanup_free_ char *path = path_join(t->root, JOURNAL);
    struct error e = ERROR_INIT;
    struct journal *j = NULL;

    assert_good(journal_open(path, &j, ret_broken, &e), &e);
    return j;
}

static void test_steps(void **state)
{
    _cleanup_(journal_freep) struct journal *again = NULL;
    struct error e = ERROR_INIT;
    struct tree t;
    struct journal *j;

    (void)state;
    tree_make(&t, NULL);
    j = t.context.journal;
    assert_false(journal_step_done(j, STEP_DISKS, "aa"));
    assert_false(tree_has(&t, JOURNAL)); /* looking writes nothing */
    assert_good(journal_set_step(j, STEP_DISKS, "aa", false, &e), &e);
    assert_false(journal_step_done(j, STEP_DISKS, "aa"));
    assert_false(journal_step_done_once(j, STEP_DISKS));
    assert_good(journal_set_step(j, STEP_DISKS, "aa", true, &e), &e);
    assert_true(journal_step_done(j, STEP_DISKS, "aa"));
    assert_false(journal_step_done(j, STEP_DISKS, "bb"));
    assert_false(journal_step_done(j, STEP_ETCD, "aa"));

    again = open_again(&t, NULL);
    assert_true(journal_step_done(again, STEP_DISKS, "aa"));
    /* A later failure does not undo that it was done once. */
    assert_good(journal_set_step(again, STEP_DISKS, "bb", false, &e), &e);
    assert_false(journal_step_done(again, STEP_DISKS, "bb"));
    assert_true(journal_step_done_once(again, STEP_DISKS));
    tree_remove(&t);
}

static void test_intents(void **state)
{
    _cleanup_(journal_freep) struct journal *again = NULL;
    _cleanup_json_ json_t *value = json_pack("{s:s}", "uuid", "U");
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    assert_null(journal_intent(t.context.journal, "disks/A"));
    assert_good(journal_set_intent(t.context.journal, "disks/A", value, &e), &e);
    again = open_again(&t, NULL);
    assert_true(json_equal(journal_intent(again, "disks/A"), value));
    assert_good(journal_remove_intent(again, "disks/A", &e), &e);
    assert_good(journal_remove_intent(again, "disks/A", &e), &e);
    journal_free(again);
    again = open_again(&t, NULL);
    assert_null(journal_intent(again, "disks/A"));
    tree_remove(&t);
}

/* Whatever a journal was cut down to or replaced by: opened, set aside, begun anew. */
static void test_every_cut(void **state)
{
    _cleanup_free_ char *whole = NULL;
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    assert_good(journal_set_step(t.context.journal, STEP_DISKS, "aa", true, &e), &e);
    whole = tree_read(&t, JOURNAL);
    for (size_t len = 0; len + 2 < strlen(whole); len++) {
        _cleanup_free_ char *part = strndup(whole, len);
        struct journal *j;
        bool broken;

        tree_write(&t, JOURNAL, part);
        j = open_again(&t, &broken);
        assert_true(broken);
        assert_false(journal_step_done(j, STEP_DISKS, "aa"));
        assert_true(tree_has(&t, JOURNAL ".broken"));
        assert_false(tree_has(&t, JOURNAL));
        assert_good(journal_set_step(j, STEP_ENROL, "", true, &e), &e);
        journal_free(j);
    }
    tree_remove(&t);
}

static void test_wrong_shapes(void **state)
{
    static const char *const texts[] = {
        "[]",
        "{}",
        "{\"version\":2,\"steps\":{},\"intents\":{}}",
        "{\"version\":1,\"steps\":[],\"intents\":{}}",
        "{\"version\":1,\"steps\":{},\"intents\":null}",
        "{\"version\":1,\"steps\":{\"disks\":true},\"intents\":{}}",
        "{\"version\":1,\"steps\":{\"disks\":{\"inputs\":1,\"result\":\"done\"}},\"intents\":{}}",
    };
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        bool broken;

        tree_write(&t, JOURNAL, texts[i]);
        journal_free(open_again(&t, &broken));
        if (!broken)
            fail_msg("taken for a journal: %s", texts[i]);
    }
    tree_remove(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_intents),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_wrong_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
