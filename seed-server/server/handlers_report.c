/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/log.h"
#include "gates.h"
#include "handlers.h"
#include "host_key.h"
#include "installs.h"
#include "progress.h"
#include "server.h"

/* POST /v1/reports and /v1/install/reports: a report is answered when it is on disk. */

#define ATTEMPTS_MAX 4

struct reporting {
    struct server *server;
    struct http_request *request;
    struct report report;
    unsigned attempts;
};

static void reporting_free(struct reporting *g)
{
    report_done(&g->report);
    free(g);
}
DEFINE_CLEANUP(struct reporting *, reporting_free);

static const char *host_name(const struct reporting *g)
{
    return plan_host(g->request->serving->plan, g->request->host)->name;
}

/* The transaction that brings the host's record up to date, and ends its slot with its step. */
static int make_transaction(struct reporting *g, struct store_txn **ret, struct error *e)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(g->server->store);
    struct host_key key = host_key("progress", host_name(g));
    _cleanup_(progress_done) struct progress p = PROGRESS_INIT;
    _cleanup_(store_txn_freep) struct store_txn *t = store_txn_new();
    _cleanup_json_ json_t *o = NULL;
    _cleanup_free_ char *text = NULL;
    const char *old;
    uint64_t revision;
    int r;

    old = store_view_get(view, key.text, &revision);
    if (old && progress_parse(old, &p, e) < 0) {
        log_error("store: %s: %s, starting it anew", key.text, e->message);
        p = (struct progress)PROGRESS_INIT;
    }
    r = progress_apply(&p, &g->report, clock_realtime_ms(), e);
    if (r < 0)
        return r;
    o = progress_json(&p);
    text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text || !t)
        return error_oom(e);
    store_txn_expect(t, key.text, revision);
    store_txn_put(t, key.text, text);
    if (g->report.step == STEP_CONTROL_PLANE &&
        (g->report.state == REPORT_DONE || g->report.state == REPORT_FAILED))
        gates_lease_end(g->server->gates, host_name(g), t);
    *ret = TAKE_PTR(t);
    return 0;
}

static void submit(struct reporting *g);

static void finish(struct reporting *g, int result)
{
    struct http_request *r = g->request;
    struct error e = ERROR_INIT;

    if (result == 0) {
        http_send_empty(r, 204);
    } else {
        (void)error_set_errno(&e, result, "storing a report of %s", host_name(g));
        http_send_failure(r, &e);
    }
    reporting_free(g);
    http_resume(r);
}

static void over(int result, void *userdata)
{
    struct reporting *g = userdata;

    if (result == -EAGAIN && ++g->attempts < ATTEMPTS_MAX)
        submit(g); /* another report, or the slot's lease, came first: apply it to what is now */
    else
        finish(g, result);
}

/* The request is suspended. */
static void submit(struct reporting *g)
{
    struct error e = ERROR_INIT;
    struct store_txn *t = NULL;
    int r = make_transaction(g, &t, &e);

    if (r < 0)
        finish(g, r);
    else
        store_submit(g->server->store, t, over, g);
}

/* A slot that went to nobody or to someone else meanwhile must not be worked in. */
static bool slot_is_lost(struct server *s, const struct http_request *r,
                         const struct report *report)
{
    const char *lease = http_header(r, LEASE_HEADER);

    return lease && report->step == STEP_CONTROL_PLANE && report->state == REPORT_RUNNING &&
           !gates_lease_held(s->gates, plan_host(r->serving->plan, r->host)->name, lease);
}

static void take_report(struct server *s, struct http_request *r, bool installs)
{
    _cleanup_(reporting_freep) struct reporting *g = calloc(1, sizeof(*g));
    struct error e = ERROR_INIT;

    if (!g) {
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    g->server = s;
    g->request = r;
    if (report_parse(r->body, r->body_len, &g->report, &e) < 0) {
        if (e.code == -E2BIG)
            e.code = -EINVAL;
        http_send_failure(r, &e);
        return;
    }
    if ((g->report.step == STEP_INSTALL) != installs) {
        http_send_error(r, 400,
                        installs ? "an installer reports the step install alone"
                                 : "the step install is an installer's");
        return;
    }
    if (slot_is_lost(s, r, &g->report)) {
        http_send_error(r, 409, "the slot is not this host's any more: ask the gate again");
        return;
    }
    if (g->report.state == REPORT_FAILED)
        log_warning("%s: %s failed: %s", host_name(g), step_name(g->report.step),
                    g->report.message);
    if (installs && g->report.state == REPORT_FAILED)
        installs_give_up(s->installs, host_name(g)); /* others need not wait for it */
    http_suspend(r);
    submit(TAKE_PTR(g));
}

void handle_report(struct server *s, struct http_request *r)
{
    take_report(s, r, false);
}

void handle_install_report(struct server *s, struct http_request *r)
{
    take_report(s, r, true);
}
