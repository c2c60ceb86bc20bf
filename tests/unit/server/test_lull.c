/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/lull.h"
#include "tests/unit/test.h"

/* How often in a while, once a second. */
static unsigned due(struct lull *l, uint64_t *now_ms, unsigned connections, unsigned seconds)
{
    unsigned n = 0;

    for (unsigned i = 0; i < seconds; i++, *now_ms += 1000)
        n += lull_due(l, connections, *now_ms);
    return n;
}

static void test_after_a_boot(void **state)
{
    struct lull l = {0};
    uint64_t now = 1000;

    (void)state;
    assert_int_equal(due(&l, &now, 0, 100), 0);
    assert_int_equal(due(&l, &now, 1000, 100), 0); /* all are there */
    assert_int_equal(due(&l, &now, 600, 100), 0);  /* most are */
    assert_int_equal(due(&l, &now, 400, LULL_MS / 1000), 0);
    assert_int_equal(due(&l, &now, 400, 100), 1);
    assert_int_equal(due(&l, &now, 3, 100), 1);
    assert_int_equal(due(&l, &now, LULL_LEFT, 100), 0);
    assert_int_equal(due(&l, &now, 1, 100), 0); /* few left */
}

static void test_not_while_they_come_and_go(void **state)
{
    struct lull l = {0};
    uint64_t now = 1000;
    unsigned n = 0;

    (void)state;
    assert_int_equal(due(&l, &now, 1000, 10), 0);
    for (unsigned i = 0; i < 50; i++)
        n += due(&l, &now, i % 2 ? 100 : 90, 2);
    assert_int_equal(n, 0);
    assert_int_equal(due(&l, &now, 90, 10), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_a_boot),
        cmocka_unit_test(test_not_while_they_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
