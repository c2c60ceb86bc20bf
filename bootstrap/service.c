/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include "common/process.h"

#define QUICK_MS 60000
#define STOP_MS 180000

/* systemctl VERB [UNIT]. */
static int systemctl(struct context *c, const char *verb, const char *unit, uint64_t timeout_ms,
                     struct error *e)
{
    _cleanup_free_ char *program =
        c->root[0] ? context_path(c, "/usr/bin/systemctl") : strdup("systemctl");
    const char *const argv[] = {program, verb, unit, NULL};

    if (!program)
        return error_oom(e);
    return step_run_program(c, argv, timeout_ms, NULL, e);
}

/* A question: the answer is the first line, the exit code does not matter (is-active and show
 * differ in it between versions of systemd). */
static int systemctl_ask(struct context *c, const char *const *arguments, char *ret, size_t size,
                         struct error *e)
{
    _cleanup_free_ char *program =
        c->root[0] ? context_path(c, "/usr/bin/systemctl") : strdup("systemctl");
    _cleanup_buf_ struct buf output = BUF_INIT(64 * 1024), errors = BUF_INIT(64 * 1024);
    const char *argv[8] = {program};
    struct process p = {.argv = argv, .timeout_ms = QUICK_MS, .output = &output, .errors = &errors};
    int r;

    if (!program)
        return error_oom(e);
    for (size_t i = 0; i < ARRAY_SIZE(argv) - 2 && arguments[i]; i++)
        argv[i + 1] = arguments[i];
    r = process_run(&p, NULL, e);
    if (r < 0 && r != -ECHILD)
        return r;
    (void)snprintf(ret, size, "%.*s", (int)strcspn(output.data ? output.data : "", "\n"),
                   output.data ? output.data : "");
    return 0;
}

/* What the unit itself said goes into the step's log, where people look for the reason. */
static void note_journal(struct context *c, const char *unit)
{
    const char *const argv[] = {"journalctl", "--no-pager", "-n", "40", "-o",
                                "cat",        "-u",         unit, NULL};

    if (!c->root[0])
        (void)!step_run_program(c, argv, QUICK_MS, NULL, NULL);
}

static int start_job(struct context *c, const char *verb, const char *unit, uint64_t timeout_ms,
                     struct error *e)
{
    int r = systemctl(c, verb, unit, timeout_ms, e);

    if (r < 0) {
        note_journal(c, unit);
        return error_wrap(e, "%s %s", verb, unit);
    }
    return 0;
}

int service_daemon_reload(struct context *c, struct error *e)
{
    return systemctl(c, "daemon-reload", NULL, QUICK_MS, e);
}

int service_enable(struct context *c, const char *unit, struct error *e)
{
    return systemctl(c, "enable", unit, QUICK_MS, e);
}

int service_disable(struct context *c, const char *unit, struct error *e)
{
    return systemctl(c, "disable", unit, QUICK_MS, e);
}

int service_start(struct context *c, const char *unit, uint64_t timeout_ms, struct error *e)
{
    return start_job(c, "start", unit, timeout_ms, e);
}

static int queue_job(struct context *c, const char *verb, const char *unit, struct error *e)
{
    _cleanup_free_ char *program =
        c->root[0] ? context_path(c, "/usr/bin/systemctl") : strdup("systemctl");
    const char *const argv[] = {program, "--no-block", verb, unit, NULL};

    if (!program)
        return error_oom(e);
    return step_run_program(c, argv, QUICK_MS, NULL, e);
}

int service_start_no_wait(struct context *c, const char *unit, struct error *e)
{
    return queue_job(c, "start", unit, e);
}

int service_restart_no_wait(struct context *c, const char *unit, struct error *e)
{
    return queue_job(c, "restart", unit, e);
}

int service_restart(struct context *c, const char *unit, uint64_t timeout_ms, struct error *e)
{
    return start_job(c, "restart", unit, timeout_ms, e);
}

int service_stop(struct context *c, const char *unit, struct error *e)
{
    return systemctl(c, "stop", unit, STOP_MS, e);
}

int service_is_active(struct context *c, const char *unit, bool *ret, struct error *e)
{
    const char *const arguments[] = {"is-active", unit, NULL};
    char answer[64];
    int r = systemctl_ask(c, arguments, answer, sizeof(answer), e);

    if (r < 0)
        return error_wrap(e, "is-active %s", unit);
    *ret = strcmp(answer, "active") == 0;
    return 0;
}

int service_exists(struct context *c, const char *unit, bool *ret, struct error *e)
{
    const char *const arguments[] = {"show", "-p", "LoadState", unit, NULL};
    char answer[64];
    int r = systemctl_ask(c, arguments, answer, sizeof(answer), e);

    if (r < 0)
        return error_wrap(e, "show %s", unit);
    *ret = strcmp(answer, "LoadState=loaded") == 0;
    return 0;
}
