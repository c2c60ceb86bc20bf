/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/server/wipe_grant.h"

#define ID "dddddddd-0000-4000-8000-000000000001"
#define OTHER "dddddddd-0000-4000-8000-000000000002"

static void test_apply(void **state)
{
    static const struct {
        enum wipe_state from;
        const char *id;
        bool marked;
        int result;
        enum wipe_state to;
    } rows[] = {
        {WIPE_GRANTED, ID,    false, 0,       WIPE_BEGUN  },
        {WIPE_BEGUN,   ID,    false, 0,       WIPE_BEGUN  },
        {WIPE_SPENT,   ID,    false, -EEXIST, WIPE_SPENT  },
        {WIPE_GRANTED, ID,    true,  0,       WIPE_SPENT  },
        {WIPE_BEGUN,   ID,    true,  0,       WIPE_SPENT  },
        {WIPE_SPENT,   ID,    true,  0,       WIPE_SPENT  },
        {WIPE_GRANTED, OTHER, false, -EEXIST, WIPE_GRANTED},
        {WIPE_BEGUN,   OTHER, true,  -EEXIST, WIPE_BEGUN  },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct wipe_grant grant = {.id = ID, .state = rows[i].from, .since_ms = 1};
        struct wipe_use use = {.serial = "A", .marked = rows[i].marked};
        struct error e = ERROR_INIT;
        bool stores = false;

        (void)snprintf(use.id, sizeof(use.id), "%s", rows[i].id);
        assert_int_equal(wipe_grant_apply(&grant, &use, 2, &stores, &e), rows[i].result);
        assert_int_equal(grant.state, rows[i].to);
        assert_int_equal(stores, rows[i].from != rows[i].to);
        assert_int_equal(grant.since_ms, stores ? 2 : 1);
    }
}

static void test_record(void **state)
{
    static const char *const wrong[] = {
        "", "[]", "{}", "{\"grant\":\"x\",\"state\":\"granted\",\"since_ms\":1}",
        "{\"grant\":\"" ID "\",\"state\":\"renewed\",\"since_ms\":1}"};
    struct wipe_grant grant = {.id = ID, .state = WIPE_BEGUN, .since_ms = 7}, back;
    struct error e = ERROR_INIT;
    char *text = wipe_grant_text(&grant);

    (void)state;
    assert_non_null(text);
    assert_int_equal(wipe_grant_parse(text, &back, &e), 0);
    assert_string_equal(back.id, ID);
    assert_int_equal(back.state, WIPE_BEGUN);
    assert_int_equal(back.since_ms, 7);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_true(wipe_grant_parse(wrong[i], &back, &e) < 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply),
        cmocka_unit_test(test_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
