/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/lease.h"
#include "tests/unit/test.h"

#define SILENCE 900000

static void take(struct lease *l, const char *id, const char *host, bool confirmed,
                 uint64_t revision, uint64_t now_ms)
{
    _cleanup_free_ char *record = lease_record(id, host, confirmed, 1);
    struct error e = ERROR_INIT;

    assert_non_null(record);
    assert_good(lease_take_record(l, record, revision, now_ms, &e), &e);
}

static void test_tentative_then_confirmed(void **state)
{
    struct lease l = {0};

    (void)state;
    assert_int_equal(lease_ends_ms(&l, SILENCE), 0);
    take(&l, "id1", "node1", false, 5, 1000);
    assert_true(lease_is(&l, "node1", "id1"));
    assert_false(lease_is(&l, "node2", "id1"));
    assert_false(lease_is(&l, "node1", "id2"));
    assert_int_equal(lease_ends_ms(&l, SILENCE), 1000 + LEASE_TENTATIVE_MS);
    l.seen_ms = 2000;
    take(&l, "id1", "node1", true, 6, 9000); /* the same one: its own clock goes on */
    assert_int_equal(l.revision, 6);
    assert_int_equal(lease_ends_ms(&l, SILENCE), 2000 + SILENCE);
    take(&l, "id2", "node2", false, 7, 10000); /* another one: anew */
    assert_int_equal(lease_ends_ms(&l, SILENCE), 10000 + LEASE_TENTATIVE_MS);
}

static void test_end_and_rubbish(void **state)
{
    struct error e = ERROR_INIT;
    struct lease l = {0};

    (void)state;
    take(&l, "id1", "node1", true, 5, 1000);
    assert_int_equal(lease_take_record(&l, "{\"id\":1}", 6, 0, &e), -EINVAL);
    assert_true(lease_is(&l, "node1", "id1"));
    assert_int_equal(lease_take_record(&l, NULL, 6, 0, &e), 0);
    assert_false(l.taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tentative_then_confirmed),
        cmocka_unit_test(test_end_and_rubbish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
