/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/plan/templates.h"
#include "tests/unit/test.h"

#define PLACES_MAX 16
#define GOOD "Mark7"

/* What no value of any template may bring in: an end of the line, of the string, of the command. */
static const char *const never[] = {"a\nb", "a\r\nb", "\na", "a\n"};

/* What each type's consumer would take for syntax, and refuses or escapes. */
static const char *const hostile[] = {"a\nb", "a\rb", "a\x1b[2J",      "${a}",    "$(a)",
                                      "`a`",  "a'b",  "a\"b",          "a\\",     "a;b",
                                      "a&&b", "a||b", "a # b",         "a%nb",    "@b@",
                                      "<a>",  "a\tb", "a'; reboot; '", "{{ a }}", "a]b\n[c]"};

/* Finds a template's placeholders by what it misses: a new template is tested without a line here.
 */
static size_t places_of(enum template t, char names[PLACES_MAX][32], const char **values)
{
    size_t n = 0;

    for (;;) {
        _cleanup_buf_ struct buf out = BUF_INIT(65536);
        struct error e = ERROR_INIT;
        const char *at, *end;

        values[2 * n] = NULL;
        if (template_fill(t, values, &out, &e) == 0)
            return n;
        at = strstr(e.message, "no value for @");
        assert_non_null(at);
        at += strlen("no value for @");
        end = strchr(at, '@');
        assert_non_null(end);
        assert_true(n + 1 < PLACES_MAX && (size_t)(end - at) < sizeof(names[n]));
        memcpy(names[n], at, (size_t)(end - at));
        names[n][end - at] = '\0';
        values[2 * n] = names[n];
        values[2 * n + 1] = GOOD;
        n++;
    }
}

static size_t count(const char *text, char c)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == c;
    return n;
}

/* One placeholder with one hostile value: refused, or the text differs from the good one by nothing
 * but the value and its escapes, in as many lines and with as many quotes that end a string. */
static void try_value(enum template t, const char **values, size_t place, const char *value,
                      const char *good)
{
    _cleanup_buf_ struct buf out = BUF_INIT(65536);
    struct error e = ERROR_INIT;
    const char *escaped;

    values[2 * place + 1] = value;
    if (template_fill(t, values, &out, &e) < 0) {
        assert_true(e.message[0] != '\0');
        values[2 * place + 1] = GOOD;
        return;
    }
    values[2 * place + 1] = GOOD;
    if (count(out.data, '\n') != count(good, '\n') || strpbrk(value, "\n\r\x1b"))
        fail_msg("template %d, %s: '%s' makes another line", (int)t, values[2 * place], value);
    if (t == TEMPLATE_FETCH_BOOTSTRAP && strchr(value, '\''))
        fail_msg("template %d, %s: '%s' gets out of its quotes", (int)t, values[2 * place], value);
    escaped = strchr(value, '"') && t != TEMPLATE_FETCH_BOOTSTRAP ? "\\\"" : NULL;
    if (escaped && !strstr(out.data, escaped))
        fail_msg("template %d, %s: '%s' is not escaped", (int)t, values[2 * place], value);
}

static void test_hostile(void **state)
{
    size_t filled = 0;

    (void)state;
    for (int t = 0; t < TEMPLATE_COUNT; t++) {
        char names[PLACES_MAX][32];
        const char *values[2 * PLACES_MAX + 1] = {NULL};
        _cleanup_buf_ struct buf good = BUF_INIT(65536);
        struct error e = ERROR_INIT;
        size_t n = places_of((enum template)t, names, values);

        assert_good(template_fill((enum template)t, values, &good, &e), &e);
        for (size_t place = 0; place < n; place++) {
            for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
                try_value((enum template)t, values, place, hostile[i], good.data);
            for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
                _cleanup_buf_ struct buf out = BUF_INIT(65536);

                values[2 * place + 1] = never[i];
                assert_int_equal(template_fill((enum template)t, values, &out, &e), -EINVAL);
                values[2 * place + 1] = GOOD;
            }
            filled++;
        }
    }
    assert_true(filled >= 15); /* or places_of finds nothing any more */
}

/* iPXE knows neither quotes nor escapes: what it would expand or take for an end is refused. */
static void test_ipxe(void **state)
{
    static const char *const refused[] = {"${net0/mac}", "a&&b", "a||b", "a#b", "a;b",
                                          "a'b",         "a\"b", "a\\b", "a`b", "a%b",
                                          "a\nb",        "a<b",  "{a}"};
    static const enum template scripts[] = {TEMPLATE_IPXE_BOOT, TEMPLATE_IPXE_DISK,
                                            TEMPLATE_IPXE_INSTALLER, TEMPLATE_IPXE_LOCAL};

    (void)state;
    for (size_t s = 0; s < ARRAY_SIZE(scripts); s++) {
        char names[PLACES_MAX][32];
        const char *values[2 * PLACES_MAX + 1] = {NULL};
        size_t n = places_of(scripts[s], names, values);

        assert_true(n > 0);
        for (size_t place = 0; place < n; place++)
            for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
                _cleanup_buf_ struct buf out = BUF_INIT(65536);
                struct error e = ERROR_INIT;

                values[2 * place + 1] = refused[i];
                assert_int_equal(template_fill(scripts[s], values, &out, &e), -EINVAL);
                values[2 * place + 1] = GOOD;
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_ipxe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
