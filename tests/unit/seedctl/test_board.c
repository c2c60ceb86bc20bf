/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seedctl/example.h"

static char *render(const char *status, const struct board_style *style)
{
    _cleanup_example_ struct example x = example_read(status);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    char *text;

    assert_int_equal(board_render(&x.view, style, &out, &e), 0);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    return text;
}

static void test_wide(void **state)
{
    const struct board_style style = {.width = 120, .height = 24, .now_ms = EXAMPLE_NOW_MS};
    _cleanup_free_ char *text = render(example_running, &style);

    (void)state;
    assert_string_equal(
        text,
        "0 of 3 ready  2m00s  1 unknown or not armed (seedctl status)  Kubernetes 1.20.2  plan "
        "0123456789ab\n"
        "\n"
        "node1  [##############------]  70%  control-plane  starting kube-apiserver                "
        "                         2m00s\n"
        "node2  [###############-----]  75%  node           waits: control plane 0 of 1: node1 "
        "starting the control pla…    1m30s\n"
        "node3  [--------------------]   0%                 not seen yet\n");
}

/* Whatever the terminal's size, no line wraps: the next frame is drawn over this one by its count
 * of lines. */
static void test_any_width(void **state)
{
    (void)state;
    for (unsigned width = 40; width < 200; width++) {
        const struct board_style style = {.width = width, .height = 10, .now_ms = EXAMPLE_NOW_MS};
        _cleanup_free_ char *text = render(example_running, &style);

        assert_lines_fit(text, width);
        assert_non_null(strstr(text, "node1"));
    }
}

static void test_colours(void **state)
{
    const struct board_style style = {.width = 100, .now_ms = EXAMPLE_NOW_MS, .colour = true};
    _cleanup_free_ char *text = render(example_ready, &style);

    (void)state;
    assert_non_null(strstr(text, "\033[32m["));
    assert_non_null(strstr(text, "100%"));
    assert_non_null(strstr(text, "\033[0m  "));
}

static char *many_hosts(size_t n, size_t failed)
{
    _cleanup_buf_ struct buf b = BUF_INIT(1 << 20);
    char *text;

    buf_add_str(&b, "{\"plan\":\"p\",\"cluster\":{},\"hosts\":[");
    for (size_t i = 0; i < n; i++)
        buf_addf(&b,
                 "%s{\"name\":\"n%zu\",\"roles\":[\"node\"],\"state\":\"%s\",\"step\":\"disks\"}",
                 i ? "," : "", i, i == failed ? "failed" : "ready");
    buf_add_str(&b, "]}");
    text = buf_take(&b, NULL);
    assert_non_null(text);
    return text;
}

/* More hosts than lines: what needs a look is on the screen, the rest is counted. */
static void test_many_hosts(void **state)
{
    const struct board_style style = {.width = 100, .height = 10};
    _cleanup_free_ char *status = many_hosts(1000, 777);
    _cleanup_free_ char *text = render(status, &style);
    size_t lines = 0;

    (void)state;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_true(lines < style.height);
    assert_non_null(strstr(text, "\nn777 "));
    assert_non_null(strstr(text, "failed preparing disks: no reason"));
    assert_non_null(strstr(text, "and 994 more: 994 ready\n"));
}

static void test_permille(void **state)
{
    struct host_view h = {.state = HOST_RUNNING, .step = -1, .percent = -1};

    (void)state;
    assert_int_equal(board_permille(&h), 0);
    h.step = STEP_DISKS;
    assert_int_equal(board_permille(&h), 5 * 1000 / 12);
    h.percent = 50;
    assert_int_equal(board_permille(&h), (5 * 1000 + 500) / 12);
    h.steps[STEP_DISKS].done = true;
    assert_int_equal(board_permille(&h), 6 * 1000 / 12);
    h.installs = true; /* one step more */
    assert_int_equal(board_permille(&h), 7 * 1000 / 13);
    h.step = STEP_INSTALL;
    assert_int_equal(board_permille(&h), 500 / 13);
    h.step = -1;
    h.percent = -1;
    assert_int_equal(board_permille(&h), 0);
    h.state = HOST_READY;
    assert_int_equal(board_permille(&h), 1000);
}

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_WORDS "0011 2233 4455 6677 8899 aabb ccdd eeff 0011 2233 4455 6677 8899 aabb ccdd eeff"

static void test_words(void **state)
{
    struct host_view h = {.name = "n1", .message = "", .fingerprint = KEY, .step = STEP_ENROL};
    static const struct {
        enum host_state state;
        const char *words;
    } cases[] = {
        {HOST_APPROVE,     "compare the key on its console, then: seedctl approve n1  (" KEY_WORDS ")"},
        {HOST_QUARANTINED, "a second key claimed this host; if the machine was replaced: seedctl "
                           "rearm n1"                                       },
        {HOST_REMOVED,     "removed: take it out of hosts.ini; for another machine in its place, "
                       "seedctl rearm n1"                                       },
        {HOST_WAITING,     "waits: for its turn"                                                      },
        {HOST_ABSENT,      "not seen yet"                                                             },
        {HOST_READY,       "ready"                                                                    },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_buf_ struct buf words = BUF_INIT(1000);

        h.state = cases[i].state;
        assert_int_equal(board_words(&h, 0, &words), 0);
        assert_string_equal(words.data, cases[i].words);
    }
}

static void test_silent(void **state)
{
    const struct host_view h = {
        .state = HOST_RUNNING, .step = STEP_DISKS, .message = "", .silent_since_ms = 1000};
    _cleanup_buf_ struct buf words = BUF_INIT(1000);

    (void)state;
    assert_int_equal(board_words(&h, 723000, &words), 0);
    assert_string_equal(words.data, "silent for 12m02s: preparing disks");
}

static void test_refused(void **state)
{
    const struct board_style style = {.width = 100, .height = 5, .now_ms = EXAMPLE_NOW_MS};
    _cleanup_example_ struct example x = example_read(example_running);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;

    (void)state;
    x.view.refused = "hosts.ini:3: odd";
    x.view.problems = 2;
    assert_int_equal(board_render(&x.view, &style, &out, &e), 0);
    assert_non_null(strstr(out.data,
                           "\nThe newest configuration is refused, the last good one is in "
                           "use: hosts.ini:3: odd (2 pro"));
    assert_lines_fit(out.data, 100);
    assert_non_null(strstr(out.data, "and 3 more"));
}

static void test_table(void **state)
{
    const struct board_style style = {.width = 100, .now_ms = EXAMPLE_NOW_MS};
    _cleanup_example_ struct example x = example_read(example_running);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(board_table(&x.view, &style, &out, &e), 0);
    assert_string_equal(
        out.data,
        "HOST   ROLES             STATE    STEP           TIME   MESSAGE\n"
        "node1  etcd,master,node  running  control-plane  2m00s  starting kube-apiserver\n"
        "node2  node              waiting  node           1m30s  waits: control plane 0 of 1: "
        "node1 "
        "starting…\n"
        "node3  node              absent   -              -      not seen yet\n"
        "\n"
        "Seen, and given nothing (not in the inventory, or not armed; see seedctl pending):\n"
        "  52:54:00:00:00:99  uuid u\n"
        "    asked for an identity\n"
        "\n"
        "0 of 3 ready, plan 0123456789ab\n");
}

/* Who keeps what it has carried out, and how many: nothing else says that a change waits. */
static void test_outdated(void **state)
{
    static const char status[] =
        "{\"plan\":\"p\",\"cluster\":{},\"hosts\":["
        "{\"name\":\"a\",\"roles\":[\"node\"],\"state\":\"ready\",\"configuration\":\"outdated\"},"
        "{\"name\":\"b\",\"roles\":[\"node\"],\"state\":\"ready\",\"configuration\":\"current\"},"
        "{\"name\":\"c\",\"roles\":[\"node\"],\"state\":\"ready\",\"configuration\":null},"
        "{\"name\":\"d\",\"roles\":[\"node\"],\"state\":\"ready\",\"configuration\":\"applying\"}]"
        "}";
    const struct board_style style = {.width = 200, .now_ms = EXAMPLE_NOW_MS};
    _cleanup_example_ struct example x = example_read(status);
    _cleanup_buf_ struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(x.view.outdated, 1);
    assert_int_equal(board_table(&x.view, &style, &out, &e), 0);
    if (!strstr(out.data, "keeps its earlier configuration\nb "))
        fail_msg("%s", out.data);
    assert_non_null(strstr(out.data, "4 of 4 ready, plan p\n1 host has not carried out what "
                                     "hosts.ini and vars.yml say now: seedctl apply --dry-run "
                                     "shows what differs\n"));
}

/* Bytes and percent of an installation come with the report. */
static void test_installing(void **state)
{
    static const char status[] =
        "{\"plan\":\"p\",\"cluster\":{},\"hosts\":[{\"name\":\"node2\",\"roles\":[\"node\"],"
        "\"state\":\"running\",\"step\":\"install\",\"boot\":\"pxe\",\"progress\":37,"
        "\"message\":\"writing 1.5 of 4.0 GB, 37%\",\"started_ms\":1000000000}]}";
    const struct board_style style = {.width = 100, .now_ms = EXAMPLE_NOW_MS};
    _cleanup_free_ char *text = render(status, &style);

    (void)state;
    assert_non_null(strstr(text, "writing 1.5 of 4.0 GB, 37%"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),       cmocka_unit_test(test_any_width),
        cmocka_unit_test(test_colours),    cmocka_unit_test(test_many_hosts),
        cmocka_unit_test(test_permille),   cmocka_unit_test(test_words),
        cmocka_unit_test(test_silent),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_table),      cmocka_unit_test(test_outdated),
        cmocka_unit_test(test_installing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
