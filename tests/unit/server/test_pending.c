/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "seed-server/server/pending.h"
#include "tests/unit/test.h"

static int setup(void **state)
{
    struct error e = ERROR_INIT;
    struct pending *p;

    assert_good(pending_new(&p, &e), &e);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    pending_free(*state);
    return 0;
}

static void add(struct pending *p, unsigned key, const char *host, bool awaits, uint64_t now_ms)
{
    struct enrol_claim claim = {.host = "x\n\xff"};
    char fingerprint[SHA256_TEXT_SIZE];
    struct pending_note note = {&claim, fingerprint, host, "reason", "192.0.2.1", awaits, now_ms};

    (void)snprintf(fingerprint, sizeof(fingerprint), "%064x", key);
    pending_add(p, &note);
}

static void test_list(void **state)
{
    struct pending *p = *state;
    json_t *list, *first;

    add(p, 1, NULL, false, 100);
    add(p, 2, "node1", true, 200);
    add(p, 1, NULL, false, 300);
    assert_int_equal(pending_count(p), 2);
    list = pending_json(p);
    first = json_array_get(list, 0);
    assert_int_equal(json_integer_value(json_object_get(first, "times")), 2);
    assert_int_equal(json_integer_value(json_object_get(first, "first_ms")), 100);
    assert_string_equal(json_string_value(json_object_get(first, "claims")), "x??");
    json_decref(list);
    pending_remove_host(p, "node1");
    assert_int_equal(pending_count(p), 1);
}

static void test_candidate(void **state)
{
    char found[SHA256_TEXT_SIZE], second[SHA256_TEXT_SIZE];
    struct pending *p = *state;
    struct error e = ERROR_INIT;

    assert_int_equal(pending_candidate(p, "node1", NULL, found, &e), -ENOENT);
    add(p, 1, "node1", true, 100);
    add(p, 9, "node1", false, 100);
    add(p, 8, "node2", true, 100);
    assert_int_equal(pending_candidate(p, "node1", NULL, found, &e), 0);
    add(p, 2, "node1", true, 100);
    assert_int_equal(pending_candidate(p, "node1", NULL, second, &e), -EEXIST);
    assert_int_equal(pending_candidate(p, "node1", found, second, &e), 0);
    assert_string_equal(found, second);
    pending_remove(p, found);
    assert_int_equal(pending_candidate(p, "node1", found, second, &e), -ENOENT);
    assert_true(pending_awaits_approval(p, "node1", found));
    assert_false(pending_awaits_approval(p, "node3", found));
}

/* However many strangers come, the list stays bounded and those that wait stay on it. */
static void test_flood(void **state)
{
    char found[SHA256_TEXT_SIZE];
    struct pending *p = *state;
    struct error e = ERROR_INIT;

    add(p, 7, "node1", true, 1);
    for (unsigned i = 0; i < 10 * PENDING_MAX; i++)
        add(p, 1000 + i, NULL, false, 100 + i);
    assert_int_equal(pending_count(p), PENDING_MAX);
    assert_int_equal(pending_candidate(p, "node1", NULL, found, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_candidate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
