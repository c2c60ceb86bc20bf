/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/install_slots.h"
#include "tests/unit/test.h"

#define SILENCE 600000

static void test_limit(void **state)
{
    struct install_slots s = {0};
    size_t writing = 99;

    (void)state;
    assert_int_equal(install_slots_take(&s, "a", 2, SILENCE, 0, &writing), 1);
    assert_int_equal(writing, 0);
    assert_int_equal(install_slots_take(&s, "b", 2, SILENCE, 0, &writing), 1);
    assert_int_equal(install_slots_take(&s, "c", 2, SILENCE, 0, &writing), 0);
    assert_int_equal(writing, 2);
    assert_int_equal(install_slots_take(&s, "a", 2, SILENCE, 0, &writing), 1); /* it has one */
    assert_int_equal(writing, 1);
    install_slots_end(&s, "a");
    install_slots_end(&s, "nobody");
    assert_int_equal(install_slots_take(&s, "c", 2, SILENCE, 0, NULL), 1);
    assert_int_equal(install_slots_take(&s, "a", 2, SILENCE, 0, NULL), 0);
    install_slots_done(&s);
}

/* An answer that nobody got is given on soon, a host that fell silent later. */
static void test_silence(void **state)
{
    struct install_slots s = {0};

    (void)state;
    assert_int_equal(install_slots_take(&s, "a", 1, SILENCE, 0, NULL), 1);
    assert_int_equal(install_slots_take(&s, "b", 1, SILENCE, INSTALL_SLOT_TENTATIVE_MS - 1, NULL),
                     0);
    assert_int_equal(install_slots_take(&s, "b", 1, SILENCE, INSTALL_SLOT_TENTATIVE_MS, NULL), 1);
    install_slots_seen(&s, "b", 70000);
    install_slots_seen(&s, "a", 70000); /* has none any more */
    assert_int_equal(install_slots_take(&s, "a", 1, SILENCE, 70000 + SILENCE - 1, NULL), 0);
    assert_int_equal(install_slots_take(&s, "a", 1, SILENCE, 70000 + SILENCE, NULL), 1);
    install_slots_done(&s);
}

/* After a restart: who was writing goes on, above the limit if need be, before anybody else. */
static void test_restart(void **state)
{
    struct install_slots s = {0};

    (void)state;
    assert_int_equal(install_slots_keep(&s, "a", 0), 0);
    assert_int_equal(install_slots_keep(&s, "b", 0), 0);
    assert_int_equal(install_slots_keep(&s, "b", 5), 0);
    assert_int_equal(s.n, 2);
    assert_int_equal(install_slots_take(&s, "c", 1, SILENCE, 5, NULL), 0);
    assert_int_equal(install_slots_take(&s, "b", 1, SILENCE, 5, NULL), 1);
    assert_int_equal(install_slots_take(&s, "c", 1, SILENCE, SILENCE + 5, NULL), 1);
    install_slots_done(&s);
}

static void test_many(void **state)
{
    struct install_slots s = {0};
    char name[16];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(install_slots_take(&s, name, 100, SILENCE, 0, NULL), 1);
    }
    assert_int_equal(install_slots_take(&s, "more", 100, SILENCE, 0, NULL), 0);
    install_slots_end(&s, "n50");
    assert_int_equal(install_slots_take(&s, "more", 100, SILENCE, 0, NULL), 1);
    install_slots_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
