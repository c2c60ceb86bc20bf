/* SPDX-License-Identifier: Apache-2.0 */
#include "installs.h"

#include <pthread.h>
#include <stdarg.h>

#include "arm.h"
#include "common/clock.h"
#include "common/log.h"
#include "host_key.h"
#include "install_record.h"
#include "install_slots.h"
#include "log_limit.h"
#include "server.h"
#include "token.h"

#define ATTEMPTS_MAX 4 /* of a transaction that others keep coming before */
#define CONFIG_MAX 65536

struct installs {
    struct server *server;
    pthread_mutex_t lock; /* guards all below */
    struct install_slots slots;
    struct log_limit lines; /* has a lock of its own */
};

/* One request of an installer, while it is decided and stored. */
struct asking {
    struct installs *installs;
    struct http_request *request;
    const struct step_of_install *step;
    char spki[SHA256_TEXT_SIZE]; /* the asker's key */
    unsigned incarnation;        /* that it speaks of, or that is being installed */
    struct install_done done;
    char token[TOKEN_TEXT_SIZE];
    unsigned attempts;
    bool suspended;
};

/* The three requests differ in this: what the body says, what becomes of the record, the answer. */
struct step_of_install {
    int (*parse)(struct asking *a, struct error *e); /* NULL: no body */
    /* Changes the record and adds to t; *ret_store is false when nothing has to be stored, and
     * -EAGAIN when it is another host's turn, which *e says. */
    int (*apply)(struct asking *a, struct install_record *record, struct store_txn *t,
                 bool *ret_store, struct error *e);
    void (*answer)(struct asking *a);
};

static const char *host_of(const struct asking *a)
{
    return plan_host(a->request->serving->plan, a->request->host)->name;
}

static void asking_free(struct asking *a)
{
    explicit_bzero(a->token, sizeof(a->token));
    free(a);
}
DEFINE_CLEANUP(struct asking *, asking_free);

static void end(struct asking *a)
{
    struct http_request *r = a->request;
    bool suspended = a->suspended;

    asking_free(a);
    if (suspended)
        http_resume(r);
}

/* ---- whose turn it is ----------------------------------------------------------------------- */

void installs_seen(struct installs *n, const struct http_request *r)
{
    _cleanup_(host_record_unrefp) struct host_record *h =
        cluster_host(r->serving->cluster, r->host);
    const char *host = plan_host(r->serving->plan, r->host)->name;

    (void)pthread_mutex_lock(&n->lock);
    install_slots_seen(&n->slots, host, clock_monotonic_ms());
    (void)pthread_mutex_unlock(&n->lock);
    if (h->install.state != INSTALL_INSTALLED)
        arm_keep_open(n->server->store, r->serving->plan, host);
}

void installs_give_up(struct installs *n, const char *host)
{
    (void)pthread_mutex_lock(&n->lock);
    install_slots_end(&n->slots, host);
    (void)pthread_mutex_unlock(&n->lock);
}

void installs_say(struct installs *n, const char *format, ...)
{
    char line[512];
    uint64_t left_out;
    va_list ap;

    if (!log_limit_pass(&n->lines, clock_monotonic_ms(), &left_out))
        return;
    if (left_out)
        log_info("%llu machines that booted before this one are not in the log",
                 (unsigned long long)left_out);
    va_start(ap, format);
    (void)vsnprintf(line, sizeof(line), format, ap); /* cut short is fine */
    va_end(ap);
    log_info("%s", line);
}

static int take_turn(const struct asking *a, struct error *e)
{
    const struct plan_settings *settings = plan_settings(a->request->serving->plan);
    struct installs *n = a->installs;
    size_t writing;
    int r;

    (void)pthread_mutex_lock(&n->lock);
    r = install_slots_take(&n->slots, host_of(a), settings->install_parallel,
                           settings->step_timeout_ms, clock_monotonic_ms(), &writing);
    (void)pthread_mutex_unlock(&n->lock);
    if (r < 0)
        return error_oom(e);
    if (r == 0)
        return error_set(e, -EAGAIN,
                         "%zu hosts are being installed, as many as seed_install_parallel lets: "
                         "waiting for one to end",
                         writing);
    return 0;
}

static int keep_one(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct install_record record = {0};
    struct installs *n = userdata;
    struct error e = ERROR_INIT;
    int r = 0;

    (void)revision;
    if (install_record_parse(value, &record, &e) < 0)
        return 0; /* told when somebody asks for it */
    if (record.state == INSTALL_WRITING)
        r = install_slots_keep(&n->slots, key + strlen("install/"), clock_monotonic_ms());
    install_record_done(&record);
    return r;
}

/* ---- the three steps ------------------------------------------------------------------------ */

static int apply_grant(struct asking *a, struct install_record *record, struct store_txn *t,
                       bool *ret_store, struct error *e)
{
    int r = install_may_write(record, e);

    (void)t;
    if (r == 0)
        r = take_turn(a, e);
    if (r < 0)
        return r;
    *ret_store = record->state == INSTALL_ARMED;
    if (*ret_store) {
        record->state = INSTALL_WRITING;
        record->since_ms = clock_realtime_ms();
        log_info("%s: incarnation %u may be written", host_of(a), record->incarnation);
    }
    a->incarnation = record->incarnation;
    return 0;
}

static void answer_grant(struct asking *a)
{
    _cleanup_buf_ struct buf text = BUF_INIT(CONFIG_MAX);
    struct error e = ERROR_INIT;

    if (plan_render_install(a->request->serving->plan, a->request->host, a->incarnation, &text,
                            &e) < 0)
        http_send_failure(a->request, &e);
    else
        http_send_buf(a->request, 200, "application/json", &text);
}

static int parse_handover(struct asking *a, struct error *e)
{
    return install_handover_parse(a->request->body, a->request->body_len, &a->incarnation, e);
}

/* The installer may have lost the answer, or its machine its power: each call makes a new token,
 * and the one before is void. */
static int apply_handover(struct asking *a, struct install_record *record, struct store_txn *t,
                          bool *ret_store, struct error *e)
{
    int r = install_may_hand_over(record, a->incarnation, e);

    if (r == 0)
        r = token_make(host_of(a), a->token, t, e);
    *ret_store = r == 0;
    return r;
}

static void answer_handover(struct asking *a)
{
    log_info("%s: the token for the installed system's key was handed to its installer",
             host_of(a));
    http_send_json_secret(a->request, 200, json_pack("{s:s}", "token", a->token));
}

static int parse_done(struct asking *a, struct error *e)
{
    return install_done_parse(a->request->body, a->request->body_len, &a->done, e);
}

/* From here on the machine starts from its disk. The window in which the system there may enrol
 * opens now: writing may have taken longer than one lasts. */
static int apply_done(struct asking *a, struct install_record *record, struct store_txn *t,
                      bool *ret_store, struct error *e)
{
    uint64_t now = clock_realtime_ms();
    int r = install_apply_done(record, &a->done, now, ret_store, e);

    if (r < 0 || !*ret_store)
        return r;
    arm_put(t, host_of(a), now);
    log_info("%s: incarnation %u is installed", host_of(a), record->incarnation);
    return 0;
}

static void answer_done(struct asking *a)
{
    installs_give_up(a->installs, host_of(a));
    http_send_empty(a->request, 204);
}

static const struct step_of_install grant = {NULL, apply_grant, answer_grant};
static const struct step_of_install handover = {parse_handover, apply_handover, answer_handover};
static const struct step_of_install done = {parse_done, apply_done, answer_done};

/* ---- deciding and storing ------------------------------------------------------------------- */

static void decide(struct asking *a);

static void over(int result, void *userdata)
{
    struct asking *a = userdata;
    struct error e = ERROR_INIT;

    if (result == -EAGAIN && ++a->attempts < ATTEMPTS_MAX) {
        decide(a); /* something came first: look again */
        return;
    }
    if (result < 0) {
        (void)error_set_errno(&e, result, "installing %s", host_of(a));
        http_send_failure(a->request, &e);
    } else {
        a->step->answer(a);
    }
    end(a);
}

static void send_refusal(struct asking *a, const struct error *e)
{
    if (e->code == -EEXIST)
        http_send_error(a->request, 409, "%s", e->message);
    else if (e->code == -EAGAIN)
        http_send_json_retry(a->request, 202,
                             json_pack("{s:b, s:s}", "granted", 0, "reason", e->message));
    else
        http_send_failure(a->request, e);
}

/* The key is looked at again: another installer may have enrolled since the request came. */
static int apply(struct asking *a, struct install_stored *install, struct store_txn *t,
                 bool *ret_store, struct error *e)
{
    if (strcmp(install->record.spki, a->spki) != 0)
        return error_set(e, -EPERM, "%s has another installer now", host_of(a));
    return a->step->apply(a, &install->record, t, ret_store, e);
}

/* Ends a: answers it now, or when a transaction is over. */
static void decide(struct asking *a)
{
    struct store *store = a->installs->server->store;
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(store);
    _cleanup_(install_stored_done) struct install_stored install = {0};
    _cleanup_(store_txn_freep) struct store_txn *t = store_txn_new();
    struct error e = ERROR_INIT;
    bool stores = false;
    int r;

    install_stored_read(view, host_of(a), &install);
    r = t ? apply(a, &install, t, &stores, &e) : error_oom(&e);
    if (r < 0) {
        send_refusal(a, &e);
        end(a);
    } else if (!stores) {
        a->step->answer(a);
        end(a);
    } else {
        install_stored_put(&install, host_of(a), t);
        if (!a->suspended) {
            a->suspended = true;
            http_suspend(a->request);
        }
        store_submit(store, TAKE_PTR(t), over, a);
    }
}

static void ask(struct installs *n, struct http_request *r, const struct step_of_install *step)
{
    _cleanup_(asking_freep) struct asking *a = calloc(1, sizeof(*a));
    const struct x509_peer *peer;
    struct error e = ERROR_INIT;
    int result;

    if (!a) {
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    a->installs = n;
    a->request = r;
    a->step = step;
    result = http_peer(r, &peer, &e);
    if (result == 0) {
        format_hex(peer->spki, SHA256_SIZE, a->spki);
        result = step->parse ? step->parse(a, &e) : 0;
    }
    if (result < 0) {
        if (result == -E2BIG)
            e.code = -EINVAL;
        http_send_failure(r, &e);
        return;
    }
    decide(TAKE_PTR(a));
}

void installs_ask(struct installs *n, struct http_request *r)
{
    ask(n, r, &grant);
}

void installs_hand_over(struct installs *n, struct http_request *r)
{
    ask(n, r, &handover);
}

void installs_done(struct installs *n, struct http_request *r)
{
    ask(n, r, &done);
}

int installs_new(struct server *server, struct installs **ret, struct error *e)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(server->store);
    struct installs *n = calloc(1, sizeof(*n));

    if (!n)
        return error_oom(e);
    n->server = server;
    n->lines = (struct log_limit)LOG_LIMIT_INIT;
    (void)pthread_mutex_init(&n->lock, NULL); /* default attributes: cannot fail on Linux */
    if (store_view_each(view, "install/", keep_one, n) < 0) {
        installs_free(n);
        return error_oom(e);
    }
    *ret = n;
    return 0;
}

void installs_free(struct installs *n)
{
    if (!n)
        return;
    install_slots_done(&n->slots);
    (void)pthread_mutex_destroy(&n->lock);
    free(n);
}
