/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

#include "common/fingerprint.h"
#include "text.h"

/* How each state is shown: its colour (SGR parameters), and its place where not all hosts fit. */
static const struct {
    const char *colour;
    unsigned urgency;
} looks[HOST_STATE_COUNT] = {
    [HOST_QUARANTINED] = {"1;31", 0},
      [HOST_FAILED] = {"31",   1},
      [HOST_APPROVE] = {"1;33", 2},
    [HOST_RUNNING] = {"36",   3},
      [HOST_WAITING] = {"33",   4},
      [HOST_ENROLLED] = {"36",   5},
    [HOST_ABSENT] = {"2",    6},
      [HOST_REMOVED] = {"2",    8},
      [HOST_READY] = {"32",   7},
};

#define ELAPSED_WIDTH 7
#define NAME_MAX_WIDTH 32
#define BAR_MAX 24
#define BAR_MIN 8

unsigned board_permille(const struct host_view *h)
{
    unsigned first = h->installs ? STEP_INSTALL : STEP_FIRST;
    unsigned step = h->step < (int)first ? first : (unsigned)h->step, part = 0;

    if (h->state == HOST_READY)
        return 1000;
    if (h->steps[step].done)
        part = 100;
    else if (h->percent > 0)
        part = (unsigned)h->percent;
    return ((step - first) * 1000 + part * 10) / (STEP_COUNT - first);
}

int board_words(const struct host_view *h, uint64_t now_ms, struct buf *out)
{
    const char *doing = h->step < 0 ? NULL : step_doing((enum step)h->step);
    char silent[TEXT_DURATION_SIZE], key[FINGERPRINT_WORDS_SIZE];

    if (h->silent_since_ms && now_ms > h->silent_since_ms) {
        text_duration(now_ms - h->silent_since_ms, silent);
        buf_addf(out, "silent for %s: ", silent);
    }
    switch (h->state) {
    case HOST_ABSENT:
        buf_add_str(out, "not seen yet");
        break;
    case HOST_APPROVE:
        buf_addf(out, "compare the key on its console, then: seedctl approve %s", h->name);
        fingerprint_words(h->fingerprint, key);
        if (*key)
            buf_addf(out, "  (%s)", key);
        break;
    case HOST_QUARANTINED:
        buf_addf(out, "%s; if the machine was replaced: seedctl rearm %s",
                 *h->message ? h->message : "a second key claimed this host", h->name);
        break;
    case HOST_REMOVED:
        buf_addf(out,
                 "removed: take it out of hosts.ini; for another machine in its place, seedctl "
                 "rearm %s",
                 h->name);
        break;
    case HOST_READY:
        buf_add_str(out, "ready");
        break;
    case HOST_WAITING:
        buf_addf(out, "waits: %s", *h->message ? h->message : "for its turn");
        break;
    case HOST_FAILED:
        buf_addf(out, "failed %s: %s", doing ? doing : "", *h->message ? h->message : "no reason");
        break;
    default:
        buf_add_str(out, *h->message ? h->message : (doing ? doing : "enrolled"));
    }
    return buf_check(out);
}

const char *board_colour(enum host_state state)
{
    return looks[state].colour;
}

static void colour_on(struct buf *out, const struct board_style *style, enum host_state state)
{
    if (style->colour)
        buf_addf(out, "\033[%sm", looks[state].colour);
}

static void colour_off(struct buf *out, const struct board_style *style)
{
    if (style->colour)
        buf_add_str(out, "\033[0m");
}

static void add_bar(struct buf *out, unsigned permille, unsigned width)
{
    unsigned full = permille * width / 1000;

    buf_add_char(out, '[');
    for (unsigned i = 0; i < width; i++)
        buf_add_char(out, i < full ? '#' : '-');
    buf_addf(out, "] %3u%%", permille / 10);
}

/* Columns of a board's line: name, bar with percentage, step, words, elapsed time; two blanks
 * between them. What a narrow terminal has no room for goes in this order: bar, step. */
struct layout {
    unsigned name, bar, step, words;
};

static struct layout lay_out(const struct cluster_view *v, unsigned width)
{
    struct layout l = {.name = 4, .step = 13};
    unsigned rest, around_bar = (unsigned)strlen("[] 100%") + 2;

    for (size_t i = 0; i < v->n_hosts; i++) {
        unsigned w = (unsigned)text_width(v->hosts[i].name);

        if (w > l.name)
            l.name = w;
    }
    if (l.name > NAME_MAX_WIDTH)
        l.name = NAME_MAX_WIDTH;
    if (width < 60 || l.name + 50 > width)
        l.step = 0;
    rest = width - ELAPSED_WIDTH - 2 < l.name + 2 ? 0 : width - ELAPSED_WIDTH - 2 - l.name - 2;
    if (l.step)
        rest = rest > l.step + 2 ? rest - l.step - 2 : 0;
    if (rest > around_bar + BAR_MIN + 20) {
        l.bar = (rest - around_bar) / 4;
        if (l.bar < BAR_MIN)
            l.bar = BAR_MIN;
        if (l.bar > BAR_MAX)
            l.bar = BAR_MAX;
        rest -= l.bar + around_bar;
    }
    l.words = rest;
    return l;
}

/* From when it was first seen, until now or until it was ready. */
static void add_elapsed(struct buf *out, const struct host_view *h, uint64_t now_ms)
{
    char elapsed[TEXT_DURATION_SIZE] = "";
    uint64_t end = h->state == HOST_READY && h->ended_ms ? h->ended_ms : now_ms;

    if (h->started_ms && end >= h->started_ms)
        text_duration((end - h->started_ms) / 1000 * 1000, elapsed);
    text_add_right(out, elapsed, ELAPSED_WIDTH);
}

static int add_host(struct buf *out, const struct host_view *h, const struct layout *l,
                    const struct board_style *style, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(4096);

    if (board_words(h, style->now_ms, &words) < 0)
        return error_oom(e);
    text_add_left(out, h->name, l->name);
    buf_add_str(out, "  ");
    colour_on(out, style, h->state);
    if (l->bar) {
        add_bar(out, board_permille(h), l->bar);
        buf_add_str(out, "  ");
    }
    if (l->step) {
        text_add_left(out,
                      h->step < 0 || h->state == HOST_READY ? "" : step_name((enum step)h->step),
                      l->step);
        buf_add_str(out, "  ");
    }
    text_add_left(out, words.data, l->words);
    colour_off(out, style);
    buf_add_str(out, "  ");
    add_elapsed(out, h, style->now_ms);
    text_end_line(out);
    return 0;
}

static int add_heading(struct buf *out, const struct cluster_view *v,
                       const struct board_style *style, struct error *e)
{
    _cleanup_buf_ struct buf line = BUF_INIT(1024);
    char elapsed[TEXT_DURATION_SIZE];

    text_duration(cluster_view_elapsed_ms(v, style->now_ms) / 1000 * 1000, elapsed);
    buf_addf(&line, "%zu of %zu ready  %s", v->ready, v->total, elapsed);
    if (v->pending)
        buf_addf(&line, "  %zu unknown or not armed (seedctl status)", v->pending);
    buf_addf(&line, "  Kubernetes %s  plan %.12s", *v->version ? v->version : "?", v->plan);
    if (buf_check(&line) < 0)
        return error_oom(e);
    (void)text_add(out, line.data, style->width);
    buf_add_str(out, "\n\n");
    return 0;
}

/* Indices of the hosts to show, the ones that need a look first; the inventory's order within. */
static size_t *sort_by_urgency(const struct cluster_view *v)
{
    size_t *order = calloc(v->n_hosts + 1, sizeof(*order)), n = 0;

    for (unsigned urgency = 0; order && urgency < HOST_STATE_COUNT; urgency++)
        for (size_t i = 0; i < v->n_hosts; i++)
            if (looks[v->hosts[i].state].urgency == urgency)
                order[n++] = i;
    return order;
}

static void add_rest(struct buf *out, const struct cluster_view *v, const size_t *order,
                     size_t shown, unsigned width)
{
    _cleanup_buf_ struct buf line = BUF_INIT(1024);
    size_t counts[HOST_STATE_COUNT] = {0};

    for (size_t i = shown; i < v->n_hosts; i++)
        counts[v->hosts[order[i]].state]++;
    buf_addf(&line, "and %zu more:", v->n_hosts - shown);
    for (size_t s = 0; s < HOST_STATE_COUNT; s++)
        if (counts[s])
            buf_addf(&line, " %zu %s", counts[s], host_view_state_name((enum host_state)s));
    if (buf_check(&line) == 0)
        (void)text_add(out, line.data, width);
    buf_add_char(out, '\n');
}

void board_add_refusal(const struct cluster_view *v, size_t width, struct buf *out)
{
    _cleanup_buf_ struct buf line = BUF_INIT(8192);

    if (!v->refused)
        return;
    buf_addf(&line, "The newest configuration is refused, the last good one is in use: %s",
             v->refused);
    if (v->problems > 1)
        buf_addf(&line, " (%zu problems: seedctl check)", v->problems);
    if (buf_check(&line) == 0)
        (void)text_add(out, line.data, width);
    buf_add_char(out, '\n');
}

int board_render(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                 struct error *e)
{
    _cleanup_free_ size_t *order = NULL;
    struct layout l = lay_out(v, style->width);
    /* Heading, blank line, perhaps a refusal, and the line that the cursor rests on. */
    unsigned around = 3 + (v->refused != NULL);
    size_t shown = v->n_hosts, room = style->height > around + 1 ? style->height - around : 1;
    int r = add_heading(out, v, style, e);

    if (r < 0)
        return r;
    if (style->height && v->n_hosts > room) {
        shown = room - 1;
        order = sort_by_urgency(v);
        if (!order)
            return error_oom(e);
    }
    for (size_t i = 0; i < shown; i++) {
        r = add_host(out, &v->hosts[order ? order[i] : i], &l, style, e);
        if (r < 0)
            return r;
    }
    if (shown < v->n_hosts)
        add_rest(out, v, order, shown, style->width);
    board_add_refusal(v, style->width, out);
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "the board is too long") : 0;
}
