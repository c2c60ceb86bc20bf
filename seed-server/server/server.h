/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>
#include <signal.h>

#include "ca.h"
#include "lull.h"
#include "serving.h"
#include "store.h"

/* The server's parts, put together by main.c. Locks, in the order in which they may be taken while
 * another is held: gates, attend, marks, serving_lock, cluster's; the store's own lock is taken
 * last and never held across a callback. */
struct server_options {
    const char *conf, *state, *artifacts, *socket;
    const char *listen, *tls_listen; /* "ADDR:PORT" */
    const char *address;             /* as nodes reach this machine; NULL: of listen */
    unsigned threads, connections, connections_each;
    unsigned head_s, idle_s, body_s, send_s; /* see http_options */
    bool print_routes, help, debug;
};

struct attend;
struct marks;
#define CONSOLE_KEY "cluster/console"

struct gates;
struct enrolment;
struct installs;
struct events;
struct reload;
struct metrics;

struct server {
    const struct server_options *options;
    uint64_t started_ms;
    struct store *store;
    struct ca *ca;
    struct gates *gates;
    struct attend *attend;
    struct marks *marks;
    struct enrolment *enrolment;
    struct installs *installs;
    struct events *events;
    struct reload *reload;
    struct metrics *metrics;
    struct http_server *listeners[3];
    struct lull lull; /* the main thread's alone */
    bool etcd_noted;  /* the store's writer's alone: cluster/etcd-formed is stored, or on its way */

    pthread_mutex_t serving_lock; /* guards the pointer, and the order of changes to its cluster */
    struct serving *serving;      /* never NULL once requests are served */
};

/* A reference to the plan in use. */
struct serving *server_serving(struct server *s);
/* The store has changed a key that the cluster, gates or watchers depend on: a store_changed. */
void server_store_changed(const char *key, const char *value, uint64_t revision, void *userdata);
