/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/nonce.h"
#include "tests/unit/test.h"

static int setup(void **state)
{
    struct error e = ERROR_INIT;
    struct nonces *n;

    assert_good(nonces_new(&n, &e), &e);
    *state = n;
    return 0;
}

static int teardown(void **state)
{
    nonces_free(*state);
    return 0;
}

static void test_once(void **state)
{
    char a[NONCE_TEXT_SIZE], b[NONCE_TEXT_SIZE];
    struct nonces *n = *state;
    struct error e = ERROR_INIT;

    assert_good(nonce_make(n, 1000, a, &e), &e);
    assert_good(nonce_make(n, 1000, b, &e), &e);
    assert_string_not_equal(a, b);
    assert_int_equal(nonce_use(n, a, 2000, &e), 0);
    assert_int_equal(nonce_use(n, a, 2000, &e), -EINVAL);
    assert_int_equal(nonce_use(n, b, 2000, &e), 0);
}

static void test_life(void **state)
{
    char text[NONCE_TEXT_SIZE];
    struct nonces *n = *state;
    struct error e = ERROR_INIT;

    assert_good(nonce_make(n, 1000, text, &e), &e);
    assert_int_equal(nonce_use(n, text, 1000 + NONCE_LIFE_MS + 1, &e), -EINVAL);
    assert_int_equal(nonce_use(n, text, 999, &e), -EINVAL);
    assert_int_equal(nonce_use(n, text, 1000 + NONCE_LIFE_MS, &e), 0);
}

static void test_forged(void **state)
{
    char text[NONCE_TEXT_SIZE];
    struct nonces *n = *state, *other;
    struct error e = ERROR_INIT;

    assert_good(nonces_new(&other, &e), &e);
    assert_good(nonce_make(other, 1000, text, &e), &e);
    assert_int_equal(nonce_use(n, text, 1000, &e), -EINVAL);
    nonces_free(other);
    assert_good(nonce_make(n, 1000, text, &e), &e);
    text[5] = text[5] == '0' ? '1' : '0';
    assert_int_equal(nonce_use(n, text, 1000, &e), -EINVAL);
    assert_int_equal(nonce_use(n, "", 1000, &e), -EINVAL);
    assert_int_equal(nonce_use(n, "zz", 1000, &e), -EINVAL);
}

/* A flood makes it forget, and keeps nobody out; the newest is remembered all the same. */
static void test_flood(void **state)
{
    char text[NONCE_TEXT_SIZE];
    struct nonces *n = *state;
    struct error e = ERROR_INIT;

    for (int i = 0; i < 100000; i++) {
        assert_good(nonce_make(n, 1000, text, &e), &e);
        assert_int_equal(nonce_use(n, text, 1000 + (uint64_t)i / 1000, &e), 0);
        assert_int_equal(nonce_use(n, text, 1000 + (uint64_t)i / 1000, NULL), -EINVAL);
    }
    assert_good(nonce_make(n, 2000000, text, &e), &e);
    assert_int_equal(nonce_use(n, text, 2000000, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_life, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
