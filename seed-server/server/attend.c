/* SPDX-License-Identifier: Apache-2.0 */
#include "attend.h"

#include <pthread.h>

#include "applied.h"
#include "common/clock.h"
#include "marks.h"
#include "server.h"
#include "volumes.h"

/* Machines that boot come first: of a listener's connections those that attend have no more than a
 * half. Others are told to come again, and poll instead. */
#define AGAIN_S 300

struct waiter {
    struct waiter *next, **link;
    struct http_request *request;
    uint64_t deadline_ms;
};

struct attend {
    struct server *server;
    size_t max;
    pthread_mutex_t lock; /* guards all below */
    bool dirty, stopping;
    struct waiter *first;
    size_t n;
    uint64_t next_deadline_ms; /* of all waiters, or earlier */
};

/* ---- what there may be to do ---------------------------------------------------------------- */

static const char *has_config(const struct http_request *r, char has[SHA256_TEXT_SIZE])
{
    return http_query_text(r, "config", has, SHA256_TEXT_SIZE) < 0 ? "" : has;
}

static bool apply_due(struct server *s, const struct http_request *r)
{
    char has[SHA256_TEXT_SIZE];

    return applied_due(s, r, has_config(r, has));
}

/* The first that is due is what the host is told. */
static const struct {
    const char *what;
    bool (*due)(struct server *s, const struct http_request *r);
    const char *keys[3]; /* prefixes of the store's keys that it goes by */
} verbs[] = {
    {"apply",   apply_due,   {"applied/"}                                     },
    {"nodes",   marks_due,   {"marks/"}                                       },
    {"volumes", volumes_due, {"volumes/", "release/", "cluster/volumes-asked"}},
};

static const char *find_verb(struct server *s, const struct http_request *r)
{
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (verbs[i].due(s, r))
            return verbs[i].what;
    return NULL;
}

static void send_verb(struct http_request *r, const char *what, unsigned again_s)
{
    http_send_json(r, 200, json_pack("{s:s, s:i}", "do", what, "again_s", (int)again_s));
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Takes a waiter off; its answer has been set. Locked. */
static void release(struct attend *a, struct waiter *w)
{
    struct http_request *r = w->request;

    *w->link = w->next;
    if (w->next)
        w->next->link = w->link;
    a->n--;
    free(w);
    http_resume(r);
}

void attend_ask(struct attend *a, struct http_request *r, uint64_t wait_ms)
{
    char has[SHA256_TEXT_SIZE];
    const char *what;
    struct waiter *w;
    bool full;

    applied_attend(a->server, r, has_config(r, has));
    what = find_verb(a->server, r);
    if (what || wait_ms == 0) {
        send_verb(r, what ? what : "nothing", 0);
        return;
    }
    w = calloc(1, sizeof(*w));
    if (!w) {
        http_send_error(r, 503, "busy, try again");
        return;
    }
    w->request = r;
    w->deadline_ms = clock_monotonic_ms() + wait_ms;
    (void)pthread_mutex_lock(&a->lock);
    full = a->n >= a->max;
    if (full || a->stopping) {
        (void)pthread_mutex_unlock(&a->lock);
        free(w);
        if (full)
            send_verb(r, "nothing", AGAIN_S);
        else
            http_send_error(r, 503, "the server is restarting, try again");
        return;
    }
    http_suspend(r);
    w->next = a->first;
    w->link = &a->first;
    if (w->next)
        w->next->link = &w->next;
    a->first = w;
    a->n++;
    if (w->deadline_ms < a->next_deadline_ms)
        a->next_deadline_ms = w->deadline_ms;
    a->dirty = true; /* something may have come since it was looked */
    (void)pthread_mutex_unlock(&a->lock);
}

void attend_store_changed(struct attend *a, const char *key)
{
    bool ours = false;

    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        for (size_t k = 0; k < ARRAY_SIZE(verbs[i].keys) && verbs[i].keys[k]; k++)
            ours = ours || strncmp(key, verbs[i].keys[k], strlen(verbs[i].keys[k])) == 0;
    if (!ours)
        return;
    (void)pthread_mutex_lock(&a->lock);
    a->dirty = true;
    (void)pthread_mutex_unlock(&a->lock);
}

void attend_tick(struct attend *a)
{
    uint64_t now = clock_monotonic_ms();
    struct waiter *w, *next;
    bool dirty, come = marks_come(a->server, now);

    (void)pthread_mutex_lock(&a->lock);
    dirty = a->dirty || come;
    if (dirty || now >= a->next_deadline_ms) {
        a->dirty = false;
        a->next_deadline_ms = UINT64_MAX;
        for (w = a->first; w; w = next) {
            const char *what = dirty ? find_verb(a->server, w->request) : NULL;

            next = w->next;
            if (what || w->deadline_ms <= now) {
                send_verb(w->request, what ? what : "nothing", 0);
                release(a, w);
            } else if (w->deadline_ms < a->next_deadline_ms) {
                a->next_deadline_ms = w->deadline_ms;
            }
        }
    }
    (void)pthread_mutex_unlock(&a->lock);
}

size_t attend_waiting(struct attend *a)
{
    size_t n;

    (void)pthread_mutex_lock(&a->lock);
    n = a->n;
    (void)pthread_mutex_unlock(&a->lock);
    return n;
}

int attend_new(struct server *server, struct attend **ret, struct error *e)
{
    struct attend *a = calloc(1, sizeof(*a));

    if (!a)
        return error_oom(e);
    a->server = server;
    a->max = server->options->connections / 2;
    a->next_deadline_ms = UINT64_MAX;
    (void)pthread_mutex_init(&a->lock, NULL); /* default attributes: cannot fail on Linux */
    *ret = a;
    return 0;
}

void attend_stop(struct attend *a)
{
    (void)pthread_mutex_lock(&a->lock);
    a->stopping = true;
    while (a->first) {
        struct waiter *w = a->first;

        http_send_error(w->request, 503, "the server is restarting, try again");
        release(a, w);
    }
    (void)pthread_mutex_unlock(&a->lock);
}

void attend_free(struct attend *a)
{
    if (!a)
        return;
    (void)pthread_mutex_destroy(&a->lock);
    free(a);
}
