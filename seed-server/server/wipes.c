/* SPDX-License-Identifier: Apache-2.0 */
#include "wipes.h"

#include "common/clock.h"
#include "common/log.h"
#include "handlers.h"
#include "host_key.h"
#include "server.h"

#define ATTEMPTS_MAX 8

/* "wipe/HOST/SERIAL" */
struct wipe_key {
    char text[600];
};

static struct wipe_key wipe_key(const char *host, const char *serial)
{
    struct wipe_key k;

    (void)snprintf(k.text, sizeof(k.text), "wipe/%s/%s", host, serial); /* 253 and 255 bytes */
    return k;
}

/* ---- the administrator's side --------------------------------------------------------------- */

struct allowing {
    struct http_request *request;
    json_t *answer;
};

static void allowed(int result, void *userdata)
{
    struct allowing *a = userdata;
    struct http_request *r = a->request;
    struct error e = ERROR_INIT;

    if (result == 0) {
        http_send_json(r, 200, a->answer);
    } else {
        json_decref(a->answer);
        (void)error_set_errno(&e, result, "storing");
        http_send_failure(r, &e);
    }
    free(a);
    http_resume(r);
}

void wipe_allow(struct server *s, struct http_request *r, const char *host, const char *serial)
{
    struct wipe_grant grant = {.state = WIPE_GRANTED, .since_ms = clock_realtime_ms()};
    const struct plan *plan = r->serving->plan;
    struct wipe_key key = wipe_key(host, serial);
    _cleanup_free_ char *text = NULL;
    struct allowing *a = NULL;
    struct store_txn *t = NULL;
    struct error e = ERROR_INIT;

    if (plan_check_wipe(plan, plan_find_host(plan, host), serial, &e) < 0) {
        http_send_error(r, 409, "%s", e.message);
        return;
    }
    if (uuid_make(grant.id, &e) == 0) {
        text = wipe_grant_text(&grant);
        t = store_txn_new();
        a = calloc(1, sizeof(*a));
    }
    if (a)
        *a = (struct allowing){
            r, json_pack("{s:s, s:s, s:s}", "host", host, "serial", serial, "grant", grant.id)};
    if (!text || !t || !a || !a->answer) {
        store_txn_free(t);
        if (a)
            json_decref(a->answer);
        free(a);
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    store_txn_put(t, key.text, text);
    log_info("%s: disk %s may be wiped once, grant %s", host, serial, grant.id);
    http_suspend(r);
    store_submit(s->store, t, allowed, a);
}

/* ---- the node's side ------------------------------------------------------------------------ */

static const char *asker(const struct http_request *r)
{
    return plan_host(r->serving->plan, r->host)->name;
}

struct listing {
    size_t prefix;
    json_t *grants;
};

static int list_one(const char *key, const char *value, uint64_t revision, void *userdata)
{
    const struct listing *l = userdata;
    struct wipe_grant grant;
    struct error e = ERROR_INIT;

    (void)revision;
    if (wipe_grant_parse(value, &grant, &e) < 0) {
        log_error("store: %s: %s, ignoring", key, e.message);
        return 0;
    }
    return grant.state == WIPE_GRANTED
               ? json_object_set_new(l->grants, key + l->prefix, json_string(grant.id))
               : 0;
}

void handle_disk_grants(struct server *s, struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    struct wipe_key prefix = wipe_key(asker(r), "");
    struct listing l = {strlen(prefix.text), json_object()};
    struct error e = ERROR_INIT;

    if (!l.grants || store_view_each(view, prefix.text, list_one, &l) < 0) {
        json_decref(l.grants);
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    http_send_json(r, 200, json_pack("{s:o}", "grants", l.grants));
}

/* A use of a grant, until it is stored. */
struct using
{
    struct server *server;
    struct http_request *request;
    struct wipe_use use;
    unsigned attempts;
    bool suspended;
};

static void end(struct using *u)
{
    struct http_request *r = u->request;
    bool suspended = u->suspended;

    free(u);
    if (suspended)
        http_resume(r);
}

static void decide(struct using *u);

static void used(int result, void *userdata)
{
    struct using *u = userdata;
    struct error e = ERROR_INIT;

    if (result == -EAGAIN && ++u->attempts < ATTEMPTS_MAX) {
        decide(u); /* something came first: look again */
        return;
    }
    if (result < 0) {
        (void)error_set_errno(&e, result, "storing");
        http_send_failure(u->request, &e);
    } else {
        log_info("%s: disk %s %s, grant %s", asker(u->request), u->use.serial,
                 u->use.marked ? "is being wiped" : "is about to be wiped", u->use.id);
        http_send_empty(u->request, 204);
    }
    end(u);
}

/* Ends u: answers it now, or when a transaction is over. */
static void decide(struct using *u)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(u->server->store);
    struct wipe_key key = wipe_key(asker(u->request), u->use.serial);
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    struct wipe_grant grant;
    struct store_txn *t;
    uint64_t revision;
    bool stores = false;
    const char *stored = store_view_get(view, key.text, &revision);
    int r = stored ? wipe_grant_parse(stored, &grant, &e)
                   : error_set(&e, -EEXIST, "nobody has granted wiping disk %s", u->use.serial);

    if (r == 0)
        r = wipe_grant_apply(&grant, &u->use, clock_realtime_ms(), &stores, &e);
    if (r < 0 || !stores) {
        if (r == 0)
            http_send_empty(u->request, 204);
        else if (r == -EEXIST)
            http_send_error(u->request, 409, "%s", e.message);
        else
            http_send_failure(u->request, &e);
        end(u);
        return;
    }
    text = wipe_grant_text(&grant);
    t = store_txn_new(); /* NULL is what the submission answers -ENOMEM for */
    if (t) {
        store_txn_expect(t, key.text, revision);
        store_txn_put(t, key.text, text);
    }
    if (!u->suspended) {
        u->suspended = true;
        http_suspend(u->request);
    }
    store_submit(u->server->store, t, used, u);
}

void handle_disk_wipe(struct server *s, struct http_request *r)
{
    struct using *u = calloc(1, sizeof(*u));
    struct error e = ERROR_INIT;
    int result;

    if (!u) {
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    u->server = s;
    u->request = r;
    result = wipe_use_parse(r->body, r->body_len, &u->use, &e);
    if (result < 0) {
        free(u);
        if (result == -E2BIG)
            e.code = -EINVAL;
        http_send_failure(r, &e);
        return;
    }
    decide(u);
}
