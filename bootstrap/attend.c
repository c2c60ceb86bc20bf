/* SPDX-License-Identifier: Apache-2.0 */
#include "attend.h"

#include "common/clock.h"
#include "common/log.h"
#include "console.h"
#include "marks.h"
#include "notify.h"
#include "renew.h"
#include "report.h"
#include "seed_client.h"
#include "settings.h"
#include "steps.h"
#include "volumes.h"

#define PAUSE_BASE_MS 1000
#define AWAY_CAP_MS (5 * 60 * 1000)
#define AGAIN_CAP_MS (60 * 1000)
#define AT_ONCE_MS 5000
#define REFUSED_BASE_MS (60 * 1000)
#define REFUSED_CAP_MS (10 * 60 * 1000)
#define FAILURES_MAX 16
/* KubeSphere's installer may come long after the addons, and take its time: until there is a
 * console, and then in case that it moves. */
#define CONSOLE_MS (5 * 60 * 1000)
#define CONSOLE_THERE_MS (60 * 60 * 1000)
/* systemd's watchdog wants to hear of us every three minutes. */
#define NAP_MS 60000
#define SLACK_MS 30000 /* of an answer, beyond the time that it was asked to wait */

static int attend_apply(struct context *c, struct error *e);
static int attend_volumes(struct context *c, struct error *e);

/* What the taskbox may ask for. c has its config while it is carried out. */
static const struct {
    const char *what;
    int (*run)(struct context *c, struct error *e);
} verbs[] = {
    {"apply",   attend_apply  },
    {"nodes",   marks_attend  },
    {"volumes", attend_volumes},
};

struct attendance {
    uint64_t ask_ms, console_ms; /* when that is due, of the monotonic clock */
    unsigned failures;
    int64_t console; /* the port that was told, 0 none */
    char done[16];   /* what the last question brought, and was done; "" nothing */
    /* The last complaint about each, which is not repeated. */
    char said[256], console_said[256];
};

uint64_t attend_pause_ms(enum attend_result result, unsigned failures, uint64_t wanted_ms)
{
    unsigned n = failures > FAILURES_MAX ? FAILURES_MAX : failures;
    uint64_t ms = 0;

    switch (result) {
    case ATTEND_DONE:
        return 0;
    case ATTEND_NOTHING:
        /* Spread over as long again, so that thousands do not come at one moment. */
        return wanted_ms + backoff_ms(0, wanted_ms, wanted_ms);
    case ATTEND_AGAIN:
        ms = backoff_ms(n, PAUSE_BASE_MS, AGAIN_CAP_MS);
        break;
    case ATTEND_EARLY:
    case ATTEND_AWAY:
        ms = backoff_ms(n, PAUSE_BASE_MS, AWAY_CAP_MS);
        break;
    case ATTEND_REFUSED:
        ms = REFUSED_BASE_MS + backoff_ms(n, REFUSED_BASE_MS, REFUSED_CAP_MS);
        break;
    }
    return wanted_ms + (ms < PAUSE_BASE_MS ? PAUSE_BASE_MS : ms);
}

/* Nothing is reported while there is nothing to do: only systemd hears that this is alive. */
static void rest(uint64_t ms)
{
    while (ms > 0) {
        uint64_t nap_ms = ms < NAP_MS ? ms : NAP_MS;

        notify_send("WATCHDOG=1");
        clock_sleep_ms(nap_ms);
        ms -= nap_ms;
    }
    notify_send("WATCHDOG=1");
}

static void complain(char said[256], const char *words)
{
    if (strncmp(said, words, 255) == 0)
        return;
    (void)snprintf(said, 256, "%s", words); /* enough to tell it by */
    log_warning("%s, retrying", words);
    notify_sendf("STATUS=ready; %s", said);
}

static void content(const struct context *c, struct attendance *a)
{
    if (a->said[0])
        log_info("the taskbox answers again");
    a->said[0] = '\0';
    notify_sendf("STATUS=ready%s%s", c->renewals.said[0] ? "; " : "", c->renewals.said);
}

/* ---- what there is to do -------------------------------------------------------------------- */

/* Every step again, each of which looks first at what is there. It ends when all are done: a step
 * that fails is tried again, with the reason on the board, as on a first boot. Only then is the
 * config carried out, which is what asking says. */
static int attend_apply(struct context *c, struct error *e)
{
    const struct step_limits all = {.until = STEP_COUNT - 1,
                                    .has_news = config_has_news,
                                    .enrol_again = enrol_again,
                                    .meanwhile = renew_if_due};
    char before[SHA256_HEX_SIZE], after[SHA256_HEX_SIZE];
    int r = config_kept_digest(c, before, e);

    if (r >= 0)
        r = step_run_all(c, step_table, &all, e);
    if (r >= 0)
        r = config_kept_digest(c, after, e);
    if (r >= 0 && strcmp(before, after) == 0)
        return error_set(e, -EAGAIN, "the configuration to apply did not come");
    return r;
}

/* The newest plan makes local volumes, the one that was carried out here did not. */
static int attend_volumes(struct context *c, struct error *e)
{
    if (!json_object_get(c->config, "volumes"))
        return error_set(e, -ENODATA,
                         "the configuration that is carried out here has no local volumes: seedctl "
                         "apply brings them");
    return volumes_attend(c, e);
}

/* Rearmed, the taskbox has forgotten the key, and takes the same one as well as another. It has
 * forgotten too what this host told it: the last step tells it again, and the others' results. The
 * config stays the one that is carried out, which the next question says. */
static int introduce_again(struct context *c, struct error *e)
{
    const struct step_limits last = {
        .until = STEP_COUNT - 1, .enrol_again = enrol_again, .meanwhile = renew_if_due};
    const struct step_row *report = step_table;
    int r = config_use_kept(c, e);

    while (report->run && report->step != STEP_REPORT)
        report++;
    if (r >= 0)
        r = enrol_again(c, e);
    if (r >= 0)
        r = step_run_all(c, report, &last, e);
    context_drop_config(c);
    return r;
}

static int carry_out(struct context *c, const char *what, struct error *e)
{
    int r = error_set(e, -ENOSYS,
                      "the taskbox asks for \"%.40s\", which this program does not know: it is of "
                      "an older release",
                      what);

    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        if (strcmp(verbs[i].what, what) != 0)
            continue;
        log_info("the taskbox asks for \"%s\"", what);
        r = config_use_kept(c, e);
        if (r >= 0)
            r = verbs[i].run(c, e);
        if (r < 0)
            (void)error_wrap(e, "%s", what);
    }
    context_drop_config(c);
    return r;
}

/* ---- asking --------------------------------------------------------------------------------- */

/* What is wrong with this machine alone keeps it from no order, which may be what mends it. */
static int tell_untold(struct context *c, struct error *e)
{
    struct error why = ERROR_INIT;
    int r = report_untold(c, &why);

    if (r == -EAGAIN || r == -ENOKEY || r == -EACCES)
        return error_set(e, r, "%s", why.message);
    if (r < 0)
        log_warning("%s, ignoring", why.message);
    c->untold = false;
    return 0;
}

/* The last step's own result had one attempt. What the taskbox refuses is not worth waiting for. */
static int deliver_rest(struct context *c, struct error *e)
{
    struct error why = ERROR_INIT;
    int r = reporter_deliver(c->reporter, &why);

    if (r == -EAGAIN || r == -ENOKEY)
        return error_set(e, r, "%s", why.message);
    if (r < 0)
        log_debug("%s", why.message);
    return 0;
}

/* One question, parked at the server for wait_s at most. */
static int ask(struct context *c, unsigned wait_s, json_t **ret, uint64_t *ret_wanted_ms,
               struct error *e)
{
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "GET",
                             .timeout_ms = wait_s * UINT64_C(1000) + SLACK_MS,
                             .attempts = 1};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    char digest[SHA256_HEX_SIZE], path[160];
    int r = deliver_rest(c, e);

    if (r >= 0)
        r = config_kept_digest(c, digest, e);
    if (r < 0)
        return r;
    (void)snprintf(path, sizeof(path), "/v1/attend?config=%s&wait=%u", digest, wait_s); /* fits */
    call.path = path;
    r = seed_client_call(c->client, &call, &answer, e);
    *ret_wanted_ms = answer.retry_after_ms;
    if (r < 0)
        return r;
    if (answer.status != 200)
        return seed_answer_error(&answer, "/v1/attend", e);
    return seed_answer_json(&answer, ret, e);
}

static enum attend_result ask_and_do(struct context *c, struct attendance *a, unsigned wait_s,
                                     uint64_t *ret_wanted_ms)
{
    uint64_t began_ms = clock_monotonic_ms(), waited_ms;
    _cleanup_json_ json_t *answer = NULL;
    struct error e = ERROR_INIT;
    const char *what = NULL;
    int64_t again_s = 0;
    int r = c->untold ? tell_untold(c, &e) : 0;

    /* What has been going on comes before what is to be done. */
    if (r >= 0)
        r = ask(c, wait_s, &answer, ret_wanted_ms, &e);
    waited_ms = clock_monotonic_ms() - began_ms;
    if (r >= 0)
        r = json_get_string(answer, "do", &what, &e);
    if (r >= 0)
        r = json_get_int_or(answer, "again_s", 0, &again_s, &e);
    if (r == -ENOKEY) {
        log_warning("%s, enrolling again", e.message);
        r = introduce_again(c, &e);
        if (r >= 0)
            return ATTEND_EARLY;
    }
    if (r < 0) {
        complain(a->said, e.message);
        return r == -EAGAIN ? ATTEND_AWAY : ATTEND_REFUSED;
    }
    if (again_s > 0)
        *ret_wanted_ms = (uint64_t)(again_s < 3600 ? again_s : 3600) * 1000;
    if (strcmp(what, "nothing") == 0) {
        a->done[0] = '\0';
        content(c, a);
        return again_s > 0 || waited_ms >= wait_s * UINT64_C(900) ? ATTEND_NOTHING : ATTEND_EARLY;
    }
    r = carry_out(c, what, &e);
    if (r < 0) {
        complain(a->said, e.message);
        return ATTEND_EARLY;
    }
    content(c, a);
    if (waited_ms < AT_ONCE_MS && strcmp(a->done, what) == 0)
        return ATTEND_AGAIN;
    (void)snprintf(a->done, sizeof(a->done), "%s", what); /* fits: it is one of the verbs */
    return ATTEND_DONE;
}

/* ---- certificates --------------------------------------------------------------------------- */

/* What cannot be renewed now is tried again, long before it ends. */
static void renew(struct context *c)
{
    renew_if_due(c);
    if (c->renewals.said[0])
        notify_sendf("STATUS=ready; %s", c->renewals.said);
}

/* ---- the console ---------------------------------------------------------------------------- */

/* Between questions, so that it is due whenever one of those is answered. */
static void look_for_console(struct context *c, struct attendance *a)
{
    struct error e = ERROR_INIT;
    bool mine = true;
    int r = config_use_kept(c, &e);

    if (r >= 0)
        r = console_attend(c, &a->console, &mine, &e);
    context_drop_config(c);
    if (r < 0)
        complain(a->console_said, e.message);
    else
        a->console_said[0] = '\0';
    a->console_ms = UINT64_MAX; /* which master is the first does not change */
    if (mine)
        a->console_ms = clock_monotonic_ms() + (a->console ? CONSOLE_THERE_MS : CONSOLE_MS);
}

void attend_run(struct context *c)
{
    struct attendance a = {0};

    context_drop_config(c);
    /* Nothing here waits for the taskbox but the question itself. */
    (void)seed_client_set_patience(c->client, 1);
    content(c, &a);
    for (;;) {
        uint64_t now_ms = clock_monotonic_ms(), wanted_ms = 0, wait_s;
        enum attend_result result;

        if (c->renewals.at_ms <= now_ms) {
            renew(c);
            continue;
        }
        if (a.console_ms <= now_ms) {
            look_for_console(c, &a);
            continue;
        }
        wait_s = (c->renewals.at_ms - now_ms) / 1000;
        if (wait_s > PROTOCOL_ATTEND_WAIT_MAX_S)
            wait_s = PROTOCOL_ATTEND_WAIT_MAX_S;
        if (a.ask_ms > now_ms || wait_s == 0) {
            uint64_t until_ms =
                wait_s == 0 || c->renewals.at_ms < a.ask_ms ? c->renewals.at_ms : a.ask_ms;

            rest(until_ms - now_ms);
            continue;
        }
        result = ask_and_do(c, &a, (unsigned)wait_s, &wanted_ms);
        notify_send("WATCHDOG=1");
        if (result == ATTEND_NOTHING || result == ATTEND_DONE)
            a.failures = 0;
        else
            a.failures++;
        a.ask_ms = clock_monotonic_ms() + attend_pause_ms(result, a.failures, wanted_ms);
    }
}
