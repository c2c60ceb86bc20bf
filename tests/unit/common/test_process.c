/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/process.h"
#include "tests/unit/test.h"

/* /bin/sh is only what the tests run: process_run itself never starts one. */
#define SHELL(script)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        "sh", "-c", script, NULL                                                                   \
    }

static void test_output(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096), err = BUF_INIT(4096);
    struct process p = {
        .argv = SHELL("echo one; echo two >&2; echo three"), .timeout_ms = 10000, .output = &out};
    struct error e = ERROR_INIT;
    int status = -1;

    (void)state;
    assert_good(process_run(&p, &status, &e), &e);
    assert_int_equal(status, 0);
    assert_string_equal(out.data, "one\ntwo\nthree\n");

    buf_clear(&out);
    p.errors = &err;
    assert_good(process_run(&p, NULL, &e), &e);
    assert_string_equal(out.data, "one\nthree\n");
    assert_string_equal(err.data, "two\n");

    p.output = p.errors = NULL;
    assert_good(process_run(&p, NULL, &e), &e);
}

static void test_argv_is_no_shell(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    const char *const argv[] = {"printf", "%s|", "a b", "$HOME", "*", "; echo x", "", NULL};
    struct process p = {.argv = argv, .timeout_ms = 10000, .output = &out};
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(process_run(&p, NULL, &e), &e);
    assert_string_equal(out.data, "a b|$HOME|*|; echo x||");
}

static void test_input(void **state)
{
    enum { LEN = 3 << 20 }; /* more than any pipe holds */
    _cleanup_buf_ struct buf out = BUF_INIT(LEN);
    _cleanup_free_ char *input = malloc(LEN);
    const char *const cat[] = {"cat", NULL}, *const true_[] = {"true", NULL};
    struct process p = {
        .argv = cat, .timeout_ms = 30000, .output = &out, .input = input, .input_len = LEN};
    struct error e = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < LEN; i++)
        input[i] = (char)(i * 7);
    assert_good(process_run(&p, NULL, &e), &e);
    assert_int_equal(out.len, LEN);
    assert_memory_equal(out.data, input, LEN);

    p.argv = true_; /* never reads it */
    assert_good(process_run(&p, NULL, &e), &e);

    buf_clear(&out);
    p.argv = cat;
    p.input = NULL;
    assert_good(process_run(&p, NULL, &e), &e); /* /dev/null, not our own stdin */
    assert_int_equal(out.len, 0);
}

static void test_output_cut_at_limit(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(10);
    struct process p = {.argv =
                            SHELL("head -c 5000000 /dev/zero | tr '\\0' x; echo last >&2; exit 3"),
                        .timeout_ms = 30000,
                        .output = &out};
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(process_run(&p, NULL, &e), -ECHILD);
    assert_int_equal(buf_check(&out), 0);
    assert_string_equal(out.data, "xxxxxxxxxx");
    assert_non_null(strstr(e.message, "exit code 3"));
    assert_non_null(strstr(e.message, "last"));
}

static void test_failures(void **state)
{
    struct error e = ERROR_INIT;
    struct process p = {.argv = SHELL("echo first >&2; echo 'no such disk' >&2; echo; exit 7"),
                        .timeout_ms = 10000};
    int status = 0;

    (void)state;
    assert_int_equal(process_run(&p, &status, &e), -ECHILD);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_string_equal(e.message, "sh failed with exit code 7: no such disk");

    p.argv = SHELL("kill -SEGV $$");
    assert_int_equal(process_run(&p, &status, &e), -ECHILD);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);

    p.argv = (const char *const[]){"no-such-program", NULL};
    assert_int_equal(process_run(&p, &status, &e), -ENOENT);
    p.argv = (const char *const[]){"/no/such/program", NULL};
    assert_int_equal(process_run(&p, &status, &e), -ENOENT);
    p.argv = (const char *const[]){"/etc/passwd", NULL};
    assert_int_equal(process_run(&p, &status, &e), -EACCES);
    assert_non_null(strstr(e.message, "/etc/passwd"));
}

/* The whole group dies, also a grandchild that ignores SIGTERM. */
static void test_time_limit(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    struct process p = {.argv =
                            SHELL("trap '' TERM; sh -c 'trap \"\" TERM; echo $$; sleep 60' & wait"),
                        .timeout_ms = 500,
                        .output = &out};
    uint64_t start = clock_monotonic_ms();
    struct error e = ERROR_INIT;
    pid_t grandchild;
    int i;

    (void)state;
    assert_int_equal(process_run(&p, NULL, &e), -ETIME);
    assert_in_range(clock_monotonic_ms() - start, 500, 10000);
    grandchild = (pid_t)strtol(out.data, NULL, 10);
    assert_true(grandchild > 1);
    for (i = 0; i < 200 && kill(grandchild, 0) == 0; i++) {
        char path[64], kind = '?';
        FILE *f;

        /* A zombie that nobody here reaps is dead enough. */
        (void)snprintf(path, sizeof(path), "/proc/%d/stat", grandchild);
        f = fopen(path, "re");
        if (!f || (fscanf(f, "%*d (%*[^)]) %c", &kind) == 1 && kind == 'Z')) {
            if (f)
                fclose(f);
            break;
        }
        fclose(f);
        clock_sleep_ms(10);
    }
    assert_true(i < 200);
}

static void test_silent_and_slow(void **state)
{
    struct process p = {.argv = SHELL("exec >&- 2>&-; sleep 0.3; exit 4"), .timeout_ms = 10000};
    struct error e = ERROR_INIT;
    int status = 0;

    (void)state;
    assert_int_equal(process_run(&p, &status, &e), -ECHILD);
    assert_int_equal(WEXITSTATUS(status), 4);
    p.timeout_ms = 100;
    assert_int_equal(process_run(&p, &status, &e), -ETIME);
}

/* A daemon that keeps the pipe open must not hold us. */
static void test_background_child(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    struct process p = {
        .argv = SHELL("sleep 5 & echo started"), .timeout_ms = 4000, .output = &out};
    uint64_t start = clock_monotonic_ms();
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(process_run(&p, NULL, &e), &e);
    assert_string_equal(out.data, "started\n");
    assert_true(clock_monotonic_ms() - start < 3000);
}

static void test_environment(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    const char *const argv[] = {"env", NULL};
    const char *const env[] = {"A=1", "B=x y", NULL}, *const own[] = {"LANG=de", "PATH=/bin", NULL};
    struct process p = {.argv = argv, .timeout_ms = 10000, .output = &out};
    struct error e = ERROR_INIT;
    char expected[4096];

    (void)state;
    assert_int_equal(setenv("SECRET", "x", 1), 0);
    (void)snprintf(expected, sizeof(expected), "PATH=%s\nLANG=C\n", getenv("PATH"));
    assert_good(process_run(&p, NULL, &e), &e);
    assert_string_equal(out.data, expected);

    buf_clear(&out);
    p.env = env;
    (void)strncat(expected, "A=1\nB=x y\n", sizeof(expected) - strlen(expected) - 1);
    assert_good(process_run(&p, NULL, &e), &e);
    assert_string_equal(out.data, expected);

    buf_clear(&out);
    p.env = own;
    assert_good(process_run(&p, NULL, &e), &e);
    assert_string_equal(out.data, "LANG=de\nPATH=/bin\n");
}

static void test_clean_child(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096);
    int leaky = open("/dev/null", O_RDONLY); /* not close-on-exec, on purpose */
    const char *const argv[] = {"/bin/sh", "-c",
                                "ls /proc/self/fd | wc -l; cut -d ' ' -f 5 /proc/$$/stat; "
                                "echo $$; grep SigIgn /proc/self/status; "
                                "grep SigBlk /proc/self/status",
                                NULL};
    struct process p = {.argv = argv, .timeout_ms = 10000, .output = &out};
    struct error e = ERROR_INIT;
    long group = 0, pid = 1;
    unsigned long ignored = 1, blocked = 1;
    sigset_t set, old;
    int fds = 0;

    (void)state;
    assert_true(leaky >= 0);
    assert_true(dup2(leaky, 700) == 700);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
    assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    assert_good(process_run(&p, NULL, &e), &e);
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    assert_int_equal(close(leaky), 0);
    assert_int_equal(close(700), 0);

    assert_int_equal(sscanf(out.data, "%d %ld %ld SigIgn: %lx SigBlk: %lx", &fds, &group, &pid,
                            &ignored, &blocked),
                     5);
    assert_int_equal(fds, 4); /* 0, 1, 2 and the folder that ls reads */
    assert_int_equal(group, pid);
    /* 32 and 33 belong to the C library, which lets nobody touch them. */
    assert_int_equal(ignored & ~(3ul << 31), 0);
    assert_int_equal(blocked, 0);
}

/* Works even when our own standard descriptors are closed; nothing of ours stays open. */
static void test_own_descriptors(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT(4096), err = BUF_INIT(4096);
    struct process p = {.argv = SHELL("cat; echo e >&2"),
                        .timeout_ms = 10000,
                        .input = "in",
                        .input_len = 2,
                        .output = &out,
                        .errors = &err};
    struct error e = ERROR_INIT;
    int kept[3], before, after, r;

    (void)state;
    before = dup(0);
    close(before);
    for (int i = 0; i < 3; i++) {
        kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
        (void)close(i);
    }
    r = process_run(&p, NULL, &e);
    for (int i = 0; i < 3; i++) {
        (void)dup2(kept[i], i);
        (void)close(kept[i]);
    }
    assert_good(r, &e);
    assert_string_equal(out.data, "in");
    assert_string_equal(err.data, "e\n");
    after = dup(0);
    close(after);
    assert_int_equal(after, before);
}

static void count_tick(void *n)
{
    (*(int *)n)++;
}

static void test_tick(void **state)
{
    int ticks = 0;
    struct process p = {.argv = SHELL("sleep 0.5; yes | head -c 3000000"),
                        .timeout_ms = 10000,
                        .tick = count_tick,
                        .tick_data = &ticks,
                        .tick_ms = 100};
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(process_run(&p, NULL, &e), &e);
    assert_in_range(ticks, 2, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),          cmocka_unit_test(test_argv_is_no_shell),
        cmocka_unit_test(test_input),           cmocka_unit_test(test_output_cut_at_limit),
        cmocka_unit_test(test_failures),        cmocka_unit_test(test_time_limit),
        cmocka_unit_test(test_silent_and_slow), cmocka_unit_test(test_background_child),
        cmocka_unit_test(test_environment),     cmocka_unit_test(test_clean_child),
        cmocka_unit_test(test_own_descriptors), cmocka_unit_test(test_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
