/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include "attend.h"
#include "enrolment.h"
#include "gates.h"
#include "pending.h"
#include "reload.h"
#include "route.h"
#include "server.h"

#define CLASSES 6 /* "1xx" … "5xx", and 0: the client left before its answer */

struct metrics {
    uint64_t requests[64][CLASSES]; /* atomic */
};

int metrics_new(struct metrics **ret, struct error *e)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : error_oom(e);
}

void metrics_free(struct metrics *m)
{
    free(m);
}

void metrics_request(struct metrics *m, size_t route, unsigned status)
{
    unsigned class = status / 100;

    if (route >= ARRAY_SIZE(m->requests))
        route = ARRAY_SIZE(m->requests) - 1;
    (void)__atomic_add_fetch(&m->requests[route][class < CLASSES ? class : 0], 1,
                             __ATOMIC_RELAXED); /* counts only */
}

static void print_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP nodeseed_%s %s\n# TYPE nodeseed_%s %s\n", name, help, name, type);
}

static void print_one(struct buf *out, const char *name, const char *type, const char *help,
                      uint64_t value)
{
    print_head(out, name, type, help);
    buf_addf(out, "nodeseed_%s %llu\n", name, (unsigned long long)value);
}

static void print_requests(const struct metrics *m, struct buf *out)
{
    print_head(out, "http_requests_total", "counter", "Requests by route and class of status.");
    for (size_t i = 0; i <= routes_n; i++)
        for (unsigned class = 0; class < CLASSES; class ++) {
            uint64_t n = __atomic_load_n(&m->requests[i][class], __ATOMIC_RELAXED);

            if (n)
                buf_addf(out, "nodeseed_http_requests_total{route=\"%s\",status=\"%uxx\"} %llu\n",
                         i < routes_n ? routes[i].path : "none", class, (unsigned long long)n);
        }
}

static void print_hosts(struct server *s, struct buf *out)
{
    _cleanup_(serving_unrefp) struct serving *serving = server_serving(s);
    size_t counts[HOST_REMOVED + 1] = {0};

    for (size_t i = 0; i < plan_host_count(serving->plan); i++) {
        struct host_record *h = cluster_host(serving->cluster, i);

        counts[host_record_state(h, false)]++;
        host_record_unref(h);
    }
    print_head(out, "hosts", "gauge", "Hosts of the inventory by state.");
    for (int i = 0; i <= HOST_REMOVED; i++)
        if (i != HOST_APPROVE)
            buf_addf(out, "nodeseed_hosts{state=\"%s\"} %zu\n", host_state_name((enum host_state)i),
                     counts[i]);
}

void metrics_print(struct server *s, struct buf *out)
{
    static const char *const planes[] = {"plain", "tls", "control"};
    struct store_figures store;
    struct reload_figures reload;

    print_requests(s->metrics, out);
    print_head(out, "http_connections", "gauge", "Open connections by plane.");
    for (size_t i = 0; i < ARRAY_SIZE(planes); i++)
        if (s->listeners[i])
            buf_addf(out, "nodeseed_http_connections{plane=\"%s\"} %u\n", planes[i],
                     http_server_connections(s->listeners[i]));
    print_hosts(s, out);
    print_one(out, "gates_waiting", "gauge", "Requests that wait at a gate.",
              gates_waiting(s->gates));
    print_one(out, "attending", "gauge", "Nodes that wait for something to do.",
              attend_waiting(s->attend));
    print_one(out, "pending_machines", "gauge", "Machines that asked to enrol and may not yet.",
              pending_count(enrolment_pending(s->enrolment)));
    store_figures(s->store, &store);
    print_one(out, "store_transactions_total", "counter", "Transactions submitted.",
              store.transactions);
    print_one(out, "store_commits_total", "counter", "Commits, each of one or more transactions.",
              store.commits);
    print_one(out, "store_conflicts_total", "counter", "Transactions that came second.",
              store.conflicts);
    print_one(out, "store_failures_total", "counter", "Commits that failed.", store.failures);
    print_one(out, "store_keys", "gauge", "Keys in the store.", store.keys);
    reload_figures(s->reload, &reload);
    print_one(out, "reloads_total", "counter", "Plans taken into use.", reload.loaded);
    print_one(out, "reload_failures_total", "counter", "Configurations that were refused.",
              reload.refused);
    print_one(out, "reload_last_good", "gauge", "1 when the newest configuration is in use.",
              reload.last_good);
}
