/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "changes.h"
#include "command.h"
#include "common/clock.h"
#include "summary.h"
#include "terminal.h"
#include "text.h"

#define LOOK_EVERY_MS 1000
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
    uint64_t started_ms;  /* monotonic, as are the next two */
    uint64_t changed_ms;  /* something moved */
    uint64_t answered_ms; /* the server answered */
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

static int watch_loop(struct watch *w, struct error *e)
{
    for (;;) {
        struct look now = {0};
        struct error cause = ERROR_INIT;
        enum outcome outcome = OUTCOME_OPEN;
        int r = look_at(w->client, &now, &cause);
        uint64_t now_ms = clock_monotonic_ms();

        if (r == 0) {
            w->answered_ms = now_ms;
            r = take(w, &now, e);
            look_done(&now);
            outcome =
                cluster_outcome(&w->last.view, w->changed_ms, w->options->patience_ms, now_ms);
        } else {
            r = endure(w, now_ms, &cause);
            *e = cause;
        }
        if (r < 0)
            return r;
        if (outcome == OUTCOME_SUCCESS)
            return end(w, outcome, NULL, e);
        if (outcome == OUTCOME_FAILURE)
            return end(w, outcome, "a host failed, and nothing moves any more", e);
        if (w->options->timeout_ms && now_ms - w->started_ms >= w->options->timeout_ms)
            return end(w, OUTCOME_FAILURE, "not all hosts were ready in time", e);
        clock_sleep_ms(LOOK_EVERY_MS);
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
    };
    int r = watch_loop(&w, e);

    look_done(&w.last);
    return r;
}
