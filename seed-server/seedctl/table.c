/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"
#include "machine.h"
#include "text.h"

/* One row per host; the last column takes what the terminal has left. */
#define COLUMNS 6

static const char *const headings[COLUMNS] = {"HOST", "ROLES", "STATE", "STEP", "TIME", "MESSAGE"};

/* Cells of one host; text is what buf holds for the cells that are made here. */
struct row {
    const char *cells[COLUMNS];
    char time[TEXT_DURATION_SIZE];
    char *words;
};

static int make_row(const struct host_view *h, uint64_t now_ms, struct row *ret, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(4096);
    uint64_t end = h->state == HOST_READY && h->ended_ms ? h->ended_ms : now_ms;

    if (board_words(h, now_ms, &words) < 0)
        return error_oom(e);
    ret->words = buf_take(&words, NULL);
    if (!ret->words)
        return error_oom(e);
    if (h->started_ms && end >= h->started_ms)
        text_duration((end - h->started_ms) / 1000 * 1000, ret->time);
    ret->cells[0] = h->name;
    ret->cells[1] = h->roles;
    ret->cells[2] = host_view_state_name(h->state);
    ret->cells[3] = h->step < 0 || h->state == HOST_READY ? "-" : step_name((enum step)h->step);
    ret->cells[4] = *ret->time ? ret->time : "-";
    ret->cells[5] = h->state != HOST_READY ? ret->words
                    : h->outdated          ? "keeps its earlier configuration"
                                           : "";
    return 0;
}

/* colour: SGR parameters, or NULL. */
static void add_row(struct buf *out, const char *const cells[COLUMNS], const size_t widths[COLUMNS],
                    size_t total, const char *colour)
{
    size_t used = 0;

    if (colour)
        buf_addf(out, "\033[%sm", colour);
    for (size_t c = 0; c + 1 < COLUMNS; c++) {
        text_add_left(out, cells[c], widths[c]);
        buf_add_str(out, "  ");
        used += widths[c] + 2;
    }
    (void)text_add(out, cells[COLUMNS - 1], total > used + 10 ? total - used : 10);
    if (colour)
        buf_add_str(out, "\033[0m");
    text_end_line(out);
}

/* Machines that asked for an identity and are not in the inventory, or are not armed. */
static void add_pending(struct buf *out, const struct cluster_view *v, uint64_t now_ms)
{
    const json_t *item;
    size_t i;

    if (v->pending)
        buf_add_str(out,
                    "\nSeen, and given nothing (not in the inventory, or not armed; see seedctl "
                    "pending):\n");
    json_array_foreach((json_t *)v->pending_list, i, item)
    {
        if (!json_is_true(json_object_get(item, "awaits_approval"))) /* is among the hosts */
            machine_describe(item, now_ms, out);
    }
}

int board_table(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                struct error *e)
{
    size_t widths[COLUMNS] = {0};
    struct row *rows = calloc(v->n_hosts + 1, sizeof(*rows));
    int r = rows ? 0 : error_oom(e);

    for (size_t c = 0; c < COLUMNS; c++)
        widths[c] = text_width(headings[c]);
    for (size_t i = 0; i < v->n_hosts && r == 0; i++) {
        r = make_row(&v->hosts[i], style->now_ms, &rows[i], e);
        for (size_t c = 0; c < COLUMNS && r == 0; c++)
            if (text_width(rows[i].cells[c]) > widths[c])
                widths[c] = text_width(rows[i].cells[c]);
    }
    if (r == 0) {
        add_row(out, headings, widths, style->width, NULL);
        for (size_t i = 0; i < v->n_hosts; i++)
            add_row(out, rows[i].cells, widths, style->width,
                    style->colour ? board_colour(v->hosts[i].state) : NULL);
        add_pending(out, v, style->now_ms);
        if (v->refused)
            buf_add_char(out, '\n');
        board_add_refusal(v, style->width, out);
        buf_addf(out, "\n%zu of %zu ready, plan %.12s\n", v->ready, v->total, v->plan);
        if (v->outdated)
            buf_addf(out,
                     "%zu host%s not carried out what hosts.ini and vars.yml say now: seedctl "
                     "apply --dry-run shows what differs\n",
                     v->outdated, v->outdated == 1 ? " has" : "s have");
        if (buf_check(out) < 0)
            r = error_set(e, buf_check(out), "the table is too long");
    }
    for (size_t i = 0; rows && i < v->n_hosts; i++)
        free(rows[i].words);
    free(rows);
    return r;
}
