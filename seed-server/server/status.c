/* SPDX-License-Identifier: Apache-2.0 */
#include "status.h"

#include "applied.h"
#include "common/clock.h"
#include "enrolment.h"
#include "gates.h"
#include "install_record.h"
#include "pending.h"
#include "reload.h"

json_t *status_roles_json(unsigned roles)
{
    static const struct {
        unsigned role;
        const char *name;
    } names[] = {
        {ROLE_ETCD,   "etcd"  },
        {ROLE_MASTER, "master"},
        {ROLE_NODE,   "node"  }
    };
    json_t *list = json_array();

    for (size_t i = 0; i < ARRAY_SIZE(names) && list; i++)
        if ((roles & names[i].role) &&
            json_array_append_new(list, json_string(names[i].name)) < 0) {
            json_decref(list);
            list = NULL;
        }
    return list;
}

/* What a board shows beside the step: the node's own words, or what an administrator has to do. */
static const char *message_of(const struct host_record *h, enum host_state state)
{
    switch (state) {
    case HOST_QUARANTINED:
        return h->quarantine_reason ? h->quarantine_reason : "quarantined";
    case HOST_REMOVED:
        return "removed";
    case HOST_APPROVE:
        return "waiting for approval";
    default:
        return h->progress.message ? h->progress.message : "";
    }
}

/* "install" of a host that is installed by PXE; null for others. */
static json_t *install_json(const struct store_view *view, const struct plan_host *host)
{
    _cleanup_(install_stored_done) struct install_stored stored = {0};

    if (host->boot != BOOT_PXE)
        return json_null();
    install_stored_read(view, host->name, &stored);
    return install_record_json(&stored.record);
}

/* Whether the host has carried out what the plan says: "current", "applying" (was told to carry out
 * another, and has not yet) or "outdated" (keeps what it has until `seedctl apply`); null of one
 * that takes the plan's by itself, as every host does before it was ready. */
static json_t *configuration_json(struct serving *serving, size_t host,
                                  const struct store_view *view)
{
    struct applied a = applied_read(view, plan_host(serving->plan, host)->name, NULL);

    return !a.config[0]                                 ? json_null()
           : a.from[0]                                  ? json_string("applying")
           : serving_config_is(serving, host, a.config) ? json_string("current")
                                                        : json_string("outdated");
}

struct moment {
    const struct store_view *view;
    uint64_t now_ms, overdue_ms;
};

static json_t *host_json(struct server *s, struct serving *serving, size_t index,
                         const struct host_record *h, const struct moment *m,
                         enum host_state *ret_state)
{
    const struct plan_host *host = plan_host(serving->plan, index);
    const struct progress *p = &h->progress;
    char fingerprint[SHA256_TEXT_SIZE] = "";
    bool awaits = !h->enrolled &&
                  pending_awaits_approval(enrolment_pending(s->enrolment), host->name, fingerprint);
    enum host_state state = host_record_state(h, awaits);
    bool reported = p->state != REPORT_NONE;
    enum step first = host->boot == BOOT_PXE ? STEP_INSTALL : STEP_FIRST;
    bool overdue = (state == HOST_RUNNING || state == HOST_ENROLLED) && reported &&
                   p->updated_ms + m->overdue_ms < m->now_ms;

    *ret_state = state;
    return json_pack(
        "{s:s, s:o, s:s, s:s, s:s?, s:i, s:s, s:o, s:b, s:I, s:I, s:I, s:I, s:o, s:s?,"
        " s:O*, s:s, s:o, s:o}",
        "name", host->name, "roles", status_roles_json(host->roles), "ip", host->ip, "state",
        host_state_name(state), "step", reported ? step_name(p->step) : NULL, "step_index",
        reported ? (int)p->step - (int)first : -1, "message", message_of(h, state), "progress",
        p->percent < 0 ? json_null() : json_integer(p->percent), "overdue", overdue, "since_ms",
        (json_int_t)(reported      ? p->since_ms
                     : h->enrolled ? h->enrolled_ms
                                   : h->install.since_ms),
        "started_ms", (json_int_t)p->started_ms, "updated_ms", (json_int_t)p->updated_ms,
        "ready_ms", (json_int_t)p->ready_ms, "steps", progress_steps_json(p), "fingerprint",
        *fingerprint ? fingerprint : NULL, "details", p->details, "boot", boot_way_name(host->boot),
        "install", install_json(m->view, host), "configuration",
        configuration_json(serving, index, m->view));
}

struct totals {
    size_t ready;
    uint64_t started_ms, ready_ms; /* earliest, latest */
};

static int print_hosts(struct server *s, struct serving *serving, struct buf *out, struct totals *t,
                       struct error *e)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    const struct moment moment = {.view = view,
                                  .now_ms = clock_realtime_ms(),
                                  .overdue_ms = plan_settings(serving->plan)->step_timeout_ms};

    for (size_t i = 0; i < plan_host_count(serving->plan); i++) {
        _cleanup_(host_record_unrefp) struct host_record *h = cluster_host(serving->cluster, i);
        const struct progress *p = &h->progress;
        _cleanup_json_ json_t *o = NULL;
        enum host_state state;
        int r;

        o = host_json(s, serving, i, h, &moment, &state);
        if (i > 0)
            buf_add_char(out, ',');
        r = o ? json_print(o, out, e) : error_oom(e);
        if (r < 0)
            return r;
        t->ready += state == HOST_READY;
        if (p->started_ms && (!t->started_ms || p->started_ms < t->started_ms))
            t->started_ms = p->started_ms;
        if (p->ready_ms > t->ready_ms)
            t->ready_ms = p->ready_ms;
    }
    return 0;
}

/* The storage classes among the init master's addons, as that host was given them. */
static json_t *storage_classes(const struct plan *plan)
{
    static const char is_default[] = "storageclass.kubernetes.io/is-default-class";
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_CONFIG_MAX);
    _cleanup_json_ json_t *config = NULL;
    json_t *list = json_array(), *addon, *object;
    size_t host = SIZE_MAX, i, k;

    for (i = 0; i < plan_host_count(plan) && host == SIZE_MAX; i++)
        if (plan_host(plan, i)->init_master)
            host = i;
    if (!list || host == SIZE_MAX || plan_render_host(plan, host, &text, NULL) < 0 ||
        json_parse(text.data, text.len, PROTOCOL_CONFIG_MAX, &config, NULL) < 0)
        return list;
    json_array_foreach(json_object_get(config, "addons"), i, addon)
    {
        json_array_foreach(json_object_get(addon, "objects"), k, object)
        {
            const char *kind = json_string_value(json_object_get(object, "kind"));
            const json_t *meta = json_object_get(object, "metadata");
            const char *name = json_string_value(json_object_get(meta, "name"));
            const char *mark = json_string_value(
                json_object_get(json_object_get(meta, "annotations"), is_default));

            if (kind && name && strcmp(kind, "StorageClass") == 0 &&
                json_array_append_new(list, json_pack("{s:s, s:b}", "name", name, "default",
                                                      mark && strcmp(mark, "true") == 0)) < 0) {
                json_decref(list);
                return NULL;
            }
        }
    }
    return list;
}

/* "http://192.168.0.10:30880", as the guide prints it: a NodePort is on every node, the first
 * master's address is the one that people know. NULL where there is no console. */
static json_t *console_url(struct server *s, const struct plan *plan)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    const char *text = store_view_get(view, CONSOLE_KEY, NULL);
    _cleanup_json_ json_t *record = NULL;
    int64_t port;

    if (!text || json_parse(text, strlen(text), 256, &record, NULL) < 0 ||
        json_get_int(record, "port", &port, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < plan_host_count(plan); i++)
        if (plan_host(plan, i)->init_master)
            return json_sprintf("http://%s:%lld", plan_host(plan, i)->ip, (long long)port);
    return NULL;
}

static json_t *summary_json(struct server *s, const struct plan *plan, const struct totals *t)
{
    const struct plan_settings *settings = plan_settings(plan);

    return json_pack(
        "{s:s, s:I, s:I, s:f, s:s, s:s, s:b, s:o, s:o*}", "result", "Successful", "started_ms",
        (json_int_t)t->started_ms, "ready_ms", (json_int_t)t->ready_ms, "seconds",
        t->ready_ms > t->started_ms ? (double)(t->ready_ms - t->started_ms) / 1000 : 0.0,
        "kubernetes_version", settings->kubernetes_version, "api", settings->api_endpoint, "dns",
        settings->has_dns, "storage_classes", storage_classes(plan), "console",
        console_url(s, plan));
}

static json_t *rest_json(struct server *s, struct serving *serving, const struct totals *t)
{
    const struct plan_settings *settings = plan_settings(serving->plan);
    size_t total = plan_host_count(serving->plan);
    char slot[256];
    bool taken = gates_slot(s->gates, slot, sizeof(slot));

    return json_pack(
        "{s:s, s:{s:s, s:s, s:s}, s:o, s:i, s:i, s:s?, s:o, s:o, s:I}", "plan",
        plan_id(serving->plan), "cluster", "id", plan_cluster_id(serving->plan),
        "kubernetes_version", settings->kubernetes_version, "api", settings->api_endpoint,
        "pending", pending_json(enrolment_pending(s->enrolment)), "ready", (int)t->ready, "total",
        (int)total, "control_plane_slot", taken ? slot : NULL, "reload", reload_json(s->reload),
        "summary", total > 0 && t->ready == total ? summary_json(s, serving->plan, t) : json_null(),
        "now_ms", (json_int_t)clock_realtime_ms());
}

int status_print(struct server *s, struct serving *serving, struct buf *out, struct error *e)
{
    _cleanup_buf_ struct buf rest_text = BUF_INIT(16 * 1024 * 1024);
    _cleanup_json_ json_t *rest = NULL;
    struct totals t = {0};
    int r;

    buf_add_str(out, "{\"hosts\":[");
    r = print_hosts(s, serving, out, &t, e);
    if (r < 0)
        return r;
    rest = rest_json(s, serving, &t);
    r = rest ? json_print(rest, &rest_text, e) : error_oom(e);
    if (r < 0)
        return r;
    buf_add_str(out, "],");
    buf_add(out, rest_text.data + 1, rest_text.len - 1); /* its own "{" is there already */
    return buf_check(out) < 0 ? error_oom(e) : 0;
}
