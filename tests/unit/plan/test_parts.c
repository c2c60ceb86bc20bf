/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts below a plan: digests, texts in an arena, the index, templates, problems. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seed-server/plan/arena.h"
#include "seed-server/plan/digest.h"
#include "seed-server/plan/index.h"
#include "seed-server/plan/plan.h"
#include "seed-server/plan/templates.h"

static void sha256(void **state)
{
    char text[DIGEST_TEXT_SIZE];
    struct digest d;

    (void)state;
    digest_init(&d);
    digest_add(&d, "abc", 3); /* FIPS 180-2, B.1 */
    digest_end_hex(&d, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_end_hex(&d, text); /* anew after the end */
    assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void name_based_uuid(void **state)
{
    char uuid[UUID_TEXT_SIZE];
    struct error e = ERROR_INIT;

    (void)state;
    /* As Python's uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"). */
    assert_int_equal(uuid_of_name("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org", uuid, &e),
                     0);
    assert_string_equal(uuid, "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    assert_int_equal(uuid_of_name("no uuid", "x", uuid, &e), -EINVAL);
}

static void texts(void **state)
{
    struct arena a = {0};
    const char *last = NULL, *first, *big;
    char *huge = calloc(1, 200001);

    (void)state;
    assert_non_null(huge);
    memset(huge, 'x', 200000);
    assert_null(arena_copy(&a, NULL));
    first = arena_share(&a, &last, "one");
    assert_ptr_equal(arena_share(&a, &last, "one"), first);
    assert_ptr_not_equal(arena_share(&a, &last, "two"), first);
    big = arena_copy(&a, huge);
    assert_int_equal(strlen(big), 200000);
    assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    assert_string_equal(first, "one");
    assert_false(a.failed);
    arena_done(&a);
    free(huge);
}

static void lookups(void **state)
{
    static char keys[5000][8];
    struct index x = {0};
    struct error e = ERROR_INIT;
    size_t i, there;

    (void)state;
    assert_true(index_find(&x, "0") == SIZE_MAX);
    for (i = 0; i < ARRAY_SIZE(keys); i++) {
        snprintf(keys[i], sizeof(keys[i]), "%zu", i);
        assert_int_equal(index_put(&x, keys[i], i, &there, &e), 0);
        assert_true(there == SIZE_MAX);
    }
    assert_int_equal(index_put(&x, "77", 9999, &there, &e), 0);
    assert_int_equal(there, 77);
    for (i = 0; i < ARRAY_SIZE(keys); i++)
        assert_int_equal(index_find(&x, keys[i]), i);
    assert_true(index_find(&x, "x") == SIZE_MAX);
    assert_true(index_find(&x, NULL) == SIZE_MAX);
    index_done(&x);
}

static void templates(void **state)
{
    const char *values[] = {"args", "--a=5%", NULL};
    struct buf out = BUF_INIT(65536);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(template_fill(TEMPLATE_KUBELET_DROP_IN, values, &out, &e), 0);
    assert_string_equal(out.data, "[Service]\nEnvironment=\"KUBELET_ARGS=--a=5%%\"\nLimitCORE=0\n");
    values[1] = "a\"\nExecStart=evil";
    assert_int_equal(template_fill(TEMPLATE_KUBELET_DROP_IN, values, &out, &e), -EINVAL);
    values[1] = "$HOME";
    assert_int_equal(template_fill(TEMPLATE_KUBELET_DROP_IN, values, &out, &e), -EINVAL);
    values[0] = "other";
    assert_int_equal(template_fill(TEMPLATE_KUBELET_DROP_IN, values, &out, &e), -EINVAL);
    assert_non_null(strstr(e.message, "no value for @args@"));
    values[0] = "domain";
    values[1] = "a b";
    assert_int_equal(template_fill(TEMPLATE_COREFILE, values, &out, &e), -EINVAL);
    buf_done(&out);
}

static void problems(void **state)
{
    struct inventory_origin b = {"b.yml", 2}, a9 = {"a.ini", 9}, a10 = {"a.ini", 10},
                            none = {NULL, 0};
    struct problems p = {0};
    struct buf out = BUF_INIT(4096);

    (void)state;
    assert_int_equal(problems_add(&p, true, none, "last"), 0);
    assert_int_equal(problems_add(&p, true, b, "two\nlines"), 0);
    assert_int_equal(problems_add(&p, false, a10, "ten"), 0);
    assert_int_equal(problems_add(&p, true, a9, "nine %d", 9), 0);
    problems_sort(&p);
    problems_print(&p, &out);
    assert_string_equal(out.data,
                        "a.ini:9: nine 9\na.ini:10: warning: ten\nb.yml:2: two?lines\nlast\n");
    assert_int_equal(p.fatal, 3);
    buf_done(&out);
    problems_done(&p);
}

static void many_problems(void **state)
{
    struct inventory_origin where = {"a", 1};
    struct problems p = {0};
    size_t i;

    (void)state;
    for (i = 0; i < PROBLEMS_MAX + 5; i++)
        assert_int_equal(problems_add(&p, true, where, "x"), 0);
    assert_int_equal(p.n, PROBLEMS_MAX);
    assert_int_equal(p.fatal, PROBLEMS_MAX + 5);
    problems_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256),        cmocka_unit_test(name_based_uuid),
        cmocka_unit_test(texts),         cmocka_unit_test(lookups),
        cmocka_unit_test(templates),     cmocka_unit_test(problems),
        cmocka_unit_test(many_problems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
