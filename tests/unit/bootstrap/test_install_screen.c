/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_screen.h"
#include "tests/unit/test.h"

#define FINGERPRINT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void test_unknown(void **state)
{
    struct machine machine = {
        .macs = {"52:54:00:00:00:01", "52:54:00:00:00:02"},
          .n_macs = 2
    };
    struct install_screen screen = {.machine = &machine,
                                    .mac = "52:54:00:00:00:02",
                                    .fingerprint = FINGERPRINT,
                                    .taskbox = "http://192.168.0.1:8080",
                                    .words = "not known here, or not armed: see seedctl status on "
                                             "the taskbox, and more of that than fits in a line"};
    _cleanup_buf_ struct buf text = BUF_INIT(2047);

    (void)state;
    install_screen_print(&screen, &text);
    assert_int_equal(buf_check(&text), 0);
    assert_non_null(strstr(text.data, "seedctl adopt 52:54:00:00:00:02 NAME"));
    assert_non_null(strstr(text.data, "  MAC            52:54:00:00:00:02\n"
                                      "                 52:54:00:00:00:01\n"));
    assert_non_null(strstr(text.data, "0011 2233 4455 6677 8899 aabb ccdd eeff\n"));
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 78)
            fail_msg("a line of %zu: %s", strcspn(line, "\n"), line);
}

static void test_known(void **state)
{
    struct machine machine = {.uuid = "aaaaaaaa-0000-4000-8000-000000000001", .serial = "S1"};
    char words[300];
    struct install_screen screen = {.machine = &machine,
                                    .mac = "",
                                    .fingerprint = FINGERPRINT,
                                    .taskbox = "http://192.168.0.1:8080",
                                    .words = words,
                                    .known = true};
    _cleanup_buf_ struct buf text = BUF_INIT(2047);

    (void)state;
    memset(words, 'w', sizeof(words) - 1); /* nowhere to break it */
    words[sizeof(words) - 1] = '\0';
    install_screen_print(&screen, &text);
    assert_int_equal(buf_check(&text), 0);
    assert_non_null(strstr(text.data, "seedctl approve"));
    assert_null(strstr(text.data, "seedctl adopt"));
    assert_non_null(strstr(text.data, "  serial number  S1\n"));
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 78);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
