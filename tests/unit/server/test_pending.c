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

static void add_from(struct pending *p, unsigned key, const char *host, bool awaits,
                     uint64_t now_ms, const char *address)
{
    struct enrol_claim claim = {.host = "x\n\xff"};
    char fingerprint[SHA256_TEXT_SIZE];
    struct pending_note note = {.claim = &claim,
                                .fingerprint = fingerprint,
                                .host = host,
                                .reason = "reason",
                                .address = address,
                                .awaits_approval = awaits,
                                .now_ms = now_ms};

    (void)snprintf(fingerprint, sizeof(fingerprint), "%064x", key);
    pending_add(p, &note);
}

static void add(struct pending *p, unsigned key, const char *host, bool awaits, uint64_t now_ms)
{
    add_from(p, key, host, awaits, now_ms, "192.0.2.1");
}

static void add_facts(struct pending *p, unsigned key, const char *facts)
{
    struct enrol_claim claim = {.host = NULL};
    char fingerprint[SHA256_TEXT_SIZE];
    struct pending_note note = {
        .claim = &claim, .fingerprint = fingerprint, .facts = facts, .now_ms = key};

    (void)snprintf(fingerprint, sizeof(fingerprint), "%064x", key);
    pending_add(p, &note);
}

/* What a machine told of itself stays until it tells something else, or makes room. */
static void test_facts(void **state)
{
    struct pending *p = *state;
    json_t *list;

    add_facts(p, 1, "{\"cpus\":2}");
    add_facts(p, 1, NULL);
    list = pending_json(p);
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(json_array_get(list, 0), "facts"), "cpus")),
                     2);
    json_decref(list);
    add_facts(p, 1, "{\"cpus\":4}");
    list = pending_json(p);
    assert_int_equal(json_integer_value(json_object_get(
                         json_object_get(json_array_get(list, 0), "facts"), "cpus")),
                     4);
    json_decref(list);
    for (unsigned i = 2; i < PENDING_MAX + 10; i++)
        add_facts(p, i, i % 2 ? "{}" : NULL);
    assert_int_equal(pending_count(p), PENDING_MAX);
    list = pending_json(p);
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "facts")));
    assert_true(json_is_object(json_object_get(json_array_get(list, 0), "facts")));
    json_decref(list);
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
    for (unsigned i = 0; i < 10 * PENDING_MAX; i++) {
        char address[32];

        (void)snprintf(address, sizeof(address), "192.0.2.%u", i % 250);
        add_from(p, 1000 + i, NULL, false, 100 + i, address);
    }
    assert_int_equal(pending_count(p), PENDING_MAX);
    assert_int_equal(pending_candidate(p, "node1", NULL, found, &e), 0);
}

/* One address pushes out its own, and those who claim one host each other: no other machine. */
static void test_crowd(void **state)
{
    char found[SHA256_TEXT_SIZE];
    struct pending *p = *state;
    struct error e = ERROR_INIT;
    json_t *list;

    add_from(p, 1, NULL, false, 1, "192.0.2.9");
    add(p, 2, "node1", true, 2);
    for (unsigned i = 0; i < 2 * PENDING_MAX; i++)
        add(p, 1000 + i, NULL, false, 100 + i);
    assert_int_equal(pending_count(p), 2 + PENDING_ADDRESS_MAX);
    for (unsigned i = 0; i < 2 * PENDING_MAX; i++)
        add(p, 5000 + i, "node2", true, 1000 + i);
    assert_int_equal(pending_count(p), 2 + PENDING_ADDRESS_MAX + PENDING_HOST_MAX);
    assert_int_equal(pending_candidate(p, "node1", NULL, found, &e), 0);
    assert_int_equal(pending_candidate(p, "node2", NULL, found, &e), -EEXIST);
    list = pending_json(p);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, pending_count(p) - 1), "address")),
        "192.0.2.9");
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_candidate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_crowd, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
