/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include "board.h"
#include "text.h"

static bool differs(const struct host_view *a, const struct host_view *b)
{
    if (a->state != b->state || a->step != b->step ||
        (a->silent_since_ms != 0) != (b->silent_since_ms != 0))
        return true;
    return b->state != HOST_RUNNING && strcmp(a->message, b->message) != 0;
}

static int add_line(struct buf *out, const struct host_view *h, uint64_t elapsed_ms,
                    uint64_t now_ms, struct error *e)
{
    _cleanup_buf_ struct buf words = BUF_INIT(4096);
    char elapsed[TEXT_DURATION_SIZE];

    if (board_words(h, now_ms, &words) < 0)
        return error_oom(e);
    text_duration(elapsed_ms / 1000 * 1000, elapsed);
    text_add_right(out, elapsed, 7);
    buf_addf(out, "  %3u%%  ", board_permille(h) / 10);
    (void)text_add(out, h->name, 253);
    buf_add_str(out, "  ");
    if (h->step >= 0 && h->state != HOST_READY)
        buf_addf(out, "%s: ", step_name((enum step)h->step));
    (void)text_add(out, words.data, 1000);
    buf_add_char(out, '\n');
    return 0;
}

int changes_render(const struct cluster_view *before, const struct cluster_view *now,
                   uint64_t now_ms, struct buf *out, struct error *e)
{
    uint64_t elapsed_ms = cluster_view_elapsed_ms(now, now_ms);

    for (size_t i = 0; i < now->n_hosts; i++) {
        const struct host_view *h = &now->hosts[i], *old = NULL;
        int r;

        if (before) /* hosts keep their places unless the inventory changed */
            old = i < before->n_hosts && strcmp(before->hosts[i].name, h->name) == 0
                      ? &before->hosts[i]
                      : cluster_view_find(before, h->name);
        if (old && !differs(old, h))
            continue;
        r = add_line(out, h, elapsed_ms, now_ms, e);
        if (r < 0)
            return r;
    }
    if (now->pending > (before ? before->pending : 0))
        buf_addf(out, "%zu machines are unknown or not armed: seedctl status lists them\n",
                 now->pending);
    if (now->refused && (!before || !before->refused || strcmp(now->refused, before->refused) != 0))
        board_add_refusal(now, 1000, out);
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "too many changes for one look") : 0;
}

enum outcome cluster_outcome(const struct cluster_view *v, uint64_t last_change_ms,
                             uint64_t patience_ms, uint64_t now_ms)
{
    bool failed = false;

    if (v->n_hosts && v->ready == v->n_hosts)
        return OUTCOME_SUCCESS;
    for (size_t i = 0; i < v->n_hosts; i++)
        failed |= v->hosts[i].state == HOST_FAILED || v->hosts[i].state == HOST_QUARANTINED;
    return failed && now_ms - last_change_ms >= patience_ms ? OUTCOME_FAILURE : OUTCOME_OPEN;
}
