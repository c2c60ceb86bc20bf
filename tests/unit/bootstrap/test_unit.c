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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart_is_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
