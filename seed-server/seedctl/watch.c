/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "changes.h"
#include "command.h"
#include "common/clock.h"
#include "summary.h"
#include "terminal.h"
#include "text.h"

#define LOOK_EVERY_MS 1000
#define LOOK_WHOLE_EVERY_MS                                                                        \
    10000 /* what is no event: a silent host, a machine that waits outside */
#define SILENCE_MAX_MS 60000
#define FRAME_MAX (16 * 1024 * 1024)

/* The status that was shown last; its view borrows from its value. */
struct look {
    json_t *value;
    struct cluster_view view;
};

struct watch {
    struct client *client;
    const struct watch_options *options;
    bool redraws;
    struct look last;
    size_t lines;         /* of the frame on the terminal */
    int64_t event;        /* the newest that was seen, -1 before the first answer */
    uint64_t started_ms;  /* monotonic, as are the next two */
    uint64_t changed_ms;  /* something moved */
    uint64_t answered_ms; /* the server answered */
    uint64_t looked_ms;   /* the status was read */
};

static void look_done(struct look *l)
{
    cluster_view_done(&l->view);
    json_decref(l->value);
    *l = (struct look){0};
}

static int look_at(struct client *c, struct look *ret, struct error *e)
{
    struct look l = {0};
    int r = client_get_json(c, "/admin/status", CLIENT_TIMEOUT_MS, &l.value, e);

    if (r == 0)
        r = cluster_view_read(l.value, &l.view, e);
    if (r < 0) {
        look_done(&l);
        return r;
    }
    *ret = l;
    return 0;
}

static size_t count_lines(const struct buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == '\n';
    return n;
}

/* Draws the board over the last one; note, where there is one, is a line below it. */
static int draw(struct watch *w, const char *note, struct error *e)
{
    _cleanup_buf_ struct buf frame = BUF_INIT(FRAME_MAX), screen = BUF_INIT(FRAME_MAX);
    struct board_style style = terminal_style();
    int r;

    if (note && style.height > 6)
        style.height--;
    r = board_render(&w->last.view, &style, &frame, e);
    if (r < 0)
        return r;
    if (note) {
        (void)text_add(&frame, note, style.width);
        buf_add_char(&frame, '\n');
    }
    if (w->lines)
        buf_addf(&screen, "\033[%zuA\r\033[J", w->lines); /* up, and clear to the end */
    buf_add(&screen, frame.data, frame.len);
    if (buf_check(&frame) < 0 || buf_check(&screen) < 0)
        return error_oom(e);
    w->lines = count_lines(&frame);
    return terminal_write(&screen, e);
}

/* Takes a new look's place; says in lines what changed where nothing can be redrawn. */
static int take(struct watch *w, struct look *now, struct error *e)
{
    _cleanup_buf_ struct buf lines = BUF_INIT(FRAME_MAX);
    int r = changes_render(w->last.value ? &w->last.view : NULL, &now->view, clock_realtime_ms(),
                           &lines, e);

    if (r < 0)
        return r;
    if (lines.len)
        w->changed_ms = clock_monotonic_ms();
    look_done(&w->last);
    w->last = *now;
    *now = (struct look){0};
    return w->redraws ? draw(w, NULL, e) : terminal_write(&lines, e);
}

/* The server did not answer: for how long may that go on? */
static int endure(struct watch *w, uint64_t now_ms, struct error *e)
{
    char note[sizeof(e->message) + 64];

    if (now_ms - w->answered_ms > SILENCE_MAX_MS)
        return e->code;
    if (!w->redraws || !w->last.value)
        return 0;
    (void)snprintf(note, sizeof(note), "no answer, trying again: %s", e->message);
    return draw(w, note, e);
}

static int end(struct watch *w, enum outcome outcome, const char *why, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(FRAME_MAX);
    struct board_style style = terminal_style();
    bool success = outcome == OUTCOME_SUCCESS;
    int r;

    if (!style.height && style.width > 120)
        style.width = 120;
    buf_add_char(&words, '\n');
    r = success ? summary_success(&w->last.view, &style, &words, e)
                : summary_failure(&w->last.view, &style, &words, e);
    if (r == 0)
        r = terminal_write(&words, e);
    if (r < 0)
        return r;
    if (!success)
        fprintf(stderr, "seedctl status: %s\n", why);
    return success ? 0 : COMMAND_REFUSED;
}

/* Waits for at most LOOK_EVERY_MS. *ret_new: something happened, so the whole status, which is long
 * for many hosts, is worth another look. */
static int wait_for_events(struct watch *w, bool *ret_new, struct error *e)
{
    char path[80];
    _cleanup_json_ json_t *answer = NULL;
    int64_t now;
    int r;

    (void)snprintf(path, sizeof(path), "/admin/events?since=%lld&wait=%d",
                   (long long)(w->event < 0 ? 0 : w->event),
                   w->event < 0 ? 0 : LOOK_EVERY_MS / 1000);
    r = client_get_json(w->client, path, CLIENT_TIMEOUT_MS, &answer, e);
    if (r == 0)
        r = json_get_int(answer, "now", &now, e);
    if (r < 0)
        return r;
    *ret_new = now != w->event || clock_monotonic_ms() - w->looked_ms >= LOOK_WHOLE_EVERY_MS;
    w->event = now;
    return 0;
}

/* One round: wait, look where it is worth it, show. */
static int watch_round(struct watch *w, struct error *e)
{
    struct look now = {0};
    bool fresh = false;
    int r = wait_for_events(w, &fresh, e);

    if (r == 0 && fresh)
        r = look_at(w->client, &now, e);
    if (r < 0) {
        w->event = -1; /* a server that was started anew counts on from elsewhere */
        return endure(w, clock_monotonic_ms(), e);
    }
    w->answered_ms = clock_monotonic_ms();
    if (!fresh)
        return w->redraws ? draw(w, NULL, e) : 0;
    w->looked_ms = w->answered_ms;
    r = take(w, &now, e);
    look_done(&now);
    return r;
}

static int watch_loop(struct watch *w, struct error *e)
{
    for (;;) {
        uint64_t began_ms = clock_monotonic_ms(), now_ms;
        enum outcome outcome;
        int r = watch_round(w, e);

        if (r < 0)
            return r;
        now_ms = clock_monotonic_ms();
        outcome = cluster_outcome(&w->last.view, w->changed_ms, w->options->patience_ms, now_ms);
        if (outcome == OUTCOME_SUCCESS)
            return end(w, outcome, NULL, e);
        if (outcome == OUTCOME_FAILURE)
            return end(w, outcome, "a host failed, and nothing moves any more", e);
        if (w->options->timeout_ms && now_ms - w->started_ms >= w->options->timeout_ms)
            return end(w, OUTCOME_FAILURE, "not all hosts were ready in time", e);
        if (now_ms - began_ms < LOOK_EVERY_MS)
            clock_sleep_ms(LOOK_EVERY_MS - (now_ms - began_ms));
    }
}

int watch_run(struct client *c, const struct watch_options *options, struct error *e)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct watch w = {
        .client = c,
        .options = options,
        .redraws = terminal_can_redraw(),
        .started_ms = now_ms,
        .changed_ms = now_ms,
        .answered_ms = now_ms,
        .event = -1,
    };
    int r = watch_loop(&w, e);

    look_done(&w.last);
    return r;
}
