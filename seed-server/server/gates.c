/* SPDX-License-Identifier: Apache-2.0 */
#include "gates.h"

#include <pthread.h>
#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "lease.h"
#include "server.h"

#define WAITERS_MAX 200000   /* more are told to come again */
#define DEADLINE_STEP_MS 250 /* deadlines are rounded up to this, to be met many at a time */
#define SILENCE_MIN_MS 60000 /* no lease ends earlier, whatever the inventory says */

struct waiter {
    struct waiter *next, **link;
    struct http_request *request;
    const char *host; /* the name in the request's plan, which the request holds */
    enum step step;
    uint64_t deadline_ms;
    char reason[128]; /* of the last decision, cut to what fits a board's line */
};

struct gates {
    struct server *server;
    struct http_answer *granted; /* {"granted":true,"lease":null} */
    pthread_t thread;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    bool dirty, stopping;
    struct waiter *first, *fresh; /* fresh ones were never decided yet */
    size_t n;                     /* in both lists */
    uint64_t next_deadline_ms;    /* of all waiters, or earlier */
    uint64_t again_ms;            /* when a decision may turn by time alone; UINT64_MAX never */
    struct lease lease;
    bool lease_changing; /* a transaction about it is on its way */
};

static void list_add(struct waiter **list, struct waiter *w)
{
    w->next = *list;
    w->link = list;
    if (w->next)
        w->next->link = &w->next;
    *list = w;
}

static void list_remove(struct waiter *w)
{
    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
}

static void send_waiting(struct http_request *r, const char *reason)
{
    http_send_json(r, 202, json_pack("{s:b, s:s}", "granted", 0, "reason", reason));
}

static void send_lease(struct http_request *r, const char *id)
{
    http_send_json(r, 200, json_pack("{s:b, s:s}", "granted", 1, "lease", id));
}

/* Takes a waiter off; its answer has been set. */
static void release(struct gates *g, struct waiter *w)
{
    struct http_request *r = w->request;

    list_remove(w);
    g->n--;
    free(w);
    http_resume(r);
}

/* ---- the slot ------------------------------------------------------------------------------- */

struct grant {
    struct gates *gates;
    struct http_request *request;
    char id[LEASE_ID_SIZE];
};

/* On the store's writer, after the watch has taken the new lease over. */
static void grant_over(int result, void *userdata)
{
    struct grant *grant = userdata;
    struct gates *g = grant->gates;

    (void)pthread_mutex_lock(&g->lock);
    g->lease_changing = false;
    if (result < 0)
        g->dirty = true;
    (void)pthread_cond_signal(&g->wake);
    (void)pthread_mutex_unlock(&g->lock);
    if (result == 0) {
        send_lease(grant->request, grant->id);
    } else {
        struct error e = ERROR_INIT;

        (void)error_set_errno(&e, result, "granting a slot");
        http_send_failure(grant->request, &e);
    }
    http_resume(grant->request);
    free(grant);
}

static void change_over(int result, void *userdata)
{
    struct gates *g = userdata;

    if (result < 0 && result != -EAGAIN)
        log_warning("the control plane's slot: %s, trying again", strerror(-result));
    (void)pthread_mutex_lock(&g->lock);
    g->lease_changing = false;
    g->dirty = true;
    (void)pthread_cond_signal(&g->wake);
    (void)pthread_mutex_unlock(&g->lock);
}

/* Begins to store a lease for a waiter, who is answered when it is on disk. Locked. */
static void begin_grant(struct gates *g, struct waiter *w)
{
    _cleanup_free_ char *record = NULL;
    struct grant *grant = malloc(sizeof(*grant));
    struct error e = ERROR_INIT;
    struct store_txn *t;
    uint8_t id[16];

    if (!grant || random_bytes(id, sizeof(id), &e) < 0) {
        free(grant);
        http_send_error(w->request, 503, "busy, try again");
        release(g, w);
        return;
    }
    *grant = (struct grant){.gates = g, .request = w->request};
    format_hex(id, sizeof(id), grant->id);
    record = lease_record(grant->id, w->host, false, clock_realtime_ms());
    t = record ? store_txn_new() : NULL;
    if (t) {
        store_txn_expect(t, LEASE_KEY, 0);
        store_txn_put(t, LEASE_KEY, record);
    }
    log_info("%s has the control plane's slot", w->host);
    list_remove(w);
    g->n--;
    free(w);
    g->lease_changing = true;
    (void)pthread_mutex_unlock(&g->lock); /* without memory it is over at once, on this thread */
    store_submit(g->server->store, t, grant_over, grant);
    (void)pthread_mutex_lock(&g->lock);
}

/* Ends a lease that nobody confirmed or whose host fell silent. Locked. */
static void end_overdue_lease(struct gates *g, uint64_t silence_ms, uint64_t now)
{
    uint64_t ends = lease_ends_ms(&g->lease, silence_ms);
    struct store_txn *t;

    if (!ends || now < ends || g->lease_changing)
        return;
    log_warning("%s %s: the control plane's slot is free again", g->lease.host,
                g->lease.confirmed ? "fell silent" : "never took up its slot");
    t = store_txn_new();
    if (t) {
        store_txn_expect(t, LEASE_KEY, g->lease.revision);
        store_txn_delete(t, LEASE_KEY);
    }
    g->lease_changing = true;
    (void)pthread_mutex_unlock(&g->lock);
    store_submit(g->server->store, t, change_over, g);
    (void)pthread_mutex_lock(&g->lock);
}

void gates_lease_changed(struct gates *g, const char *value, uint64_t revision)
{
    struct error e = ERROR_INIT;

    (void)pthread_mutex_lock(&g->lock);
    if (lease_take_record(&g->lease, value, revision, clock_monotonic_ms(), &e) < 0)
        log_error("store: %s: %s, ignoring", LEASE_KEY, e.message);
    g->dirty = true;
    (void)pthread_cond_signal(&g->wake);
    (void)pthread_mutex_unlock(&g->lock);
}

void gates_lease_seen(struct gates *g, const char *host, const char *id)
{
    _cleanup_free_ char *record = NULL;
    struct store_txn *t = NULL;

    (void)pthread_mutex_lock(&g->lock);
    if (lease_is(&g->lease, host, id)) {
        g->lease.seen_ms = clock_monotonic_ms();
        if (!g->lease.confirmed && !g->lease_changing) {
            record = lease_record(id, host, true, clock_realtime_ms());
            t = record ? store_txn_new() : NULL;
        }
        if (t) {
            store_txn_expect(t, LEASE_KEY, g->lease.revision);
            store_txn_put(t, LEASE_KEY, record);
            g->lease_changing = true;
        }
    }
    (void)pthread_mutex_unlock(&g->lock);
    if (t)
        store_submit(g->server->store, t, change_over, g);
}

bool gates_lease_held(struct gates *g, const char *host, const char *id)
{
    bool held;

    (void)pthread_mutex_lock(&g->lock);
    held = lease_is(&g->lease, host, id);
    (void)pthread_mutex_unlock(&g->lock);
    return held;
}

void gates_lease_end(struct gates *g, const char *host, struct store_txn *t)
{
    (void)pthread_mutex_lock(&g->lock);
    if (g->lease.taken && strcmp(g->lease.host, host) == 0) {
        store_txn_expect(t, LEASE_KEY, g->lease.revision);
        store_txn_delete(t, LEASE_KEY);
    }
    (void)pthread_mutex_unlock(&g->lock);
}

bool gates_slot(struct gates *g, char *ret_host, size_t size)
{
    bool taken;

    (void)pthread_mutex_lock(&g->lock);
    taken = g->lease.taken;
    (void)snprintf(ret_host, size, "%s", g->lease.host); /* both have room for any host name */
    (void)pthread_mutex_unlock(&g->lock);
    return taken;
}

size_t gates_waiting(struct gates *g)
{
    size_t n;

    (void)pthread_mutex_lock(&g->lock);
    n = g->n;
    (void)pthread_mutex_unlock(&g->lock);
    return n;
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Grants the slot, hands out the lease that the host already has, or says who has it. Locked; w may
 * be gone afterwards. */
static void decide_slot(struct gates *g, struct waiter *w)
{
    if (g->lease.taken && strcmp(g->lease.host, w->host) == 0) {
        g->lease.seen_ms = clock_monotonic_ms(); /* its reply got lost: the same again */
        send_lease(w->request, g->lease.id);
        release(g, w);
    } else if (!g->lease.taken && !g->lease_changing) {
        begin_grant(g, w);
    } else {
        (void)snprintf(w->reason, sizeof(w->reason), "one at a time: %.80s is joining",
                       g->lease.taken ? g->lease.host : "another host");
    }
}

/* Locked; w may be gone afterwards. */
static void decide(struct gates *g, struct serving *serving, struct gate_round *round,
                   struct waiter *w)
{
    size_t host = plan_find_host(serving->plan, w->host);
    struct error e = ERROR_INIT;
    struct gate_answer answer;

    if (host == SIZE_MAX) {
        http_send_error(w->request, 403, "the inventory has no such host any more");
        release(g, w);
        return;
    }
    if (gate_round_decide(round, host, w->step, &answer, &e) < 0) {
        http_send_failure(w->request, &e);
        release(g, w);
    } else if (!answer.granted) {
        if (answer.again_ms && answer.again_ms < g->again_ms)
            g->again_ms = answer.again_ms;
        (void)snprintf(w->reason, sizeof(w->reason), "%.127s",
                       answer.reason); /* cut short is fine */
    } else if (answer.exclusive) {
        decide_slot(g, w);
    } else {
        http_send_shared(w->request, 200, g->granted);
        release(g, w);
    }
}

/* One pass: whoever is fresh, or everyone when something changed, is decided; whoever is past the
 * deadline is told why. Locked. */
static void pass(struct gates *g, struct serving *serving, struct gate_round *round, bool everyone,
                 uint64_t now)
{
    struct waiter *w, *next;

    if (everyone) {
        for (w = g->first; w; w = next) {
            next = w->next;
            decide(g, serving, round, w);
        }
    }
    while (g->fresh) {
        w = g->fresh;
        list_remove(w);
        list_add(&g->first, w);
        decide(g, serving, round, w);
    }
    if (now < g->next_deadline_ms)
        return;
    g->next_deadline_ms = UINT64_MAX;
    for (w = g->first; w; w = next) {
        next = w->next;
        if (w->deadline_ms <= now) {
            send_waiting(w->request, w->reason);
            release(g, w);
        } else if (w->deadline_ms < g->next_deadline_ms) {
            g->next_deadline_ms = w->deadline_ms;
        }
    }
}

/* Sleeps until there is something to do. Locked. Decisions' times are of the real-time clock, which
 * may jump: no sleep is longer than a second. */
static void sleep_until_due(struct gates *g)
{
    struct timespec until;
    uint64_t now = clock_monotonic_ms(), due = now + 1000;

    if (g->next_deadline_ms < due)
        due = g->next_deadline_ms;
    until = (struct timespec){(time_t)(due / 1000), (long)(due % 1000) * 1000000};
    if (due > now && !g->dirty && !g->fresh && !g->stopping)
        (void)pthread_cond_timedwait(&g->wake, &g->lock, &until); /* early or late: looked at */
}

static void *gates_main(void *userdata)
{
    struct gates *g = userdata;

    for (;;) {
        _cleanup_(serving_unrefp) struct serving *serving = NULL;
        _cleanup_(gate_round_freep) struct gate_round *round = NULL;
        uint64_t silence_ms, real, now;
        struct error e = ERROR_INIT;
        bool everyone;

        (void)pthread_mutex_lock(&g->lock);
        everyone = g->dirty;
        g->dirty = false; /* before plan and states are read: a later change sets it again */
        (void)pthread_mutex_unlock(&g->lock);

        serving = server_serving(g->server);
        silence_ms = plan_settings(serving->plan)->step_timeout_ms;
        real = clock_realtime_ms();
        now = clock_monotonic_ms();
        if (gate_round_new(serving->cluster, real, &round, &e) < 0) {
            log_error("gates: %s, trying again", e.message);
            clock_sleep_ms(1000);
        }
        (void)pthread_mutex_lock(&g->lock);
        if (g->again_ms <= real)
            everyone = true;
        if (!round)
            g->dirty = g->dirty || everyone;
        else if (everyone)
            g->again_ms = UINT64_MAX;
        if (round)
            pass(g, serving, round, everyone, now);
        end_overdue_lease(g, silence_ms > SILENCE_MIN_MS ? silence_ms : SILENCE_MIN_MS, now);
        if (g->stopping) {
            (void)pthread_mutex_unlock(&g->lock);
            return NULL;
        }
        sleep_until_due(g);
        (void)pthread_mutex_unlock(&g->lock);
    }
}

void gates_ask(struct gates *g, struct http_request *r, enum step step, uint64_t wait_ms)
{
    struct waiter *w = calloc(1, sizeof(*w));
    bool full;

    if (!w) {
        http_send_error(r, 503, "busy, try again");
        return;
    }
    w->request = r;
    w->host = plan_host(r->serving->plan, r->host)->name;
    w->step = step;
    w->deadline_ms = clock_monotonic_ms() + wait_ms;
    w->deadline_ms += DEADLINE_STEP_MS - w->deadline_ms % DEADLINE_STEP_MS;
    http_suspend(r);
    (void)pthread_mutex_lock(&g->lock);
    full = g->n >= WAITERS_MAX || g->stopping;
    if (!full) {
        list_add(&g->fresh, w);
        g->n++;
        if (w->deadline_ms < g->next_deadline_ms)
            g->next_deadline_ms = w->deadline_ms;
        (void)pthread_cond_signal(&g->wake);
    }
    (void)pthread_mutex_unlock(&g->lock);
    if (full) {
        free(w);
        http_send_error(r, 503, "busy, try again");
        http_resume(r);
    }
}

void gates_wake(struct gates *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->dirty = true;
    (void)pthread_cond_signal(&g->wake);
    (void)pthread_mutex_unlock(&g->lock);
}

int gates_new(struct server *server, struct gates **ret, struct error *e)
{
    static const char granted[] = "{\"granted\":true,\"lease\":null}";
    struct gates *g = calloc(1, sizeof(*g));
    pthread_condattr_t attributes;
    int r;

    if (!g)
        return error_oom(e);
    g->server = server;
    g->next_deadline_ms = g->again_ms = UINT64_MAX;
    g->granted = http_answer_new(granted, sizeof(granted) - 1, "application/json", NULL);
    /* None of these can fail on Linux with these attributes. */
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&g->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    r = g->granted ? -pthread_create(&g->thread, NULL, gates_main, g) : -ENOMEM;
    if (r < 0) {
        http_answer_free(g->granted);
        free(g);
        return error_set_errno(e, r, "starting the gates' thread");
    }
    *ret = g;
    return 0;
}

void gates_stop(struct gates *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->stopping = true;
    (void)pthread_cond_signal(&g->wake);
    (void)pthread_mutex_unlock(&g->lock);
    (void)pthread_join(g->thread, NULL); /* a thread of ours that was never joined before */
    while (g->first || g->fresh) {
        struct waiter *w = g->first ? g->first : g->fresh;

        http_send_error(w->request, 503, "the server is restarting, try again");
        release(g, w);
    }
}

void gates_free(struct gates *g)
{
    if (!g)
        return;
    http_answer_free(g->granted);
    (void)pthread_mutex_destroy(&g->lock);
    (void)pthread_cond_destroy(&g->wake);
    free(g);
}
