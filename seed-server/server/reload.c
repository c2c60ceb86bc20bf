/* SPDX-License-Identifier: Apache-2.0 */
#include "reload.h"

#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "arm.h"
#include "common/clock.h"
#include "common/log.h"
#include "conf_watch.h"
#include "events.h"
#include "gates.h"
#include "host_key.h"
#include "last_good.h"
#include "server.h"

#define SETTLE_MS 500  /* editors write in several steps */
#define RETRY_MS 15000 /* see may_pass */
#define PROBLEMS_LOGGED_MAX 50

struct reload {
    struct server *server;
    char *url, *tls_url;
    int wake_fd, inotify_fd;
    bool wanted, stopping; /* atomic */
    bool runs;
    pthread_t thread;
    /* Of the newest configuration, and whether it is tried once more without anybody having asked.
     * The thread's own once it runs. */
    int result;
    bool again;

    pthread_mutex_t lock; /* guards all below */
    struct reload_figures figures;
    struct problems problems; /* of the newest configuration */
    char *refusal;            /* NULL: it is in use */
    uint64_t at_ms, loaded_ms;
};

/* ---- from a folder to a plan in use --------------------------------------------------------- */

static const char *get_allotment(const char *key, void *userdata)
{
    return store_view_get(userdata, key, NULL);
}

struct each_allotment {
    allotment_seen *seen;
    void *seen_data;
};

static int see_allotment(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct each_allotment *each = userdata;

    (void)revision;
    each->seen(key, value, each->seen_data);
    return 0;
}

static void each_allotment(const char *prefix, allotment_seen *seen, void *seen_data,
                           void *userdata)
{
    struct each_allotment each = {seen, seen_data};

    (void)store_view_each(userdata, prefix, see_allotment,
                          &each); /* see_allotment never stops it */
}

/* What the plan promises, and an open window for hosts that are new, in one transaction, before the
 * plan is used. Everything in it must still be absent. */
static int commit_promises(struct server *s, const struct plan *plan, const struct store_view *view,
                           struct error *e)
{
    struct store_txn *t = store_txn_new();
    const char *key, *value, *first;
    uint64_t now = clock_realtime_ms();
    size_t future = arm_count_future(view, plan, &first);

    if (!t)
        return error_oom(e);
    if (future)
        log_warning(
            "%zu hosts (%s) have a window for enrolling that opens in the future, as a clock "
            "that was ahead leaves behind: not armed, see seedctl rearm",
            future, first);
    for (size_t i = 0; plan_added_allotment(plan, i, &key, &value); i++) {
        store_txn_expect(t, key, 0);
        store_txn_put(t, key, value);
    }
    for (size_t i = 0; i < plan_host_count(plan); i++) {
        const char *name = plan_host(plan, i)->name;
        struct host_key arm = host_key("arm", name), removed = host_key("removed", name);

        if (store_view_get(view, arm.text, NULL) || store_view_get(view, removed.text, NULL))
            continue;
        store_txn_expect(t, arm.text, 0);
        arm_put(t, name, now);
    }
    return store_commit(s->store, t, e);
}

/* missing: where artifacts that have to be left out are told, or NULL: none may be. */
static int use_plan(struct server *s, struct plan *plan, struct problems *problems,
                    struct problems *missing, struct error *e)
{
    _cleanup_(artifacts_freep) struct artifacts *artifacts = NULL;
    _cleanup_(store_view_unrefp) struct store_view *before = store_view(s->store), *view = NULL;
    struct serving *serving, *old = NULL;
    struct cluster *cluster = NULL;
    int r = artifacts_load(plan, s->options->artifacts, s->store, missing != NULL,
                           missing ? missing : problems, &artifacts, e);

    if (r == 0)
        r = commit_promises(s, plan, before, e);
    if (r < 0)
        return r;
    /* No change of the store slips by between this view and the new plan's use: whoever would tell
     * the old one waits for the lock. */
    (void)pthread_mutex_lock(&s->serving_lock);
    view = store_view(s->store);
    r = cluster_new(plan, view, &cluster, e);
    if (r == 0)
        r = serving_new(plan, cluster, artifacts, problems, clock_realtime_ms(), &serving, e);
    if (r == 0) {
        artifacts = NULL;
        old = s->serving;
        s->serving = serving;
    }
    (void)pthread_mutex_unlock(&s->serving_lock);
    if (r < 0) {
        cluster_free(cluster);
        return r;
    }
    serving_unref(old);
    if (s->gates)
        gates_wake(s->gates);
    events_add(s->events, "plan", NULL, plan_id(plan));
    return 0;
}

static void log_warnings(const struct inventory *inv)
{
    size_t n = inventory_warning_count(inv);

    for (size_t i = 0; i < n && i < PROBLEMS_LOGGED_MAX; i++)
        log_warning("%s", inventory_warning(inv, i));
    if (n > PROBLEMS_LOGGED_MAX)
        log_warning("and %zu more: seedctl check lists all", n - PROBLEMS_LOGGED_MAX);
}

/* artifacts: the folder where their files have to be, or NULL. */
static int make_plan(struct reload *r, const struct inventory *inventory, const char *artifacts,
                     struct problems *problems, struct plan **ret, struct error *e)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(r->server->store);
    struct allotments stored = {get_allotment, each_allotment, view};
    struct plan_options options = {
        .stored = &stored,
        .artifact_folder = artifacts,
        .server_url = r->url,
        .server_tls_url = r->tls_url,
        .ca_pin = ca_pin(r->server->ca),
    };

    return plan_make(inventory, &options, problems, ret, e);
}

/* Would it be good, were it not for the files of artifacts? */
static bool lacks_artifacts(struct reload *r, const struct inventory *inventory)
{
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    struct problems ignored = {0};
    int result = make_plan(r, inventory, NULL, &ignored, &plan, NULL);

    problems_done(&ignored);
    return result == 0;
}

/* The copy that was made when the files were read takes the place of the last good one, if it makes
 * the same plan: somebody may have written while it was made, and half a change is no good. */
static int keep_copy(struct reload *r, const char *copy, const struct plan *plan, struct error *e)
{
    _cleanup_(inventory_freep) struct inventory *inventory = NULL;
    _cleanup_(plan_unrefp) struct plan *again = NULL;
    struct problems ignored = {0};
    int result = inventory_load_conf(copy, &inventory, e);

    if (result == 0)
        result = make_plan(r, inventory, NULL, &ignored, &again, e);
    problems_done(&ignored);
    if (result == 0 && strcmp(plan_id(again), plan_id(plan)) != 0)
        result = error_set(e, -EBUSY, "it changed while it was read");
    return result < 0 ? result : last_good_keep(r->server->options->state, e);
}

/* From the folder conf, which is the configured one or, with missing (see use_plan), the copy of
 * the last good one. */
static int load(struct reload *r, const char *conf, struct problems *problems,
                struct problems *missing, struct error *e)
{
    const struct server_options *o = r->server->options;
    _cleanup_(inventory_freep) struct inventory *inventory = NULL;
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    _cleanup_free_ char *copy = NULL;
    struct error why = ERROR_INIT;
    int result;

    if (!missing)
        conf_watch(r->inotify_fd, conf);
    result = inventory_load_conf(conf, &inventory, e);
    /* Before artifacts are digested, which takes minutes where there are many. */
    if (result == 0 && !missing && last_good_copy(o->state, conf, inventory, &copy, &why) < 0)
        log_warning("keeping a copy of the configuration: %s, ignoring", why.message);
    if (result == 0 && !r->again)
        log_warnings(inventory);
    if (result == 0)
        result = make_plan(r, inventory, missing ? NULL : o->artifacts, problems, &plan, e);
    if (result == -EINVAL && inventory && !missing && lacks_artifacts(r, inventory))
        result = e->code = -ESTALE; /* as artifacts_load says it */
    inventory_free(TAKE_PTR(inventory));
    if (result == 0)
        result = use_plan(r->server, plan, problems, missing, e);
    if (result < 0)
        return result;
    log_info("plan %.12s is in use: %zu hosts", plan_id(plan), plan_host_count(plan));
    if (copy && keep_copy(r, copy, plan, &why) < 0)
        log_warning("keeping a copy of the configuration: %s, ignoring", why.message);
    return 0;
}

/* Remembers how the newest configuration fared. Takes problems. */
static void remember(struct reload *r, int result, struct problems *problems, const char *why)
{
    /* The inventory is gone, and lay among what stays: its pages go back, a quarter of all memory
     * at 100,000 hosts. */
    (void)malloc_trim(0);
    r->result = result;
    (void)pthread_mutex_lock(&r->lock);
    problems_done(&r->problems);
    r->problems = *problems;
    *problems = (struct problems){0};
    free(r->refusal);
    r->refusal = result < 0 ? strdup(why) : NULL; /* NULL without memory: only words are lost */
    r->figures.last_good = result == 0;
    r->figures.loaded += result == 0;
    r->figures.refused += result < 0;
    r->at_ms = clock_realtime_ms();
    if (result == 0)
        r->loaded_ms = r->at_ms;
    (void)pthread_mutex_unlock(&r->lock);
}

static void log_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->n && i < PROBLEMS_LOGGED_MAX; i++) {
        const struct problem *p = &problems->items[i];
        int level = p->fatal ? LOG_ERR : LOG_WARNING;

        if (p->file && p->line)
            log_line(level, "%s:%u: %s", p->file, p->line, p->message);
        else
            log_line(level, "%s%s%s", p->file ? p->file : "", p->file ? ": " : "", p->message);
    }
    if (problems->n > PROBLEMS_LOGGED_MAX)
        log_warning("and %zu more: seedctl check lists all", problems->n - PROBLEMS_LOGGED_MAX);
}

/* What may pass without the configuration being touched: artifacts are put in their place, a disk
 * has room again. */
static bool may_pass(int code)
{
    static const int codes[] = {-ESTALE, -EBUSY,  -ENOSPC, -EDQUOT, -EIO,
                                -EAGAIN, -ENOMEM, -EMFILE, -ENFILE};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* Does it fail for another reason than the last time? */
static bool is_news(struct reload *r, const struct problems *problems, const char *why)
{
    bool same;

    (void)pthread_mutex_lock(&r->lock);
    same = r->refusal && strcmp(r->refusal, why) == 0 && r->problems.n == problems->n;
    for (size_t i = 0; same && i < problems->n; i++)
        same = strcmp(r->problems.items[i].message, problems->items[i].message) == 0;
    (void)pthread_mutex_unlock(&r->lock);
    return !same;
}

static void load_again(struct reload *r)
{
    struct problems problems = {0};
    struct error e = ERROR_INIT;
    int result = load(r, r->server->options->conf, &problems, NULL, &e);

    /* Warnings of a plan in use went with it. */
    if (result < 0 && (!r->again || is_news(r, &problems, e.message))) {
        log_problems(&problems);
        log_error("%s: %s, keeping the last good plan", r->server->options->conf, e.message);
    }
    remember(r, result, &problems, e.message);
}

/* ---- watching ------------------------------------------------------------------------------- */

/* Waits until a descriptor is readable for at most ms; empties it. */
static bool wait_for(int fd, int other_fd, int ms)
{
    struct pollfd fds[2] = {
        {fd,       POLLIN, 0},
        {other_fd, POLLIN, 0}
    };
    char block[4096];
    bool any = poll(fds, 2, ms) > 0;

    for (int i = 0; i < 2 && any; i++)
        while (fds[i].revents && read(fds[i].fd, block, sizeof(block)) > 0)
            ; /* what exactly changed does not matter: all is read again */
    return any;
}

static void *reload_main(void *userdata)
{
    struct reload *r = userdata;

    for (;;) {
        r->again = !__atomic_load_n(&r->wanted, __ATOMIC_ACQUIRE) &&
                   !wait_for(r->inotify_fd, r->wake_fd, may_pass(r->result) ? RETRY_MS : -1);
        while (!__atomic_load_n(&r->stopping, __ATOMIC_ACQUIRE) &&
               wait_for(r->inotify_fd, r->wake_fd, SETTLE_MS))
            ;
        if (__atomic_load_n(&r->stopping, __ATOMIC_ACQUIRE))
            return NULL;
        __atomic_store_n(&r->wanted, false, __ATOMIC_RELEASE);
        load_again(r);
    }
}

static void wake(struct reload *r)
{
    (void)eventfd_write(r->wake_fd, 1); /* full means that it is awake */
}

void reload_request(struct reload *r)
{
    __atomic_store_n(&r->wanted, true, __ATOMIC_RELEASE);
    wake(r);
}

int reload_start(struct reload *r, struct error *e)
{
    int result = -pthread_create(&r->thread, NULL, reload_main, r);

    if (result < 0)
        return error_set_errno(e, result, "starting the thread that watches %s",
                               r->server->options->conf);
    r->runs = true;
    return 0;
}

void reload_stop(struct reload *r)
{
    if (!r->runs)
        return;
    __atomic_store_n(&r->stopping, true, __ATOMIC_RELEASE);
    wake(r);
    (void)pthread_join(r->thread, NULL); /* a thread of ours that was never joined before */
    r->runs = false;
}

/* ---- from outside --------------------------------------------------------------------------- */

/* "http://ADDRESS:PORT" as nodes reach a listener. */
static char *url_of(const char *scheme, const char *address, const char *listen, struct error *e)
{
    struct ip_address own;
    char text[IP_TEXT_SIZE], *url;
    uint16_t port;

    if (parse_endpoint(listen, &own, &port, e) < 0)
        return NULL;
    if (!address) {
        format_ip(&own, text);
        address = text;
    }
    if (asprintf(&url, strchr(address, ':') ? "%s://[%s]:%u" : "%s://%s:%u", scheme, address,
                 port) < 0) {
        (void)error_oom(e);
        return NULL;
    }
    return url;
}

/* Those that are not among problems yet. */
static int add_missing(struct problems *problems, const struct problems *missing, struct error *e)
{
    size_t before = problems->n;

    for (size_t i = 0; i < missing->n; i++) {
        const struct problem *p = &missing->items[i];
        bool known = false;

        for (size_t k = 0; k < before && !known; k++)
            known = strcmp(problems->items[k].message, p->message) == 0;
        if (!known && problems_add(problems, false, (struct inventory_origin){p->file, p->line},
                                   "%s", p->message) < 0)
            return error_oom(e);
    }
    return 0;
}

/* The configuration was refused for e: carry on with the copy of the last good one, where there is
 * one, and with what there is of its artifacts. Otherwise e and problems are left for the caller to
 * print. */
static int load_last_good(struct reload *r, struct problems *problems, struct error *e)
{
    const struct server_options *o = r->server->options;
    _cleanup_free_ char *folder = last_good_folder(o->state);
    struct problems ignored = {0}, missing = {0};
    struct error why = ERROR_INIT;
    int result;

    if (!folder)
        return e->code;
    log_problems(problems);
    log_error("%s: %s, carrying on with the last good configuration", o->conf, e->message);
    result = load(r, folder, &ignored, &missing, &why);
    if (result == 0)
        result = add_missing(problems, &missing, &why);
    if (result == 0) {
        log_problems(&missing);
        remember(r, e->code, problems, e->message);
    } else {
        log_error("%s: %s", folder, why.message);
    }
    problems_done(&ignored);
    problems_done(&missing);
    return result == 0 ? 0 : e->code;
}

int reload_new(struct server *server, struct problems *ret_problems, struct reload **ret,
               struct error *e)
{
    const struct server_options *o = server->options;
    _cleanup_(reload_freep) struct reload *r = calloc(1, sizeof(*r));
    int result;

    if (!r)
        return error_oom(e);
    r->server = server;
    (void)pthread_mutex_init(&r->lock, NULL); /* default attributes: cannot fail on Linux */
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (r->wake_fd < 0 || r->inotify_fd < 0)
        return error_set_errno(e, -errno, "watching %s", o->conf);
    r->url = url_of("http", o->address, o->listen, e);
    r->tls_url = url_of("https", o->address, o->tls_listen, e);
    if (!r->url || !r->tls_url)
        return e->code;
    result = load(r, o->conf, ret_problems, NULL, e);
    if (result < 0)
        result = load_last_good(r, ret_problems, e);
    else
        remember(r, 0, ret_problems, "");
    if (result < 0)
        return result;
    *ret = TAKE_PTR(r);
    return 0;
}

void reload_free(struct reload *r)
{
    if (!r)
        return;
    reload_stop(r);
    if (r->wake_fd >= 0)
        (void)close(r->wake_fd); /* nothing is written to either */
    if (r->inotify_fd >= 0)
        (void)close(r->inotify_fd);
    problems_done(&r->problems);
    free(r->refusal);
    free(r->url);
    free(r->tls_url);
    (void)pthread_mutex_destroy(&r->lock);
    free(r);
}

static int add_problems(json_t *list, const struct problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        const struct problem *p = &problems->items[i];

        if (json_array_append_new(list, json_pack("{s:s?, s:i, s:s, s:b}", "file", p->file, "line",
                                                  (int)p->line, "message", p->message, "fatal",
                                                  p->fatal)) < 0)
            return -ENOMEM;
    }
    return 0;
}

json_t *reload_json(struct reload *r)
{
    _cleanup_(serving_unrefp) struct serving *serving = server_serving(r->server);
    _cleanup_json_ json_t *list = json_array();
    json_t *o = NULL;

    (void)pthread_mutex_lock(&r->lock);
    if (list && add_problems(list, r->figures.last_good ? &serving->warnings : &r->problems) == 0)
        o = json_pack("{s:b, s:I, s:I, s:s?, s:O}", "ok", r->figures.last_good, "at_ms",
                      (json_int_t)r->at_ms, "loaded_ms", (json_int_t)r->loaded_ms, "error",
                      r->refusal, "problems", list);
    (void)pthread_mutex_unlock(&r->lock);
    return o;
}

void reload_figures(struct reload *r, struct reload_figures *ret)
{
    (void)pthread_mutex_lock(&r->lock);
    *ret = r->figures;
    (void)pthread_mutex_unlock(&r->lock);
}
