/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/log.h"
#include "tests/unit/test.h"

/* stderr goes to a file in memory while a message is logged. */
static int kept = -1, captured = -1;

static void capture(void)
{
    kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    captured = memfd_create("stderr", MFD_CLOEXEC);
    assert_true(kept >= 0 && captured >= 0);
    assert_true(dup2(captured, STDERR_FILENO) == STDERR_FILENO);
}

static void release(char *text, size_t size)
{
    ssize_t n = pread(captured, text, size - 1, 0);

    assert_true(dup2(kept, STDERR_FILENO) == STDERR_FILENO);
    close(kept);
    close(captured);
    assert_true(n >= 0);
    text[n] = '\0';
}

static void test_plain(void **state)
{
    char text[4096];

    (void)state;
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    capture();
    log_error("no %s", "disk");
    log_info("a\nb");
    log_debug("not shown");
    release(text, sizeof(text));
    assert_string_equal(text, "no disk\na b\n");
}

static void test_level(void **state)
{
    char text[4096];

    (void)state;
    capture();
    log_set_level(LOG_ERR);
    log_warning("dropped");
    log_set_level(LOG_DEBUG);
    log_debug("shown");
    log_set_level(LOG_INFO);
    release(text, sizeof(text));
    assert_string_equal(text, "shown\n");
}

static void test_journal(void **state)
{
    char text[4096], stream[64];
    struct stat st;

    (void)state;
    capture();
    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    (void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
                   (unsigned long long)st.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    log_error("e");
    log_info("<0>i");
    assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0); /* inherited, but not our stderr */
    log_error("other");
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    release(text, sizeof(text));
    assert_string_equal(text, "<3>e\n<6><0>i\nother\n");
}

static void test_longest(void **state)
{
    char text[8192], message[5000];

    (void)state;
    memset(message, 'm', sizeof(message));
    message[sizeof(message) - 1] = '\0';
    capture();
    log_info("%s", message);
    release(text, sizeof(text));
    assert_in_range(strlen(text), 2000, 2048);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_journal),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
