/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>

#include "seed-server/server/pmap.h"
#include "tests/unit/test.h"

#define KEYS 500

static struct pmap *put(struct pmap *m, const char *key, const char *value, uint64_t revision)
{
    struct pmap *bigger = NULL;

    assert_int_equal(pmap_put(m, key, value, strlen(value), revision, &bigger), 0);
    pmap_unref(m);
    return bigger;
}

static struct pmap *delete (struct pmap *m, const char *key)
{
    struct pmap *smaller = NULL;

    assert_int_equal(pmap_delete(m, key, &smaller), 0);
    pmap_unref(m);
    return smaller;
}

static void test_get_put_delete(void **state)
{
    struct pmap *m = NULL;

    (void)state;
    assert_null(pmap_get(m, "a"));
    assert_int_equal(pmap_count(m), 0);
    m = put(m, "b", "two", 2);
    m = put(m, "a", "one", 1);
    m = put(m, "b", "zwei", 3);
    assert_int_equal(pmap_count(m), 2);
    assert_string_equal(pmap_get(m, "b")->value, "zwei");
    assert_int_equal(pmap_get(m, "b")->revision, 3);
    assert_int_equal(pmap_get(m, "b")->value_len, 4);
    m = delete (m, "nothing");
    assert_int_equal(pmap_count(m), 2);
    m = delete (m, "b");
    m = delete (m, "a");
    assert_null(m);
}

/* The old map is as it was, whatever is done to the new one. */
static void test_persistence(void **state)
{
    struct pmap *before = NULL, *after;
    char key[16];

    (void)state;
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(key, sizeof(key), "k%03d", i);
        before = put(before, key, "old", 1);
    }
    after = pmap_ref(before);
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(key, sizeof(key), "k%03d", i);
        after = i % 2 ? delete (after, key) : put(after, key, "new", 2);
    }
    assert_int_equal(pmap_count(before), KEYS);
    assert_int_equal(pmap_count(after), KEYS / 2);
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(key, sizeof(key), "k%03d", i);
        assert_string_equal(pmap_get(before, key)->value, "old");
        if (i % 2)
            assert_null(pmap_get(after, key));
        else
            assert_string_equal(pmap_get(after, key)->value, "new");
    }
    pmap_unref(before);
    pmap_unref(after);
}

struct walk {
    char last[64];
    size_t n, stop_at;
};

static int step(const struct pmap_item *item, void *userdata)
{
    struct walk *w = userdata;

    assert_true(strcmp(w->last, item->key) < 0);
    memcpy(w->last, item->key, item->key_len + 1);
    return ++w->n == w->stop_at ? 7 : 0;
}

/* Random puts and deletes against a plain table; order, prefixes and height hold throughout. */
static void test_random_walk(void **state)
{
    bool there[KEYS] = {false};
    struct pmap *m = NULL;
    size_t n = 0;
    char key[16];

    (void)state;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        int i = rand() % KEYS;

        (void)snprintf(key, sizeof(key), "%c/%03d", 'a' + i % 3, i);
        n += !there[i];
        there[i] = rand() % 2;
        n -= !there[i];
        m = there[i] ? put(m, key, "x", (uint64_t)round) : delete (m, key);
        assert_int_equal(pmap_count(m), n);
    }
    for (char c = 'a'; c <= 'd'; c++) {
        char prefix[] = {c, '/', '\0'};
        struct walk w = {0};
        size_t expected = 0;

        for (int i = 0; i < KEYS; i++)
            expected += there[i] && 'a' + i % 3 == c;
        assert_int_equal(pmap_each(m, prefix, step, &w), 0);
        assert_int_equal(w.n, expected);
    }
    struct walk w = {.stop_at = 3};
    assert_int_equal(pmap_each(m, "", step, &w), 7);
    assert_int_equal(w.n, 3);
    pmap_unref(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_put_delete),
        cmocka_unit_test(test_persistence),
        cmocka_unit_test(test_random_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
