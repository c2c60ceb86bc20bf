/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <malloc.h>

#include "attend.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "enrolment.h"
#include "events.h"
#include "gates.h"
#include "installs.h"
#include "marks.h"
#include "metrics.h"
#include "notify.h"
#include "reload.h"
#include "route.h"
#include "sockets.h"
#include "start.h"

#define SERVER_CERTIFICATE_DAYS 3650 /* made anew at a start when 30 days are left */
#define STOP_MS 10000
#define LAST_ANSWERS_MS 1000 /* to those that were parked until the stop */

struct serving *server_serving(struct server *s)
{
    struct serving *serving;

    (void)pthread_mutex_lock(&s->serving_lock);
    serving = serving_ref(s->serving);
    (void)pthread_mutex_unlock(&s->serving_lock);
    return serving;
}

/* ---- changes of the store ------------------------------------------------------------------- */

static void tell_watchers(struct server *s, struct serving *serving, size_t host, const char *key)
{
    _cleanup_(host_record_unrefp) struct host_record *h = cluster_host(serving->cluster, host);
    const struct progress *p = &h->progress;
    const char *kind = strncmp(key, "progress/", 9) == 0   ? "progress"
                       : strncmp(key, "identity/", 9) == 0 ? "identity"
                       : strncmp(key, "install/", 8) == 0  ? "install"
                                                           : "quarantine";
    char message[256];

    if (strcmp(kind, "install") == 0)
        (void)snprintf(message, sizeof(message), "%s", install_state_name(h->install.state));
    else if (p->state == REPORT_NONE)
        (void)snprintf(message, sizeof(message), "%s",
                       host_state_name(host_record_state(h, false)));
    else
        (void)snprintf(message, sizeof(message), "%s %s: %.180s", step_name(p->step),
                       report_state_name(p->state), p->message); /* both fit, or cut short */
    events_add(s->events, kind, plan_host(serving->plan, host)->name, message);
}

/* From now on etcd hosts that are added join what is there: the plan must know. */
static void formed_over(int result, void *userdata)
{
    struct server *s = userdata;

    s->etcd_noted = result == 0 || result == -EAGAIN; /* if not, the next report tries again */
    if (result == 0)
        reload_request(s->reload);
}

/* On the store's writer, as formed_over is. */
static void note_etcd_formed(struct server *s, struct serving *serving)
{
    struct store_txn *t;

    if (s->etcd_noted || plan_settings(serving->plan)->etcd_formed ||
        !cluster_has_quorum(serving->cluster))
        return;
    s->etcd_noted = true;
    log_info("etcd has its quorum");
    t = store_txn_new();
    if (t) {
        store_txn_expect(t, "cluster/etcd-formed", 0);
        store_txn_put(t, "cluster/etcd-formed", "yes");
    }
    store_submit(s->store, t, formed_over, s);
}

void server_store_changed(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct server *s = userdata;
    struct serving *serving;
    size_t host;

    if (strcmp(key, LEASE_KEY) == 0) {
        if (s->gates)
            gates_lease_changed(s->gates, value, revision);
        return;
    }
    if (s->attend)
        attend_store_changed(s->attend, key);
    (void)pthread_mutex_lock(&s->serving_lock);
    serving = s->serving ? serving_ref(s->serving) : NULL;
    host = serving ? cluster_changed(serving->cluster, key, value) : SIZE_MAX;
    (void)pthread_mutex_unlock(&s->serving_lock);
    if (host != SIZE_MAX) {
        /* Workers' progress opens no gate: thousands of reports wake nobody. */
        if (s->gates && (plan_host(serving->plan, host)->roles & (ROLE_ETCD | ROLE_MASTER)))
            gates_wake(s->gates);
        tell_watchers(s, serving, host, key);
        note_etcd_formed(s, serving);
    }
    serving_unref(serving);
}

/* ---- starting ------------------------------------------------------------------------------- */

static int open_state(struct server *s, struct error *e)
{
    const char *folder = s->options->state;
    _cleanup_free_ char *path = path_join(folder, "store.sqlite");
    int r = path ? file_make_folders(folder, 0700, e) : error_oom(e);

    if (r == 0)
        r = store_open(path, &s->store, e);
    if (r == 0 && store_watch(s->store, "", server_store_changed, s) < 0)
        r = error_set(e, -E2BIG, "too many watches");
    if (r == 0)
        r = ca_open(folder, clock_realtime_ms(), &s->ca, e);
    return r;
}

/* What the server's certificate names: every address it may be reached at. */
static int server_certificate(struct server *s, char **ret_certificate, char **ret_key,
                              struct error *e)
{
    const struct server_options *o = s->options;
    struct cert_profile profile = {.ca = "seed",
                                   .common_name = "seed-server",
                                   .dns = {"localhost"},
                                   .ips = {"127.0.0.1"},
                                   .server_auth = true,
                                   .life_s = SERVER_CERTIFICATE_DAYS * UINT64_C(86400)};
    char addresses[2][IP_TEXT_SIZE];
    struct ip_address a;
    uint16_t port;
    size_t n = 1;
    int r;

    for (size_t i = 0; i < 2; i++) {
        r = parse_endpoint(i ? o->tls_listen : o->listen, &a, &port, e);
        if (r < 0)
            return r;
        format_ip(&a, addresses[i]);
        if (strcmp(addresses[i], "0.0.0.0") != 0 && strcmp(addresses[i], "::") != 0)
            profile.ips[n++] = addresses[i];
    }
    if (o->address)
        profile.ips[n++] = o->address;
    return ca_server_identity(s->ca, &profile, clock_realtime_ms(), ret_certificate, ret_key, e);
}

static void print_problems(const struct problems *problems)
{
    _cleanup_buf_ struct buf out = BUF_INIT(1024 * 1024);

    problems_print(problems, &out);
    if (out.len)
        (void)fwrite(out.data, 1, out.len, stderr); /* nowhere else to say that stderr fails */
}

static int load_first_plan(struct server *s, struct error *e)
{
    struct problems problems = {0};
    int r = reload_new(s, &problems, &s->reload, e);

    if (r < 0)
        print_problems(&problems);
    problems_done(&problems);
    return r;
}

/* A lease that was stored before a restart goes on. */
static void restore_lease(struct server *s)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    uint64_t revision;
    const char *value = store_view_get(view, LEASE_KEY, &revision);

    if (value)
        gates_lease_changed(s->gates, value, revision);
}

static int start_listeners(struct server *s, const struct notify_sockets *passed, struct error *e)
{
    const struct server_options *o = s->options;
    const struct http_dispatch dispatch = {route_begin, route_handle, route_end, route_seen, s};
    _cleanup_secret_ char *key = NULL;
    _cleanup_free_ char *certificate = NULL;
    struct notify_sockets fds = *passed;
    int r = server_certificate(s, &certificate, &key, e);

    if (r == 0 && fds.plain < 0)
        r = listen_tcp(o->listen, &fds.plain, e);
    if (r == 0 && fds.tls < 0)
        r = listen_tcp(o->tls_listen, &fds.tls, e);
    if (r == 0 && fds.control < 0)
        r = listen_unix(o->socket, &fds.control, e);
    if (r < 0)
        return r;
    struct http_options table[] = {
        {.plane = PLANE_PLAIN, .fd = fds.plain, .threads = o->threads},
        {.plane = PLANE_TLS,
         .fd = fds.tls,
         .threads = o->threads,
         .certificate = certificate,
         .key = key,
         .client_ca = ca_certificate(s->ca, CA_SEED)},
        {.plane = PLANE_CONTROL,           .fd = fds.control,     .threads = 1                 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(table) && r == 0; i++) {
        table[i].connections = o->connections;
        table[i].connections_each = o->connections_each;
        table[i].head_ms = o->head_s * UINT64_C(1000);
        table[i].idle_ms = o->idle_s * UINT64_C(1000);
        table[i].body_ms = o->body_s * UINT64_C(1000);
        table[i].send_ms = o->send_s * UINT64_C(1000);
        table[i].dispatch = &dispatch;
        r = http_server_start(&table[i], &s->listeners[i], e);
    }
    return r;
}

int server_start(struct server *s, const struct server_options *options, struct error *e)
{
    struct notify_sockets passed;
    int r = notify_take_sockets(&passed, e);

    s->options = options;
    s->started_ms = clock_realtime_ms();
    (void)pthread_mutex_init(&s->serving_lock, NULL); /* cannot fail on Linux: default attributes */
    if (r == 0)
        r = metrics_new(&s->metrics, e);
    if (r == 0)
        r = events_new(&s->events, e);
    if (r == 0)
        r = enrolment_new(s, &s->enrolment, e);
    if (r == 0)
        r = open_state(s, e);
    if (r == 0)
        r = load_first_plan(s, e);
    if (r == 0)
        r = gates_new(s, &s->gates, e);
    if (r == 0)
        r = marks_new(&s->marks, e);
    if (r == 0)
        r = attend_new(s, &s->attend, e);
    if (r == 0)
        r = installs_new(s, &s->installs, e);
    if (r < 0)
        return r;
    restore_lease(s);
    r = start_listeners(s, &passed, e);
    if (r == 0)
        r = reload_start(s->reload, e);
    return r;
}

/* ---- running and stopping ------------------------------------------------------------------- */

/* What the listeners count, together. */
static unsigned count(struct server *s, unsigned (*of)(struct http_server *))
{
    unsigned n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(s->listeners); i++)
        if (s->listeners[i])
            n += of(s->listeners[i]);
    return n;
}

void server_tick(struct server *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(s->listeners); i++)
        http_server_tick(s->listeners[i]);
    events_tick(s->events);
    attend_tick(s->attend);
    if (lull_due(&s->lull, count(s, http_server_connections), clock_monotonic_ms()))
        (void)malloc_trim(0); /* no matter whether there was something */
}

/* Whoever is suspended is answered before a listener stops: those at gates, those that attend,
 * watchers, and those that wait for a commit, in this order, because each stage still hands work to
 * the next. */
void server_stop(struct server *s)
{
    uint64_t give_up = clock_monotonic_ms() + STOP_MS;

    for (size_t i = 0; i < ARRAY_SIZE(s->listeners); i++)
        if (s->listeners[i])
            http_server_quiesce(s->listeners[i]);
    if (s->reload)
        reload_stop(s->reload);
    if (s->gates)
        gates_stop(s->gates);
    if (s->attend)
        attend_stop(s->attend);
    if (s->events)
        events_stop(s->events);
    if (s->store)
        store_stop(s->store);
    while (count(s, http_server_suspended) && clock_monotonic_ms() < give_up)
        clock_sleep_ms(10);
    if (count(s, http_server_suspended)) { /* libmicrohttpd forbids to stop it now; everything is on
                                              disk */
        log_error("requests are still suspended, ending without them");
        _exit(EXIT_FAILURE);
    }
    give_up = clock_monotonic_ms() + LAST_ANSWERS_MS;
    while (count(s, http_server_unanswered) && clock_monotonic_ms() < give_up)
        clock_sleep_ms(10); /* who does not read them is not waited for */
    for (size_t i = 0; i < ARRAY_SIZE(s->listeners); i++)
        http_server_stop(s->listeners[i]);
    reload_free(s->reload);
    gates_free(s->gates);
    attend_free(s->attend);
    marks_free(s->marks);
    serving_unref(s->serving);
    installs_free(s->installs);
    enrolment_free(s->enrolment);
    store_close(s->store);
    ca_close(s->ca);
    events_free(s->events);
    metrics_free(s->metrics);
    (void)pthread_mutex_destroy(&s->serving_lock);
}
