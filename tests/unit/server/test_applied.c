/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/applied_record.h"
#include "tests/unit/test.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static void test_attending(void **state)
{
    static const struct {
        struct applied before;
        const char *has, *current;
        bool news, due; /* due of what it was before */
        struct applied after;
    } cases[] = {
        {{"", ""}, "", A, false, false, {"", ""}}, /* it cannot tell */
        {{"", ""}, A,  A, true,  false, {A, ""} }, /* ready for the first time */
        {{"", ""}, A,  B, true,  false, {A, ""} }, /* and the plan has moved on */
        {{A, ""},  A,  A, false, false, {A, ""} },
        {{A, ""},  A,  B, false, false, {A, ""} }, /* nobody has applied it */
        {{B, A},   A,  B, false, true,  {B, A}  }, /* it is told to */
        {{B, A},   A,  C, false, true,  {B, A}  }, /* what was released is what it gets */
        {{B, A},   B,  B, true,  false, {B, ""} }, /* done */
        {{B, A},   B,  C, true,  false, {B, ""} },
        {{B, A},   A,  A, true,  false, {A, ""} }, /* taken back before it was told */
        {{B, ""},  A,  C, false, true,  {B, ""} }, /* put back from an old copy */
        {{A, ""},  B,  B, true,  false, {B, ""} }, /* it had lost its own */
        {{B, A},   "", B, false, false, {B, A}  },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct applied a = cases[i].before;

        assert_int_equal(applied_is_due(&a, cases[i].has, cases[i].current), cases[i].due);
        assert_int_equal(applied_attended(&a, cases[i].has, cases[i].current), cases[i].news);
        assert_string_equal(a.config, cases[i].after.config);
        assert_string_equal(a.from, cases[i].after.from);
    }
}

static void test_text(void **state)
{
    static const struct applied records[] = {
        {A, ""},
        {A, B }
    };
    static const char *const bad[] = {"", "[]", "{\"config\":\"00\"}", "{\"config\":7}",
                                      "{\"config\":\"" A "\",\"from\":\"" B "0\"}"};
    struct applied got;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
        char *text = applied_text(&records[i]);

        assert_int_equal(applied_parse(text, &got, NULL), 0);
        assert_string_equal(got.config, records[i].config);
        assert_string_equal(got.from, records[i].from);
        free(text);
    }
    assert_int_equal(applied_parse(NULL, &got, NULL), 0);
    assert_string_equal(got.config, "");
    assert_string_equal(applied_carried_out(&records[0]), A);
    assert_string_equal(applied_carried_out(&records[1]), B);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_true(applied_parse(bad[i], &got, NULL) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attending),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
