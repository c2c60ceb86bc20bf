/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <stdarg.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/process.h"
#include "crypto.h"
#include "cut.h"
#include "gate.h"
#include "journal.h"
#include "report.h"
#include "seed_client.h"
#include "settings.h"
#include "step_log.h"

#define TICK_MS 500
#define RETRY_BASE_MS 2000
#define RETRY_CAP_MS 120000
#define BEGIN_AGAIN 1
#define REFUSED_EVERY_MS 60000 /* a refused step is re-checked each minute */
/* A restart of the taskbox is waited through. */
#define ATTEMPTS_WHEN_READY 6

/* What goes out while a step works or waits. */
static void keep_alive(struct context *c)
{
    struct error e = ERROR_INIT;

    reporter_tick(c->reporter);
    if (reporter_gets_through(c->reporter) && step_log_post_running(c->log, c->client, &e) < 0)
        log_debug("%s", e.message); /* people see less of the step meanwhile */
}

void step_progress(struct context *c, int percent, const char *format, ...)
{
    char message[512];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(message, sizeof(message), format, ap); /* cut short is fine */
    va_end(ap);
    reporter_set(c->reporter, c->step, REPORT_RUNNING, percent > 100 ? 100 : percent, message);
    step_log_say(c->log, message);
    keep_alive(c);
}

void step_note(struct context *c, const char *format, ...)
{
    char line[1024];
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    log_debug("%s: %s", step_name(c->step), line);
    step_log_add(c->log, line, strlen(line));
    step_log_add(c->log, "\n", 1);
}

void step_wait(struct context *c, uint64_t ms)
{
    uint64_t end_ms = clock_monotonic_ms() + ms;

    for (;;) {
        uint64_t now_ms;

        keep_alive(c);
        now_ms = clock_monotonic_ms();
        if (now_ms >= end_ms)
            return;
        clock_sleep_ms(end_ms - now_ms < TICK_MS ? end_ms - now_ms : TICK_MS);
    }
}

/* A program that runs, and how much of what it printed is in the log. */
struct running {
    struct context *context;
    const struct buf *streams[2];
    size_t logged[2];
};

/* Whole lines only, unless it has ended. */
static void log_output(struct running *p, bool ended)
{
    for (size_t i = 0; i < ARRAY_SIZE(p->streams); i++) {
        const struct buf *b = p->streams[i];
        const char *from, *end;

        if (!b || b->len <= p->logged[i])
            continue;
        from = b->data + p->logged[i];
        end = memrchr(from, '\n', b->len - p->logged[i]);
        end = ended ? b->data + b->len : end ? end + 1 : from;
        step_log_add(p->context->log, from, (size_t)(end - from));
        p->logged[i] = (size_t)(end - b->data);
    }
}

static void tick(void *userdata)
{
    struct running *p = userdata;

    log_output(p, false);
    keep_alive(p->context);
}

int step_run_process(struct context *c, const struct process *process, struct error *e)
{
    _cleanup_buf_ struct buf printed = BUF_INIT(PROTOCOL_LOG_MAX);
    const char *const *argv = process->argv;
    struct process p = *process;
    struct running running = {.context = c};
    struct error why = ERROR_INIT;
    int r;

    /* Enough to recognise it by; long argument lists would drown the log. */
    step_note(c, "$ %s%s%s%s%s%s", argv[0], argv[1] ? " " : "", argv[1] ? argv[1] : "",
              argv[1] && argv[2] ? " " : "", argv[1] && argv[2] ? argv[2] : "",
              argv[1] && argv[2] && argv[3] ? " …" : "");
    if (p.output)
        p.errors = &printed;
    else
        p.output = &printed;
    running.streams[0] = p.output;
    running.streams[1] = p.errors;
    p.tick = tick;
    p.tick_data = &running;
    p.tick_ms = TICK_MS;
    r = process_run(&p, NULL, &why);
    log_output(&running, true);
    if (r < 0) {
        step_note(c, "%s", why.message);
        return error_set(e, r, "%s", why.message);
    }
    return 0;
}

int step_run_program(struct context *c, const char *const *argv, uint64_t timeout_ms,
                     struct buf *output, struct error *e)
{
    const struct process p = {.argv = argv, .timeout_ms = timeout_ms, .output = output};

    return step_run_process(c, &p, e);
}

int step_refuse(struct context *c, int code)
{
    c->refused = true;
    return code;
}

/* ---- the runner ---- */

static bool is_ours(const struct context *c, const struct step_row *row)
{
    json_t *member = row->needs ? json_object_get(c->config, row->needs) : NULL;

    if (row->roles && !(row->roles & c->roles))
        return false;
    return !row->needs || (member && !json_is_null(member));
}

/* SHA-256 over the members of the config that the step goes by. */
static int hash_inputs(const struct context *c, const struct step_row *row,
                       char ret[SHA256_HEX_SIZE], struct error *e)
{
    _cleanup_json_ json_t *inputs = json_object();
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_CONFIG_MAX);
    uint8_t digest[SHA256_SIZE];
    json_t *value;
    int r;

    for (size_t i = 0; i < ARRAY_SIZE(row->inputs) && row->inputs[i]; i++) {
        value = json_object_get(c->config, row->inputs[i]);
        if (value && json_object_set(inputs, row->inputs[i], value) < 0)
            return error_oom(e);
    }
    r = json_print(inputs, &text, e);
    if (r < 0)
        return r;
    r = sha256_of(text.data, text.len, digest);
    if (r < 0)
        return error_set(e, r, "SHA-256 failed");
    format_hex(digest, sizeof(digest), ret);
    return 0;
}

static bool is_done(struct context *c, const struct step_row *row, const char *inputs)
{
    struct error e = ERROR_INIT;
    bool done = false;

    if (!row->is_done || !journal_step_done(c->journal, row->step, inputs))
        return false;
    if (row->is_done(c, &done, &e) < 0) {
        log_warning("%s: %s, doing the step again", step_name(row->step), e.message);
        return false;
    }
    return done;
}

/* The log goes out when it can; the step's result does not depend on it. */
static void end_log(struct context *c)
{
    struct error e = ERROR_INIT;

    if (step_log_end(c->log, &e) < 0)
        log_warning("keeping the log of step %s: %s, ignoring", step_name(c->step), e.message);
    if (seed_client_has_identity(c->client) && step_log_post(c->log, c->client, &e) < 0)
        log_debug("%s", e.message);
}

/* Gate, run, journal: one try. */
static int run_once(struct context *c, const struct step_row *row, const char *inputs,
                    struct error *e)
{
    const char *name = step_name(row->step);
    int r;

    cut_here(name, "before");
    if (row->gated && !journal_step_done_once(c->journal, row->step)) {
        r = gate_wait(c, row->step, e);
        if (r < 0)
            return r;
        /* The step's time is the work's; and the lease is confirmed before the work begins. */
        reporter_begin(c->reporter, row->step);
        reporter_set(c->reporter, row->step, REPORT_RUNNING, -1, step_doing(row->step));
        r = reporter_deliver(c->reporter, e);
        if (r < 0)
            return r;
    }
    reporter_set(c->reporter, row->step, REPORT_RUNNING, -1, step_doing(row->step));
    r = row->run(c, e);
    if (r < 0)
        return r;
    cut_here(name, "done");
    if (row->in_passing)
        r = journal_note_step(c->journal, row->step, inputs, true, e);
    else
        r = journal_set_step(c->journal, row->step, inputs, true, e);
    if (r < 0)
        return r;
    cut_here(name, "journaled");
    reporter_set(c->reporter, row->step, REPORT_DONE, 100, "done");
    return 0;
}

/* Tells everyone, then sleeps until the next try is due. */
static void after_failure(struct context *c, const struct step_row *row, const char *inputs,
                          unsigned n, const struct step_limits *limits, const struct error *why)
{
    uint64_t ms =
        c->refused ? REFUSED_EVERY_MS : backoff_ms(n < 16 ? n : 16, RETRY_BASE_MS, RETRY_CAP_MS);
    char message[sizeof(why->message) + 64];
    struct error e = ERROR_INIT;

    if (ms < RETRY_BASE_MS)
        ms = RETRY_BASE_MS;
    if (c->refused)
        (void)snprintf(message, sizeof(message), "%s", why->message);
    else
        (void)snprintf(message, sizeof(message), "%s, retrying in %llu s", why->message,
                       (unsigned long long)(ms + 999) / 1000);
    if (journal_set_step(c->journal, row->step, inputs, false, &e) < 0)
        log_warning("%s, ignoring", e.message);
    reporter_set(c->reporter, row->step, REPORT_FAILED, -1, message);
    end_log(c);
    if (limits->meanwhile)
        limits->meanwhile(c);
    step_wait(c, ms);
}

/* An administrator rearmed this host: the server has forgotten the key, and what was reported. */
static void regain_identity(struct context *c, const struct step_limits *limits, struct error *why)
{
    struct error e = ERROR_INIT;

    step_note(c, "%s, enrolling again", why->message);
    if (limits->enrol_again(c, &e) < 0)
        (void)error_wrap(&e, "%s", why->message);
    else
        (void)error_set(&e, why->code, "%s, enrolled again", why->message);
    *why = e;
}

/* 0 when it is done, BEGIN_AGAIN when another config is there. */
static int run_row(struct context *c, const struct step_row *row, const struct step_limits *limits,
                   struct error *e)
{
    char inputs[SHA256_HEX_SIZE];
    int r = hash_inputs(c, row, inputs, e);

    if (r < 0)
        return r;
    c->step = row->step;
    if (is_done(c, row, inputs)) {
        reporter_found_done(c->reporter, row->step);
        return 0;
    }
    reporter_begin(c->reporter, row->step);
    for (unsigned n = 0;; n++) {
        struct error why = ERROR_INIT;

        step_log_begin(c->log, row->step);
        c->refused = false;
        r = run_once(c, row, inputs, &why);
        if (r == 0) {
            end_log(c);
            gate_leave(c);
            return 0;
        }
        step_note(c, "failed: %s", why.message);
        if (limits->once) {
            reporter_set(c->reporter, row->step, REPORT_FAILED, -1, why.message);
            end_log(c);
            gate_leave(c);
            return error_set(e, r, "%s: %s", step_name(row->step), why.message);
        }
        if (r == -ENOKEY && row->step > STEP_CONFIG && limits->enrol_again)
            regain_identity(c, limits, &why);
        after_failure(c, row, inputs, n, limits, &why);
        gate_leave(c);
        if (row->step > STEP_CONFIG && limits->has_news && limits->has_news(c))
            return BEGIN_AGAIN;
    }
}

static int walk(struct context *c, const struct step_row *table, const struct step_limits *limits,
                struct error *e)
{
    const struct step_row *row = table;

    while (row->run && row->step <= limits->until) {
        int r = is_ours(c, row) ? run_row(c, row, limits, e) : 0;

        if (r < 0)
            return r;
        row = r == BEGIN_AGAIN ? table : row + 1;
    }
    return 0;
}

int step_run_all(struct context *c, const struct step_row *table, const struct step_limits *limits,
                 struct error *e)
{
    bool was_ready = journal_step_done_once(c->journal, STEP_REPORT);
    unsigned patience = seed_client_set_patience(c->client, was_ready ? ATTEMPTS_WHEN_READY : 0);
    int r = walk(c, table, limits, e);

    (void)seed_client_set_patience(c->client, patience);
    return r;
}
