/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <pthread.h>
#include <time.h>

#include "common/log.h"
#include "pmap.h"
#include "store_backend.h"

/* The map in memory is what everyone reads; the back end is how it comes back after a restart. The
 * writer applies a batch to a private map and to the back end, commits with an fsync, and only then
 * publishes the map: whatever can be read has been committed. A batch that cannot be committed is
 * forgotten by dropping the private map. */

#define WATCHES_MAX 8
#define BATCH_MAX 4096 /* transactions in one commit: bounds the time to the first reply */

#define SCRUB_AFTER_S 1

enum op_kind { OP_EXPECT, OP_PUT, OP_DELETE };

struct op {
    struct op *next;
    enum op_kind kind;
    uint64_t revision;
    size_t value_len;
    char *value; /* behind key */
    char key[];
};

struct store_txn {
    struct store_txn *next;
    struct op *first, **last;
    bool out_of_memory;
    int result;
    uint64_t revision; /* once it was applied */
    store_done *done;
    void *userdata;
};

struct store_view {
    unsigned refs;
    uint64_t revision;
    struct pmap *map;
};

struct watch {
    const char *prefix;
    store_changed *changed;
    void *userdata;
};

struct store {
    struct store_backend *backend;
    pthread_t writer;
    bool writer_runs;
    bool deleted; /* the writer's: since the back end was scrubbed, or by who ran before */

    struct watch watches[WATCHES_MAX];
    size_t watches_n;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t wake;
    struct store_txn *first, **last;
    bool stopping;
    struct store_view *current;
    struct store_figures figures;
};

static struct store_view *view_new(struct pmap *map, uint64_t revision)
{
    struct store_view *v = malloc(sizeof(*v));

    if (!v)
        return NULL;
    v->refs = 1;
    v->revision = revision;
    v->map = pmap_ref(map);
    return v;
}

struct store_view *store_view(struct store *s)
{
    struct store_view *v;

    (void)pthread_mutex_lock(&s->lock); /* cannot fail: not recursive, never destroyed in use */
    v = s->current;
    (void)__atomic_add_fetch(&v->refs, 1, __ATOMIC_RELAXED);
    (void)pthread_mutex_unlock(&s->lock);
    return v;
}

void store_view_unref(struct store_view *v)
{
    if (!v || __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    pmap_unref(v->map);
    free(v);
}

const char *store_view_get(const struct store_view *v, const char *key, uint64_t *ret_revision)
{
    const struct pmap_item *item = pmap_get(v->map, key);

    if (ret_revision)
        *ret_revision = item ? item->revision : 0;
    return item ? item->value : NULL;
}

uint64_t store_view_revision(const struct store_view *v)
{
    return v->revision;
}

struct each_context {
    store_seen *seen;
    void *userdata;
};

static int each_item(const struct pmap_item *item, void *userdata)
{
    struct each_context *c = userdata;

    return c->seen(item->key, item->value, item->revision, c->userdata);
}

int store_view_each(const struct store_view *v, const char *prefix, store_seen *seen,
                    void *userdata)
{
    struct each_context c = {seen, userdata};

    return pmap_each(v->map, prefix, each_item, &c);
}

struct store_txn *store_txn_new(void)
{
    struct store_txn *t = calloc(1, sizeof(*t));

    if (t)
        t->last = &t->first;
    return t;
}

void store_txn_free(struct store_txn *t)
{
    if (!t)
        return;
    while (t->first) {
        struct op *op = t->first;

        t->first = op->next;
        free(op);
    }
    free(t);
}

static void txn_add(struct store_txn *t, enum op_kind kind, const char *key, const char *value,
                    uint64_t revision)
{
    size_t key_len = strlen(key), value_len = value ? strlen(value) : 0;
    struct op *op;

    if (!t)
        return;
    op = malloc(sizeof(*op) + key_len + value_len + 2);
    if (!op) {
        t->out_of_memory = true;
        return;
    }
    op->next = NULL;
    op->kind = kind;
    op->revision = revision;
    op->value_len = value_len;
    op->value = op->key + key_len + 1;
    memcpy(op->key, key, key_len + 1);
    if (value_len)
        memcpy(op->value, value, value_len);
    op->value[value_len] = '\0';
    *t->last = op;
    t->last = &op->next;
}

void store_txn_expect(struct store_txn *t, const char *key, uint64_t revision)
{
    txn_add(t, OP_EXPECT, key, NULL, revision);
}

void store_txn_put(struct store_txn *t, const char *key, const char *value)
{
    if (value)
        txn_add(t, OP_PUT, key, value, 0);
    else if (t)
        t->out_of_memory = true;
}

void store_txn_delete(struct store_txn *t, const char *key)
{
    txn_add(t, OP_DELETE, key, NULL, 0);
}

/* Applies one transaction to *map, or leaves it as it was. Only a conflict (-EAGAIN) and a lack of
 * memory while building concern this transaction alone; any other failure spoils the batch. */
static int apply(struct store *s, struct store_txn *t, struct pmap **map, uint64_t revision,
                 bool *ret_spoiled)
{
    _cleanup_(pmap_unrefp) struct pmap *m = pmap_ref(*map);
    const struct op *op;
    int r;

    if (t->out_of_memory)
        return -ENOMEM;
    for (op = t->first; op; op = op->next) {
        const struct pmap_item *item = op->kind == OP_EXPECT ? pmap_get(m, op->key) : NULL;

        if (op->kind == OP_EXPECT && (item ? item->revision : 0) != op->revision)
            return -EAGAIN;
    }
    for (op = t->first; op; op = op->next) {
        struct pmap *changed;

        if (op->kind == OP_EXPECT)
            continue;
        s->deleted |= op->kind == OP_DELETE;
        r = op->kind == OP_PUT ? pmap_put(m, op->key, op->value, op->value_len, revision, &changed)
                               : pmap_delete(m, op->key, &changed);
        if (r == 0) {
            pmap_unref(m);
            m = changed;
            r = op->kind == OP_PUT
                    ? backend_put(s->backend, op->key, op->value, op->value_len, revision)
                    : backend_delete(s->backend, op->key);
        }
        if (r < 0) {
            *ret_spoiled = true; /* the back end may hold half of it transaction */
            return r;
        }
    }
    pmap_unref(*map);
    *map = TAKE_PTR(m);
    t->revision = revision;
    return 0;
}

static void tell_watches(struct store *s, const struct store_txn *t)
{
    size_t i;

    for (const struct op *op = t->first; op; op = op->next) {
        if (op->kind == OP_EXPECT)
            continue;
        for (i = 0; i < s->watches_n; i++)
            if (strncmp(op->key, s->watches[i].prefix, strlen(s->watches[i].prefix)) == 0)
                s->watches[i].changed(op->key, op->kind == OP_PUT ? op->value : NULL, t->revision,
                                      s->watches[i].userdata);
    }
}

/* One commit for the whole batch. A failure of the commit is every transaction's failure. */
static void write_batch(struct store *s, struct store_txn *batch)
{
    _cleanup_(pmap_unrefp) struct pmap *map = pmap_ref(s->current->map);
    uint64_t revision = s->current->revision, n = 0, conflicts = 0;
    struct store_view *view = NULL, *old;
    struct store_txn *t;
    bool spoiled = false;
    int r = backend_begin(s->backend);

    for (t = batch; t; t = t->next)
        n++;
    spoiled = r < 0;
    for (t = batch; t && !spoiled; t = t->next) {
        t->result = apply(s, t, &map, revision + 1, &spoiled);
        if (spoiled)
            r = t->result;
        else if (t->result == 0)
            revision++;
        else if (t->result == -EAGAIN)
            conflicts++;
    }
    if (!spoiled) {
        view = view_new(map, revision);
        r = view ? backend_commit(s->backend) : -ENOMEM;
        spoiled = r < 0;
    }
    if (spoiled) {
        log_error("store: %s, nothing of %s was stored, the next one is tried afresh",
                  r == -ENOSPC ? "the disk is full" : strerror(-r),
                  n > 1 ? "several transactions" : "a transaction");
        backend_rollback(s->backend);
        store_view_unref(view);
    }
    (void)pthread_mutex_lock(&s->lock);
    if (!spoiled) {
        old = s->current;
        s->current = view;
        view = old;
    }
    s->figures.transactions += n;
    s->figures.conflicts += conflicts;
    if (spoiled)
        s->figures.failures++;
    else
        s->figures.commits++;
    (void)pthread_mutex_unlock(&s->lock);
    if (!spoiled)
        store_view_unref(view);

    while (batch) {
        t = batch;
        batch = t->next;
        if (spoiled)
            t->result = r;
        else if (t->result == 0)
            tell_watches(s, t);
        if (t->done)
            t->done(t->result, t->userdata);
        store_txn_free(t);
    }
}

/* What is deleted may be a secret, such as a token that was used, and is still in what the back end
 * logged. Taken out of it once nobody waits for the writer. */
static void scrub(struct store *s)
{
    int r = backend_scrub(s->backend);

    s->deleted = false;
    if (r < 0)
        log_warning("store: %s: what was deleted stays in its log until the next time, ignoring",
                    strerror(-r));
}

/* With s->lock, until there is something to write or the store closes. */
static void wait_for_work(struct store *s)
{
    struct timespec until;

    while (!s->first && !s->stopping) {
        if (!s->deleted) {
            (void)pthread_cond_wait(&s->wake, &s->lock);
            continue;
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail: Linux has it */
        until.tv_sec += SCRUB_AFTER_S;
        if (pthread_cond_clockwait(&s->wake, &s->lock, CLOCK_MONOTONIC, &until) != ETIMEDOUT)
            continue;
        (void)pthread_mutex_unlock(&s->lock);
        scrub(s);
        (void)pthread_mutex_lock(&s->lock);
    }
}

/* Cuts at most BATCH_MAX transactions off the queue; NULL when the store is closing and empty. */
static struct store_txn *take_batch(struct store *s)
{
    struct store_txn *batch, **end;
    size_t n = 0;

    (void)pthread_mutex_lock(&s->lock);
    wait_for_work(s);
    batch = s->first;
    for (end = &batch; *end && n < BATCH_MAX; n++)
        end = &(*end)->next;
    s->first = *end;
    *end = NULL;
    if (!s->first)
        s->last = &s->first;
    (void)pthread_mutex_unlock(&s->lock);
    return batch;
}

static void *writer_main(void *userdata)
{
    struct store *s = userdata;
    struct store_txn *batch;

    while ((batch = take_batch(s)))
        write_batch(s, batch);
    return NULL;
}

void store_submit(struct store *s, struct store_txn *t, store_done *done, void *userdata)
{
    if (!t) {
        if (done)
            done(-ENOMEM, userdata);
        return;
    }
    t->done = done;
    t->userdata = userdata;
    t->next = NULL;
    (void)pthread_mutex_lock(&s->lock);
    if (s->stopping) {
        (void)pthread_mutex_unlock(&s->lock);
        if (done)
            done(-ESHUTDOWN, userdata);
        store_txn_free(t);
        return;
    }
    *s->last = t;
    s->last = &t->next;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
}

struct commit_wait {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool over;
    int result;
};

static void commit_over(int result, void *userdata)
{
    struct commit_wait *w = userdata;

    (void)pthread_mutex_lock(&w->lock);
    w->over = true;
    w->result = result;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
}

int store_commit(struct store *s, struct store_txn *t, struct error *e)
{
    struct commit_wait w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0};

    store_submit(s, t, commit_over, &w);
    (void)pthread_mutex_lock(&w.lock);
    while (!w.over)
        (void)pthread_cond_wait(&w.wake, &w.lock);
    (void)pthread_mutex_unlock(&w.lock);
    if (w.result == -EAGAIN)
        return error_set(e, w.result, "storing: another change came first");
    if (w.result < 0)
        return error_set_errno(e, w.result, "storing");
    return 0;
}

int store_watch(struct store *s, const char *prefix, store_changed *changed, void *userdata)
{
    if (s->watches_n == WATCHES_MAX)
        return -E2BIG;
    s->watches[s->watches_n++] = (struct watch){prefix, changed, userdata};
    return 0;
}

void store_figures(struct store *s, struct store_figures *ret)
{
    (void)pthread_mutex_lock(&s->lock);
    *ret = s->figures;
    ret->keys = pmap_count(s->current->map);
    (void)pthread_mutex_unlock(&s->lock);
}

static int load_one(const char *key, const void *value, size_t len, uint64_t revision,
                    void *userdata)
{
    struct store_view *v = userdata;
    struct pmap *bigger;
    int r = pmap_put(v->map, key, value, len, revision, &bigger);

    if (r < 0)
        return r;
    pmap_unref(v->map);
    v->map = bigger;
    if (revision > v->revision)
        v->revision = revision;
    return 0;
}

int store_open(const char *path, struct store **ret, struct error *e)
{
    _cleanup_(store_closep) struct store *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return error_oom(e);
    s->last = &s->first;
    (void)pthread_mutex_init(&s->lock, NULL); /* default attributes: cannot fail on Linux */
    (void)pthread_cond_init(&s->wake, NULL);
    s->current = view_new(NULL, 0);
    if (!s->current)
        return error_oom(e);
    s->deleted = true;
    r = backend_open(path, &s->backend, e);
    if (r == 0)
        r = backend_load(s->backend, load_one, s->current, e);
    if (r < 0) {
        (void)error_wrap(e, "%s", path);
        return r;
    }
    r = -pthread_create(&s->writer, NULL, writer_main, s);
    if (r < 0)
        return error_set_errno(e, r, "starting the store's writer");
    s->writer_runs = true;
    *ret = TAKE_PTR(s);
    return 0;
}

void store_stop(struct store *s)
{
    if (!s->writer_runs)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->writer, NULL); /* a thread of ours that was never joined before */
    s->writer_runs = false;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    store_stop(s);
    backend_close(s->backend);
    store_view_unref(s->current);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->wake);
    free(s);
}
