/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "notify.h"

#define REPORT_EVERY_MS 1000
/* A step that takes no longer is reported once, when it is done. */
#define QUICK_STEP_MS 200
#define HEARTBEAT_MS 10000
#define WATCHDOG_EVERY_MS 5000
#define ATTEMPT_MS 5000
#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS 30000
#define CONSOLE_EVERY_MS 5000
#define CONSOLE_EVERY_PERCENT 10

struct entry {
    enum report_state state;
    int percent;
    char message[512];
    uint64_t started_ms, ended_ms;
    bool unsent;
};

struct reporter {
    struct seed_client *client;
    const char *boot_id;
    bool installer;
    uint64_t console_ms; /* when progress was printed last, and how much it was */
    int console_percent;
    char host[256];
    struct entry steps[STEP_COUNT];
    enum step current;
    unsigned busy; /* inside a delivery, whose waiting calls reporter_tick again, or held */
    uint64_t sent_ms, next_try_ms, watchdog_ms, status_ms;
    unsigned failures;
};

static const char *const state_names[] = {"", "running", "waiting", "done", "failed"};

int reporter_new(struct seed_client *client, const char *boot_id, struct reporter **ret,
                 struct error *e)
{
    struct reporter *r = calloc(1, sizeof(*r));

    if (!r)
        return error_oom(e);
    r->client = client;
    r->boot_id = boot_id;
    *ret = r;
    return 0;
}

void reporter_free(struct reporter *r)
{
    free(r);
}

void reporter_for_installer(struct reporter *r)
{
    r->installer = true;
}

void reporter_set_host(struct reporter *r, const char *host)
{
    (void)snprintf(r->host, sizeof(r->host), "%s: ", host);
}

/* What a program printed may be in any encoding, and a long message is cut anywhere: bytes that are
 * no UTF-8 become '?', which JSON can carry. Control characters become blanks: one line for
 * systemd, whose protocol goes by lines, and for the console. */
static void make_plain(char *s)
{
    while (*s) {
        unsigned char c = (unsigned char)*s;
        size_t more = c < 0x80 ? 0 : c < 0xc2 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 9;
        size_t n = 0;

        while (more != 9 && n < more && ((unsigned char)s[n + 1] & 0xc0) == 0x80)
            n++;
        /* Overlong forms, surrogates and what is past U+10FFFF differ in the second byte. */
        if (n < more || (c == 0xe0 && (unsigned char)s[1] < 0xa0) ||
            (c == 0xed && (unsigned char)s[1] > 0x9f) ||
            (c == 0xf0 && (unsigned char)s[1] < 0x90) ||
            (c == 0xf4 && (unsigned char)s[1] > 0x8f)) {
            *s = '?';
            n = 0;
        }
        if (c < 0x20 || c == 0x7f)
            *s = ' ';
        s += n + 1;
    }
}

static double seconds_of(const struct entry *entry)
{
    uint64_t end = entry->ended_ms ? entry->ended_ms : clock_monotonic_ms();

    return entry->started_ms ? (double)(end - entry->started_ms) / 1000.0 : 0.0;
}

/* One attempt at one report. */
static int send_entry(struct reporter *r, enum step step, unsigned attempts, struct error *e)
{
    struct entry *entry = &r->steps[step];
    _cleanup_json_ json_t *json =
        json_pack("{s:s, s:s, s:s, s:o, s:s, s:f}", "step", step_name(step), "state",
                  state_names[entry->state], "message", entry->message, "progress",
                  entry->percent < 0 ? json_null() : json_integer(entry->percent), "boot_id",
                  r->boot_id, "seconds", seconds_of(entry));
    _cleanup_buf_ struct buf body = BUF_INIT(PROTOCOL_REPORT_MAX);
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "POST",
                             .path = r->installer ? "/v1/install/reports" : "/v1/reports",
                             .content_type = "application/json",
                             .timeout_ms = ATTEMPT_MS,
                             .attempts = attempts};
    int ret;

    if (!json)
        return error_oom(e);
    ret = json_print(json, &body, e);
    if (ret < 0)
        return ret;
    call.body = body.data;
    call.body_len = body.len;
    /* Cleared first: what changes while this call waits is to be sent again. */
    entry->unsent = false;
    ret = seed_client_call(r->client, &call, &answer, e);
    if (ret < 0) {
        entry->unsent = true;
        return ret;
    }
    r->sent_ms = clock_monotonic_ms();
    if (answer.status == 204 || answer.status == 200)
        return 0;
    return seed_answer_error(&answer, call.path, e);
}

static int send_unsent(struct reporter *r, unsigned attempts, struct error *e)
{
    int ret;

    for (int step = 0; step < STEP_COUNT; step++) {
        if (!r->steps[step].unsent || (r->installer && step != STEP_INSTALL))
            continue;
        ret = send_entry(r, (enum step)step, attempts, e);
        if (ret < 0)
            return ret;
    }
    return 0;
}

static void try_to_send(struct reporter *r, uint64_t now_ms)
{
    struct error e = ERROR_INIT;

    if (r->busy || now_ms < r->next_try_ms || !seed_client_has_identity(r->client))
        return;
    r->busy++;
    if (send_unsent(r, 1, &e) < 0) {
        r->next_try_ms =
            clock_monotonic_ms() + RETRY_BASE_MS +
            backoff_ms(r->failures < 16 ? r->failures : 16, RETRY_BASE_MS, RETRY_CAP_MS);
        if (r->failures++ == 0)
            log_warning("%sreports do not arrive: %s, retrying", r->host, e.message);
    } else {
        r->failures = 0;
        r->next_try_ms = 0;
    }
    r->busy--;
}

/* systemd's line: "disks (6/12): formatting DATA1 40%". The installer's one step is not counted. */
static void show_status(struct reporter *r, enum step step)
{
    const struct entry *entry = &r->steps[step];
    char percent[8] = "", place[32] = "";

    if (step >= STEP_FIRST)
        (void)snprintf(place, sizeof(place), " (%d/%d)", (int)step - STEP_FIRST + 1,
                       STEP_COUNT - STEP_FIRST);
    if (entry->percent >= 0)
        (void)snprintf(percent, sizeof(percent), " %d%%", entry->percent % 1000);
    notify_sendf("STATUS=%s%s: %s%s", step_name(step), place, entry->message, percent);
    r->status_ms = clock_monotonic_ms();
}

/* "node2: installing: writing debian-12 to sda: 512 of 2048 MiB, 25%" */
static void print_progress(struct reporter *r, const struct entry *entry, enum step step,
                           uint64_t now_ms)
{
    char percent[16] = "";

    if (!r->installer || (now_ms - r->console_ms < CONSOLE_EVERY_MS &&
                          entry->percent / CONSOLE_EVERY_PERCENT == r->console_percent))
        return;
    if (entry->percent >= 0)
        (void)snprintf(percent, sizeof(percent), ", %d%%", entry->percent % 1000);
    log_info("%s%s: %s%s", r->host, step_doing(step), entry->message, percent);
    r->console_ms = now_ms;
    r->console_percent = entry->percent / CONSOLE_EVERY_PERCENT;
}

static void print_line(const struct reporter *r, enum step step)
{
    const struct entry *entry = &r->steps[step];

    switch (entry->state) {
    case REPORT_DONE:
        log_info("%s%s: done in %.1f s", r->host, step_doing(step), seconds_of(entry));
        break;
    case REPORT_FAILED:
        log_error("%s%s: failed: %s", r->host, step_doing(step), entry->message);
        break;
    case REPORT_WAITING:
        log_info("%s%s: waiting: %s", r->host, step_doing(step), entry->message);
        break;
    default:
        log_info("%s%s", r->host, step_doing(step));
    }
}

void reporter_begin(struct reporter *r, enum step step)
{
    struct entry *entry = &r->steps[step];

    *entry = (struct entry){.percent = -1, .started_ms = clock_monotonic_ms()};
    r->current = step;
}

void reporter_found_done(struct reporter *r, enum step step)
{
    struct entry *entry = &r->steps[step];

    *entry = (struct entry){.state = REPORT_DONE, .percent = 100, .unsent = true};
    (void)snprintf(entry->message, sizeof(entry->message), "done already");
}

static bool is_due(const struct reporter *r, const struct entry *entry, bool changed,
                   uint64_t now_ms)
{
    if (entry->state == REPORT_RUNNING && now_ms - entry->started_ms < QUICK_STEP_MS)
        return false;
    return changed || now_ms - r->sent_ms >= REPORT_EVERY_MS;
}

void reporter_set(struct reporter *r, enum step step, enum report_state state, int percent,
                  const char *message)
{
    struct entry *entry = &r->steps[step];
    bool changed = entry->state != state;
    bool new_words = strncmp(entry->message, message, sizeof(entry->message) - 1) != 0;
    uint64_t now_ms = clock_monotonic_ms();

    if (!changed && !new_words && entry->percent == percent)
        return;
    entry->state = state;
    entry->percent = percent;
    entry->unsent = true;
    (void)snprintf(entry->message, sizeof(entry->message), "%s", message);
    make_plain(entry->message);
    if (state == REPORT_DONE || state == REPORT_FAILED)
        entry->ended_ms = now_ms;
    if (changed || (new_words && state == REPORT_WAITING))
        print_line(r, step);
    else if (state == REPORT_RUNNING)
        print_progress(r, entry, step, now_ms);
    if (changed || now_ms - r->status_ms >= REPORT_EVERY_MS)
        show_status(r, step);
    if (is_due(r, entry, changed, now_ms))
        try_to_send(r, now_ms);
}

void reporter_tick(struct reporter *r)
{
    struct entry *entry = &r->steps[r->current];
    uint64_t now_ms = clock_monotonic_ms();

    if (now_ms - r->watchdog_ms >= WATCHDOG_EVERY_MS) {
        notify_send("WATCHDOG=1");
        r->watchdog_ms = now_ms;
    }
    if (now_ms - r->sent_ms >= HEARTBEAT_MS && entry->state != REPORT_NONE)
        entry->unsent = true;
    if (is_due(r, entry, false, now_ms))
        try_to_send(r, now_ms);
}

int reporter_deliver(struct reporter *r, struct error *e)
{
    int ret;

    if (r->busy)
        return 0;
    r->busy++;
    ret = send_unsent(r, 0, e);
    r->busy--;
    return ret;
}

void reporter_repeat(struct reporter *r)
{
    for (int step = 0; step < STEP_COUNT; step++)
        if (r->steps[step].state != REPORT_NONE)
            r->steps[step].unsent = true;
}

bool reporter_gets_through(const struct reporter *r)
{
    return !r->busy && r->sent_ms && r->failures == 0;
}

void reporter_hold(struct reporter *r, bool hold)
{
    if (hold)
        r->busy++;
    else
        r->busy--;
}
