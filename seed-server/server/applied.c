/* SPDX-License-Identifier: Apache-2.0 */
#include "applied.h"

#include "common/log.h"
#include "common/protocol.h"
#include "config_files.h"
#include "host_key.h"
#include "marks.h"
#include "range.h"
#include "server.h"

#define KIND "applied"

static const struct plan_host *asker(const struct http_request *r)
{
    return plan_host(r->serving->plan, r->host);
}

struct applied applied_read(const struct store_view *view, const char *host, uint64_t *ret_revision)
{
    struct host_key key = host_key(KIND, host);
    struct applied a = {.config = ""};
    struct error e = ERROR_INIT;

    if (applied_parse(store_view_get(view, key.text, ret_revision), &a, &e) < 0)
        log_error("store: %s: %s, ignoring", key.text, e.message);
    return a;
}

/* ---- attending ------------------------------------------------------------------------------- */

/* text is the current config's, and then that of the one that the host has, or empty: a config
 * whose text is lost still is what it has, only what follows from it and what changes cannot be
 * known. */
static void keep_text(struct server *s, const char *host, const char *has, const char *current,
                      struct buf *text)
{
    struct error e = ERROR_INIT;
    int r;

    if (strcmp(has, current) == 0) {
        r = config_files_write(s->options->state, host, false, text->data, text->len, &e);
    } else {
        buf_clear(text);
        r = config_files_carried_out(s->options->state, host, has, &e);
        if (r == 0 || r == -ENOENT) /* a stop before it was stored: it is in its place already */
            r = config_files_read(s->options->state, host, has, text, &e);
    }
    if (r < 0)
        log_warning("keeping %s's config: %s, ignoring", host, e.message);
}

void applied_attend(struct server *s, const struct http_request *r, const char *has)
{
    _cleanup_(serving_unrefp) struct serving *now = NULL;
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_CONFIG_MAX);
    const char *name = asker(r)->name;
    struct host_key key = host_key(KIND, name);
    char current[SHA256_TEXT_SIZE];
    _cleanup_free_ char *record = NULL;
    struct error e = ERROR_INIT;
    struct store_txn *t;
    uint64_t revision;
    struct applied a = applied_read(view, name, &revision);
    bool first = !a.config[0];
    size_t host;

    if (!has[0] || (strcmp(a.config, has) == 0 && !a.from[0]))
        return; /* as nearly always */
    now = server_serving(s);
    host = plan_find_host(now->plan, name);
    if (host == SIZE_MAX)
        return;
    if (serving_config(now, host, &text, current, &e) < 0) {
        log_warning("%s: %s, ignoring", name, e.message);
        return;
    }
    if (!applied_attended(&a, has, current))
        return;
    keep_text(s, name, has, current, &text);
    if (!first)
        log_info("%s has carried out its new configuration", name);
    record = applied_text(&a);
    t = store_txn_new(); /* NULL is what the submission refuses; the next question tries again */
    if (t) {
        store_txn_expect(t, key.text, revision);
        store_txn_put(t, key.text, record);
        marks_carried_out(view, t, name, has, &text);
    }
    store_submit(s->store, t, NULL, NULL);
}

/* A host that attends has nothing to say after its last step: any other report is of a run that has
 * begun. */
static bool has_begun(const struct host_record *h)
{
    return h->progress.state != REPORT_NONE &&
           (h->progress.step != STEP_REPORT || h->progress.state != REPORT_DONE);
}

/* One of etcd's members or a master is at it: of those before this host in the inventory each that
 * was told to, whether it has heard it or not; of those after it each that has begun, as one that
 * was released by name has. */
static bool is_somebody_at_it(const struct serving *now, size_t host, const struct store_view *view)
{
    static const enum role roles[] = {ROLE_ETCD, ROLE_MASTER};

    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        size_t n;
        const size_t *hosts = plan_role_hosts(now->plan, roles[i], &n);

        for (size_t k = 0; k < n; k++) {
            _cleanup_(host_record_unrefp) struct host_record *h = NULL;
            struct applied a;

            if (hosts[k] == host)
                continue;
            h = cluster_host(now->cluster, hosts[k]);
            a = applied_read(view, plan_host(now->plan, hosts[k])->name, NULL);
            if (a.from[0] && !h->removed && (hosts[k] < host || has_begun(h)))
                return true;
        }
    }
    return false;
}

bool applied_due(struct server *s, const struct http_request *r, const char *has)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    struct applied a = applied_read(view, asker(r)->name, NULL);
    _cleanup_(serving_unrefp) struct serving *now = NULL;
    char current[SHA256_TEXT_SIZE];
    size_t host;

    if (!a.config[0] || !has[0] || strcmp(a.config, has) == 0)
        return false;
    now = server_serving(s);
    host = plan_find_host(now->plan, asker(r)->name);
    if (host == SIZE_MAX || serving_config(now, host, NULL, current, NULL) < 0 ||
        !applied_is_due(&a, has, current))
        return false;
    return !(asker(r)->roles & (ROLE_ETCD | ROLE_MASTER)) || !is_somebody_at_it(now, host, view);
}

/* ---- /v1/config ------------------------------------------------------------------------------ */

void applied_send_config(struct server *s, struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    struct applied a = applied_read(view, asker(r)->name, NULL);
    const char *listed = http_header(r, "If-None-Match");
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_CONFIG_MAX);
    char current[SHA256_TEXT_SIZE], etag[SHA256_TEXT_SIZE + 2], header[sizeof(etag) + 8];
    const char *const headers[] = {header, NULL};
    struct error e = ERROR_INIT;

    if (!a.config[0] || serving_config(r->serving, r->host, NULL, current, &e) < 0 ||
        strcmp(a.config, current) == 0) {
        serving_send(r->serving, r, r->host, DOCUMENT_CONFIG);
        return;
    }
    (void)snprintf(etag, sizeof(etag), "\"%s\"", a.config);   /* fits by its size, */
    (void)snprintf(header, sizeof(header), "ETag: %s", etag); /* as the next */
    if (etag_listed(listed, etag)) {
        http_send(r, 304, http_answer_new("", 0, NULL, headers));
        return;
    }
    if (config_files_read(s->options->state, asker(r)->name, a.config, &text, &e) == 0) {
        http_send(r, 200, http_answer_new(text.data, text.len, "application/json", headers));
        return;
    }
    if (listed) {
        /* Its own is nearer to what was applied than the plan is. */
        log_warning("%s's config: %s, it goes on by the one that it has", asker(r)->name,
                    e.message);
        http_send(r, 304, http_answer_new("", 0, NULL, headers));
        return;
    }
    log_warning("%s's config: %s, it is given the plan's", asker(r)->name, e.message);
    serving_send(r->serving, r, r->host, DOCUMENT_CONFIG);
}
