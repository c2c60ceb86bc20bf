/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"

#include <pthread.h>

#include "common/clock.h"

struct event {
    uint64_t number, at_ms;
    const char *kind; /* a literal */
    char host[254], message[160];
};

struct watcher {
    struct http_request *request; /* NULL: free place */
    uint64_t since, deadline_ms;
};

struct events {
    pthread_mutex_t lock; /* guards all below */
    bool stopping;
    uint64_t first, next; /* numbers: of the oldest kept, of the one to come */
    struct event ring[EVENTS_KEPT];
    struct watcher watchers[EVENTS_WATCHERS_MAX];
};

int events_new(struct events **ret, struct error *e)
{
    struct events *v = calloc(1, sizeof(*v));

    if (!v)
        return error_oom(e);
    (void)pthread_mutex_init(&v->lock, NULL); /* default attributes: cannot fail on Linux */
    v->first = v->next = clock_realtime_ms();
    *ret = v;
    return 0;
}

void events_free(struct events *v)
{
    if (!v)
        return;
    (void)pthread_mutex_destroy(&v->lock);
    free(v);
}

static json_t *event_json(const struct event *x)
{
    return json_pack("{s:I, s:I, s:s, s:s?, s:s}", "number", (json_int_t)x->number, "at_ms",
                     (json_int_t)x->at_ms, "kind", x->kind, "host", *x->host ? x->host : NULL,
                     "message", x->message);
}

/* Locked. */
static json_t *answer_json(struct events *v, uint64_t since)
{
    bool reset = since + 1 < v->first || since >= v->next;
    json_t *list = json_array();

    for (uint64_t i = reset ? v->first : since + 1; i < v->next && list; i++)
        if (json_array_append_new(list, event_json(&v->ring[i % EVENTS_KEPT])) < 0) {
            json_decref(list);
            list = NULL;
        }
    return json_pack("{s:I, s:b, s:o}", "now", (json_int_t)(v->next - 1), "reset", reset, "events",
                     list);
}

static void answer(struct events *v, struct watcher *w)
{
    struct http_request *r = w->request;

    http_send_json(r, 200, answer_json(v, w->since));
    w->request = NULL;
    http_resume(r);
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t i;

    for (i = 0; from && from[i] && i + 1 < size; i++)
        to[i] = (unsigned char)from[i] < 0x20 || (unsigned char)from[i] >= 0x7f ? '?' : from[i];
    to[i] = '\0';
}

void events_add(struct events *v, const char *kind, const char *host, const char *message)
{
    struct event *x;

    (void)pthread_mutex_lock(&v->lock);
    x = &v->ring[v->next % EVENTS_KEPT];
    x->number = v->next;
    x->at_ms = clock_realtime_ms();
    x->kind = kind;
    copy_text(x->host, sizeof(x->host), host);
    copy_text(x->message, sizeof(x->message), message);
    v->next++;
    if (v->next - v->first > EVENTS_KEPT)
        v->first = v->next - EVENTS_KEPT;
    for (size_t i = 0; i < EVENTS_WATCHERS_MAX; i++)
        if (v->watchers[i].request)
            answer(v, &v->watchers[i]);
    (void)pthread_mutex_unlock(&v->lock);
}

void events_ask(struct events *v, struct http_request *r, uint64_t since, uint64_t wait_ms)
{
    struct watcher *place = NULL;

    (void)pthread_mutex_lock(&v->lock);
    if (wait_ms == 0 || since + 1 != v->next) {
        http_send_json(r, 200, answer_json(v, since));
    } else {
        for (size_t i = 0; i < EVENTS_WATCHERS_MAX && !place && !v->stopping; i++)
            if (!v->watchers[i].request)
                place = &v->watchers[i];
        if (place) {
            *place = (struct watcher){r, since, clock_monotonic_ms() + wait_ms};
            http_suspend(r);
        } else {
            http_send_error(r, 503, "too many watch already, or the server is stopping");
        }
    }
    (void)pthread_mutex_unlock(&v->lock);
}

static void answer_overdue(struct events *v, uint64_t now_ms)
{
    (void)pthread_mutex_lock(&v->lock);
    for (size_t i = 0; i < EVENTS_WATCHERS_MAX; i++)
        if (v->watchers[i].request && v->watchers[i].deadline_ms <= now_ms)
            answer(v, &v->watchers[i]);
    (void)pthread_mutex_unlock(&v->lock);
}

void events_tick(struct events *v)
{
    answer_overdue(v, clock_monotonic_ms());
}

void events_stop(struct events *v)
{
    (void)pthread_mutex_lock(&v->lock);
    v->stopping = true;
    (void)pthread_mutex_unlock(&v->lock);
    answer_overdue(v, UINT64_MAX);
}
