/* SPDX-License-Identifier: Apache-2.0 */
#include "seed-server/server/mark_record.h"
#include "tests/unit/test.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define RECORD(labels, taints, labels_before, taints_before)                                       \
    "{\"before\":{\"labels\":[" labels_before "],\"taints\":[" taints_before "]},\"config\":\"" A  \
    "\",\"labels\":{" labels "},\"taints\":{" taints "}}"

static void records(void **state)
{
    /* clang-format off */
    static const struct {
        const char *before, *config, *after; /* after NULL: none is needed */
    } cases[] = {
        /* a config of an older release, one of a host without a kubelet, and one without any */
        {NULL, "{\"node\":{\"name\":\"n\"}}", NULL},
        {NULL, "{}", NULL},
        {NULL, "{\"node\":{\"labels\":{},\"taints\":{}}}", NULL},
        {NULL, "{\"node\":{\"labels\":{\"disk\":\"ssd\"}}}", RECORD("\"disk\":\"ssd\"", "", "", "")},
        {RECORD("\"disk\":\"ssd\"", "", "", ""), "{\"node\":{\"labels\":{\"disk\":\"hdd\"}}}",
         RECORD("\"disk\":\"hdd\"", "", "\"disk\"", "")},
        /* it is empty then, and stays for what was before it */
        {RECORD("\"disk\":\"ssd\"", "\"db:NoSchedule\":\"\"", "\"old\"", ""), "{\"node\":{}}",
         RECORD("", "", "\"old\",\"disk\"", "\"db:NoSchedule\"")},
        {RECORD("", "", "\"disk\"", ""), "{\"node\":{\"taints\":{\"db:NoExecute\":\"x\"}}}",
         RECORD("", "\"db:NoExecute\":\"x\"", "\"disk\"", "")},
    };
    static const char *const bad[][2] = {
        {NULL, "{\"node\":{\"labels\":[]}}"},
        {NULL, "{\"node\":{\"labels\":{\"a\":1}}}"},
        {NULL, "{\"node\":{\"taints\":\"db:NoSchedule\"}}"},
        {"no", "{}"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *config = json_loads(cases[i].config, 0, NULL), *node = NULL;
        struct error e = ERROR_INIT;
        char *after = NULL;

        assert_good(mark_record_next(cases[i].before, config, A, &after, &e), &e);
        if (cases[i].after) {
            assert_non_null(after);
            assert_string_equal(after, cases[i].after);
            assert_good(mark_record_node(after, "n", &node, &e), &e);
            assert_string_equal(json_string_value(json_object_get(node, "name")), "n");
            assert_null(json_object_get(node, "config"));
        } else {
            assert_null(after);
        }
        json_decref(node);
        json_decref(config);
        free(after);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        json_t *config = json_loads(bad[i][1], 0, NULL);
        struct error e = ERROR_INIT;
        char *after = NULL;

        assert_int_equal(mark_record_next(bad[i][0], config, A, &after, &e), -EINVAL);
        json_decref(config);
    }
}

/* What was before is not kept for ever: the oldest go. */
static void before_has_a_limit(void **state)
{
    char config[128], *text = NULL;
    struct error e = ERROR_INIT;
    json_t *node = NULL, *list;

    (void)state;
    for (int i = 0; i < 300; i++) {
        _cleanup_free_ char *had = text;
        json_t *o;

        (void)snprintf(config, sizeof(config), "{\"node\":{\"labels\":{\"k%d\":\"\"}}}", i);
        o = json_loads(config, 0, NULL);
        assert_good(mark_record_next(had, o, A, &text, &e), &e);
        json_decref(o);
    }
    assert_good(mark_record_node(text, "n", &node, &e), &e);
    list = json_object_get(json_object_get(node, "before"), "labels");
    assert_int_equal(json_array_size(list), 256);
    assert_string_equal(json_string_value(json_array_get(list, 255)), "k298");
    json_decref(node);
    free(text);
}

static void made(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"digest\":7}",
        "{\"digest\":\"00\"}",
        "{\"digest\":\"" A "0\"}",
        "{\"digest\":\"" A "\",\"missing\":-1}",
        "{\"digest\":\"" A "\",\"missing\":\"x\"}",
    };
    static const char good[] = "{\"digest\":\"" A "\",\"missing\":3}";
    struct error e = ERROR_INIT;
    struct nodes_made m;
    char *text;

    (void)state;
    assert_good(nodes_made_parse(good, strlen(good), &m, &e), &e);
    assert_int_equal(m.missing, 3);
    text = nodes_made_text(&m);
    assert_string_equal(text, good);
    free(text);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(nodes_made_parse(bad[i], strlen(bad[i]), &m, &e), -EINVAL);
}

static void turns(void **state)
{
    struct mark_turn t = {.digest = ""};
    uint64_t now_ms = 5000, last_ms, pause_ms = 0;

    (void)state;
    assert_true(mark_turn_take(&t, A, false, now_ms)); /* at once */
    assert_false(mark_turn_comes(&t, now_ms + 1000000));
    assert_false(mark_turn_take(&t, A, false, now_ms + 1));
    assert_false(mark_turn_comes(&t, now_ms + MARK_PAUSE_MS));
    assert_true(mark_turn_comes(&t, now_ms + 2 * MARK_PAUSE_MS));
    assert_false(mark_turn_comes(&t, now_ms + 2 * MARK_PAUSE_MS)); /* once */
    /* what is new does not wait for as long as what did not work */
    assert_false(mark_turn_take(&t, B, false, now_ms + MARK_PAUSE_MS - 1));
    assert_true(mark_turn_take(&t, B, false, now_ms + MARK_PAUSE_MS));
    /* ever less often, and for a Node that is not there less often still */
    now_ms += MARK_PAUSE_MS;
    for (int missing = 0; missing < 2; missing++) {
        for (int i = 0; i < 30; i++) {
            for (last_ms = now_ms; !mark_turn_take(&t, B, missing, now_ms);)
                now_ms += 1000;
            assert_true(now_ms - last_ms >= pause_ms);
            pause_ms = now_ms - last_ms;
        }
        assert_int_equal(pause_ms, missing ? MARK_MISSING_MAX_MS : MARK_PAUSE_MAX_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records),
        cmocka_unit_test(before_has_a_limit),
        cmocka_unit_test(made),
        cmocka_unit_test(turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
