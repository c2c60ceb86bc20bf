/* SPDX-License-Identifier: Apache-2.0 */
#include "marks.h"

#include <pthread.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/protocol.h"
#include "host_key.h"
#include "mark_record.h"
#include "server.h"

#define KIND "marks"
#define PREFIX KIND "/"
#define MADE_KEY "cluster/nodes-made"
#define ALL_MAX ((size_t)1024 * 1024 * 1024) /* of 100,000 hosts, with all that they ever had */

struct marks {
    pthread_mutex_t lock;
    struct mark_turn turn; /* the first master's */
};

int marks_new(struct marks **ret, struct error *e)
{
    struct marks *m = calloc(1, sizeof(*m));

    if (!m)
        return error_oom(e);
    (void)pthread_mutex_init(&m->lock, NULL); /* default attributes: cannot fail on Linux */
    *ret = m;
    return 0;
}

void marks_free(struct marks *m)
{
    if (!m)
        return;
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
}

static const struct plan_host *asker(const struct http_request *r)
{
    return plan_host(r->serving->plan, r->host);
}

/* ---- what hosts have carried out ------------------------------------------------------------- */

void marks_carried_out(const struct store_view *view, struct store_txn *t, const char *host,
                       const char *digest, const struct buf *text)
{
    struct host_key key = host_key(KIND, host);
    _cleanup_json_ json_t *config = NULL;
    _cleanup_free_ char *record = NULL;
    struct error e = ERROR_INIT;
    uint64_t revision;
    const char *had = store_view_get(view, key.text, &revision);

    if (!text->len)
        return; /* which is logged by whoever looked for it */
    if (json_parse(text->data, text->len, PROTOCOL_CONFIG_MAX, &config, &e) < 0 ||
        mark_record_next(had, config, digest, &record, &e) < 0) {
        log_warning("%s's labels and taints: %s, its Node stays as it is", host, e.message);
        return;
    }
    if (!record || (had && strcmp(had, record) == 0))
        return;
    store_txn_expect(t, key.text, revision);
    store_txn_put(t, key.text, record);
}

/* ---- all of them ----------------------------------------------------------------------------- */

struct walk {
    const struct serving *serving;
    json_t *list;    /* NULL: the digest alone */
    struct buf text; /* what the digest is of */
    struct error *e;
};

/* A host that left hosts.ini, or was removed: its Node stays as it is. */
static bool counts(const struct serving *serving, const char *name)
{
    _cleanup_(host_record_unrefp) struct host_record *h = NULL;
    size_t host = plan_find_host(serving->plan, name);

    if (host == SIZE_MAX)
        return false;
    h = cluster_host(serving->cluster, host);
    return !h->removed;
}

static int add_host(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct walk *w = userdata;
    const char *name = key + strlen(PREFIX);
    struct error e = ERROR_INIT;
    json_t *node;
    int r;

    (void)revision;
    if (!counts(w->serving, name))
        return 0;
    buf_addf(&w->text, "%s %s\n", name, value);
    if (!w->list)
        return 0;
    r = mark_record_node(value, name, &node, &e);
    if (r < 0) {
        log_error("store: %s: %s, ignoring", key, e.message);
        return r == -ENOMEM ? error_oom(w->e) : 0;
    }
    return json_array_append_new(w->list, node) < 0 ? error_oom(w->e) : 0;
}

/* ret_list may be NULL. *ret_digest is "" where there is no host with any. */
static int all_marks(const struct serving *serving, const struct store_view *view,
                     json_t **ret_list, char ret_digest[SHA256_TEXT_SIZE], struct error *e)
{
    _cleanup_json_ json_t *list = ret_list ? json_array() : NULL;
    struct walk w = {.serving = serving, .list = list, .text = BUF_INIT(ALL_MAX), .e = e};
    uint8_t sum[SHA256_SIZE];
    int r = ret_list && !list ? error_oom(e) : store_view_each(view, PREFIX, add_host, &w);

    if (r == 0 && buf_check(&w.text) < 0)
        r = error_oom(e);
    ret_digest[0] = '\0';
    if (r == 0 && w.text.len) {
        r = sha256(w.text.data, w.text.len, sum, e);
        if (r == 0)
            format_hex(sum, sizeof(sum), ret_digest);
    }
    buf_done(&w.text);
    if (r == 0 && ret_list)
        *ret_list = TAKE_PTR(list);
    return r;
}

/* ---- what the first master has made ---------------------------------------------------------- */

static struct nodes_made made_until(const struct store_view *view)
{
    const char *text = store_view_get(view, MADE_KEY, NULL);
    struct nodes_made m = {.digest = ""};
    struct error e = ERROR_INIT;

    if (text && nodes_made_parse(text, strlen(text), &m, &e) < 0)
        log_error("store: " MADE_KEY ": %s, ignoring", e.message);
    return m;
}

bool marks_are_waiting(const struct serving *serving, const struct store_view *view)
{
    struct nodes_made made = made_until(view);
    char digest[SHA256_TEXT_SIZE];
    struct error e = ERROR_INIT;

    if (all_marks(serving, view, NULL, digest, &e) < 0) {
        log_warning("labels and taints: %s, ignoring", e.message);
        return false;
    }
    return digest[0] && strcmp(digest, made.digest) != 0;
}

bool marks_due(struct server *s, const struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = NULL;
    char digest[SHA256_TEXT_SIZE];
    struct error e = ERROR_INIT;
    struct nodes_made made;
    bool missing, due;

    if (!asker(r)->init_master)
        return false;
    view = store_view(s->store);
    made = made_until(view);
    if (all_marks(r->serving, view, NULL, digest, &e) < 0) {
        log_warning("labels and taints: %s, ignoring", e.message);
        return false;
    }
    missing = strcmp(digest, made.digest) == 0;
    if (!digest[0] || (missing && !made.missing))
        return false;
    (void)pthread_mutex_lock(&s->marks->lock);
    due = mark_turn_take(&s->marks->turn, digest, missing, clock_monotonic_ms());
    (void)pthread_mutex_unlock(&s->marks->lock);
    return due;
}

bool marks_come(struct server *s, uint64_t now_ms)
{
    bool come;

    (void)pthread_mutex_lock(&s->marks->lock);
    come = mark_turn_comes(&s->marks->turn, now_ms);
    (void)pthread_mutex_unlock(&s->marks->lock);
    return come;
}

/* ---- requests -------------------------------------------------------------------------------- */

/* Answers 403 to others: one that could say what is made would keep it from being made. */
static bool is_first_master(struct http_request *r)
{
    if (asker(r)->init_master)
        return true;
    http_send_error(r, 403, "%s makes no Nodes' labels: it is not the first master",
                    asker(r)->name);
    return false;
}

void handle_nodes(struct server *s, struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    char digest[SHA256_TEXT_SIZE];
    struct error e = ERROR_INIT;
    json_t *list;

    if (!is_first_master(r))
        return;
    if (all_marks(r->serving, view, &list, digest, &e) < 0)
        http_send_failure(r, &e);
    else
        http_send_json(r, 200, json_pack("{s:s, s:o}", "digest", digest, "nodes", list));
}

/* The answer is out before this is on disk: a server that forgets it has it done again. */
void handle_nodes_made(struct server *s, struct http_request *r)
{
    _cleanup_free_ char *record = NULL;
    struct error e = ERROR_INIT;
    struct nodes_made made;
    struct store_txn *t;

    if (!is_first_master(r))
        return;
    if (nodes_made_parse(r->body, r->body_len, &made, &e) < 0) {
        http_send_error(r, 400, "the body is not {\"digest\":\"…\",\"missing\":N}: %s", e.message);
        return;
    }
    record = nodes_made_text(&made);
    t = store_txn_new(); /* NULL is what the submission refuses */
    if (t)
        store_txn_put(t, MADE_KEY, record);
    store_submit(s->store, t, NULL, NULL);
    http_send_empty(r, 204);
}
