/* SPDX-License-Identifier: Apache-2.0 */
#include "summary.h"

#include "text.h"

#define STEP_WIDTH 13 /* of "control-plane" */
#define CELL_MIN 7    /* of a duration */
#define CELL_MAX 24

/* A row of the table of times. get: a host's milliseconds, false where there are none. */
typedef bool get_time(const struct host_view *h, int step, uint64_t *ret_ms);

static bool step_time(const struct host_view *h, int step, uint64_t *ret_ms)
{
    *ret_ms = h->steps[step].ms;
    return h->steps[step].done;
}

static bool whole_time(const struct host_view *h, int step, uint64_t *ret_ms)
{
    (void)step;
    *ret_ms = h->ended_ms - h->started_ms;
    return h->started_ms && h->ended_ms >= h->started_ms;
}

static void add_cell(struct buf *out, const char *s, size_t width)
{
    buf_add_str(out, "  ");
    text_add_right(out, s, width);
}

static void add_time(struct buf *out, bool known, uint64_t ms, size_t width)
{
    char text[TEXT_DURATION_SIZE] = "-";

    if (known)
        text_duration(ms, text);
    add_cell(out, text, width);
}

static void add_row_of_hosts(struct buf *out, const struct cluster_view *v, const char *name,
                             get_time *get, int step, size_t width)
{
    text_add_left(out, name, STEP_WIDTH);
    for (size_t i = 0; i < v->n_hosts; i++) {
        uint64_t ms;
        bool known = get(&v->hosts[i], step, &ms);

        add_time(out, known, ms, width);
    }
    buf_add_char(out, '\n');
}

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void add_row_of_extremes(struct buf *out, const struct cluster_view *v, const char *name,
                                get_time *get, int step, uint64_t *times)
{
    size_t n = 0;

    for (size_t i = 0; i < v->n_hosts; i++)
        if (get(&v->hosts[i], step, &times[n]))
            n++;
    qsort(times, n, sizeof(*times), compare_times);
    text_add_left(out, name, STEP_WIDTH);
    add_time(out, n > 0, n ? times[0] : 0, CELL_MIN);
    add_time(out, n > 0, n ? times[n / 2] : 0, CELL_MIN);
    add_time(out, n > 0, n ? times[n - 1] : 0, CELL_MIN);
    buf_addf(out, "  %5zu\n", n);
}

static bool any_host_did(const struct cluster_view *v, int step)
{
    for (size_t i = 0; i < v->n_hosts; i++)
        if (v->hosts[i].steps[step].done)
            return true;
    return false;
}

static int add_times(struct buf *out, const struct cluster_view *v, unsigned width, struct error *e)
{
    _cleanup_free_ uint64_t *times = calloc(v->n_hosts + 1, sizeof(*times));
    size_t cell = CELL_MIN;
    bool each;

    if (!times)
        return error_oom(e);
    for (size_t i = 0; i < v->n_hosts; i++)
        if (text_width(v->hosts[i].name) > cell)
            cell = text_width(v->hosts[i].name);
    if (cell > CELL_MAX)
        cell = CELL_MAX;
    each = STEP_WIDTH + v->n_hosts * (cell + 2) <= width;

    text_add_left(out, "stage", STEP_WIDTH);
    for (size_t i = 0; each && i < v->n_hosts; i++)
        add_cell(out, v->hosts[i].name, cell);
    buf_add_str(out, each ? "\n" : "  fastest   median  slowest  hosts\n");
    for (int step = 0; step <= STEP_COUNT; step++) {
        const char *name = step < STEP_COUNT ? step_name((enum step)step) : "all";
        get_time *get = step < STEP_COUNT ? step_time : whole_time;

        if (step < STEP_COUNT && !any_host_did(v, step))
            continue;
        if (each)
            add_row_of_hosts(out, v, name, get, step, cell);
        else
            add_row_of_extremes(out, v, name, get, step, times);
    }
    return 0;
}

static void add_storage(struct buf *out, const json_t *summary)
{
    const json_t *classes = json_object_get(summary, "storage_classes"), *item;
    size_t i;

    if (!json_is_array(classes))
        return;
    buf_add_str(out, "  Storage classes: ");
    if (json_array_size(classes) == 0)
        buf_add_str(out, "none");
    json_array_foreach((json_t *)classes, i, item)
    {
        const char *name = json_string_value(json_object_get(item, "name"));

        buf_add_str(out, i ? ", " : "");
        (void)text_add(out, name ? name : "?", 253);
        if (json_is_true(json_object_get(item, "default")))
            buf_add_str(out, " (default)");
    }
    buf_add_char(out, '\n');
}

static void add_use(struct buf *out, const struct cluster_view *v)
{
    const char *api = json_string_value(json_object_get(v->summary, "api"));
    const char *console = json_string_value(json_object_get(v->summary, "console"));
    const json_t *dns = json_object_get(v->summary, "dns");

    buf_add_str(out,
                "Use it:\n"
                "  seedctl kubeconfig --output kubeconfig && export KUBECONFIG=$PWD/kubeconfig\n"
                "  kubectl get nodes\n");
    if (api) {
        buf_add_str(out, "  API server: ");
        (void)text_add(out, api, 300);
        buf_add_char(out, '\n');
    }
    if (console) {
        buf_add_str(out, "  Console: ");
        (void)text_add(out, console, 300);
        buf_add_char(out, '\n');
    }
    add_storage(out, v->summary);
    if (json_is_boolean(dns))
        buf_addf(out, "  Cluster DNS: %s\n",
                 json_is_true(dns) ? "part of it"
                                   : "NOT part of it, because its image (coredns) is not among the "
                                     "artifacts; service names do not resolve");
}

int summary_success(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                    struct error *e)
{
    char elapsed[TEXT_DURATION_SIZE];
    int r;

    text_duration(cluster_view_elapsed_ms(v, style->now_ms) / 1000 * 1000, elapsed);
    buf_addf(out, "%sSuccessful%s: %zu of %zu hosts are ready, %s after the first was seen.\n\n",
             style->colour ? "\033[1;32m" : "", style->colour ? "\033[0m" : "", v->ready, v->total,
             elapsed);
    r = add_times(out, v, style->width, e);
    if (r < 0)
        return r;
    buf_add_char(out, '\n');
    add_use(out, v);
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "the summary is too long") : 0;
}

int summary_failure(const struct cluster_view *v, const struct board_style *style, struct buf *out,
                    struct error *e)
{
    buf_addf(out, "%sNot ready%s: %zu of %zu hosts are.\n", style->colour ? "\033[1;31m" : "",
             style->colour ? "\033[0m" : "", v->ready, v->total);
    for (size_t i = 0; i < v->n_hosts; i++) {
        _cleanup_buf_ struct buf words = BUF_INIT(4096);
        const struct host_view *h = &v->hosts[i];

        if (h->state == HOST_READY)
            continue;
        if (board_words(h, style->now_ms, &words) < 0)
            return error_oom(e);
        buf_add_str(out, "  ");
        (void)text_add(out, h->name, 253);
        buf_add_str(out, h->step >= 0 ? ", " : ": ");
        if (h->step >= 0)
            buf_addf(out, "%s: ", step_name((enum step)h->step));
        (void)text_add(out, words.data, 1000);
        buf_add_char(out, '\n');
        if (h->state == HOST_FAILED)
            buf_addf(out, "    seedctl logs %s shows what it did\n", h->name);
    }
    board_add_refusal(v, 1000, out);
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "the summary is too long") : 0;
}
