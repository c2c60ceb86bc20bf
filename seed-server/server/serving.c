/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include "common/protocol.h"
#include "range.h"

/* Rendered documents kept; more are made anew. A worker's cost a few µs, see render_prototype.c,
 * and a boot asks for each of them once or twice: without many hosts all are kept, with many some.
 */
#define PREPARED_CHEAP_MAX (16UL * 1024 * 1024)
#define PREPARED_MAX (384UL * 1024 * 1024)
#define PREPARED_OVERHEAD 512 /* of one kept document, about */

static const struct {
    const char *kind; /* NoCloud's name; NULL: the node config */
    const char *content_type;
} documents[DOCUMENT_COUNT] = {
    [DOCUMENT_CONFIG] = {NULL,          "application/json"},
    [DOCUMENT_META_DATA] = {"meta-data",   "text/yaml"       },
    [DOCUMENT_USER_DATA] = {"user-data",   "text/yaml"       },
    [DOCUMENT_VENDOR_DATA] = {"vendor-data", "text/yaml"       },
};

struct ready {
    struct http_answer *answer;
    unsigned incarnation; /* of the host that it was rendered for */
    char etag[SHA256_TEXT_SIZE + 2];
};

struct prepared {
    struct ready *documents[DOCUMENT_COUNT]; /* atomic; set once */
};

static void ready_free(struct ready *d)
{
    if (!d)
        return;
    http_answer_free(d->answer);
    free(d);
}
DEFINE_CLEANUP(struct ready *, ready_free);

int serving_new(struct plan *plan, struct cluster *cluster, struct artifacts *artifacts,
                struct problems *warnings, uint64_t now_ms, struct serving **ret, struct error *e)
{
    struct serving *s = calloc(1, sizeof(*s));
    struct prepared *prepared = calloc(plan_host_count(plan) + 1, sizeof(*prepared));

    if (!s || !prepared) {
        free(s);
        free(prepared);
        return error_oom(e);
    }
    *s = (struct serving){.refs = 1,
                          .plan = plan_ref(plan),
                          .cluster = cluster,
                          .artifacts = artifacts,
                          .warnings = *warnings,
                          .loaded_ms = now_ms,
                          .prepared = prepared};
    *warnings = (struct problems){0};
    *ret = s;
    return 0;
}

struct serving *serving_ref(struct serving *s)
{
    (void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED); /* counts only */
    return s;
}

void serving_unref(struct serving *s)
{
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (size_t i = 0; i < plan_host_count(s->plan); i++)
        for (size_t k = 0; k < DOCUMENT_COUNT; k++)
            ready_free(s->prepared[i].documents[k]);
    free(s->prepared);
    free(s->config_tags);
    problems_done(&s->warnings);
    artifacts_free(s->artifacts);
    cluster_free(s->cluster);
    plan_unref(s->plan);
    free(s);
}

/* name is for NoCloud's documents, host for the others. */
static int render(struct serving *s, size_t host, const char *name, enum document document,
                  unsigned incarnation, struct ready **ret, size_t *ret_len, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_CONFIG_MAX);
    _cleanup_(ready_freep) struct ready *d = calloc(1, sizeof(*d));
    char header[sizeof(d->etag) + 8], hex[SHA256_TEXT_SIZE];
    const char *const headers[] = {header, NULL};
    uint8_t digest[SHA256_SIZE];
    int r;

    if (!d)
        return error_oom(e);
    r = documents[document].kind
            ? plan_render_nocloud(s->plan, name, documents[document].kind, &text, e)
            : plan_render_incarnation(s->plan, host, incarnation, &text, e);
    if (r == 0)
        r = sha256(text.data ? text.data : "", text.len, digest, e);
    if (r < 0)
        return r;
    format_hex(digest, sizeof(digest), hex);
    (void)snprintf(d->etag, sizeof(d->etag), "\"%s\"", hex); /* fits by its size, as the next */
    (void)snprintf(header, sizeof(header), "ETag: %s", d->etag);
    d->incarnation = incarnation;
    d->answer = http_answer_new(text.data, text.len, documents[document].content_type, headers);
    if (!d->answer)
        return error_oom(e);
    *ret_len = text.len;
    *ret = TAKE_PTR(d);
    return 0;
}

/* Keeps a document when there is room; answers the one that is kept (another thread may have been
 * first) and sets *ready to it, so that what stays in *ready afterwards is the caller's. */
static bool keep(struct serving *s, size_t host, enum document document, struct ready **ready,
                 size_t len)
{
    struct ready *expected = NULL;
    bool cheap = document != DOCUMENT_CONFIG || plan_host(s->plan, host)->roles == ROLE_NODE;
    size_t cost = len + PREPARED_OVERHEAD, max = cheap ? PREPARED_CHEAP_MAX : PREPARED_MAX;

    if (__atomic_add_fetch(&s->prepared_bytes, cost, __ATOMIC_RELAXED) > max) {
        (void)__atomic_sub_fetch(&s->prepared_bytes, cost, __ATOMIC_RELAXED);
        return false;
    }
    if (!__atomic_compare_exchange_n(&s->prepared[host].documents[document], &expected, *ready,
                                     false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        (void)__atomic_sub_fetch(&s->prepared_bytes, cost, __ATOMIC_RELAXED);
        ready_free(*ready);
        *ready = expected;
    }
    return true;
}

static void send_not_modified(struct http_request *r, const char *etag)
{
    char header[SHA256_TEXT_SIZE + 16];
    const char *const headers[] = {header, NULL};

    (void)snprintf(header, sizeof(header), "ETag: %s", etag); /* fits: a quoted digest */
    http_send(r, 304, http_answer_new("", 0, NULL, headers));
}

static unsigned incarnation_of(struct serving *s, size_t host)
{
    _cleanup_(host_record_unrefp) struct host_record *h = cluster_host(s->cluster, host);

    return h->install.incarnation ? h->install.incarnation : 1;
}

int serving_config(struct serving *s, size_t host, struct buf *out, char ret[SHA256_TEXT_SIZE],
                   struct error *e)
{
    struct ready *d =
        __atomic_load_n(&s->prepared[host].documents[DOCUMENT_CONFIG], __ATOMIC_ACQUIRE);
    _cleanup_buf_ struct buf own = BUF_INIT(PROTOCOL_CONFIG_MAX);
    struct buf *text = out ? out : &own;
    unsigned incarnation = incarnation_of(s, host);
    uint8_t digest[SHA256_SIZE];
    int r;

    if (!out && d && d->incarnation == incarnation) {
        memcpy(ret, d->etag + 1, SHA256_TEXT_SIZE - 1); /* without its quotes */
        ret[SHA256_TEXT_SIZE - 1] = '\0';
        return 0;
    }
    r = plan_render_incarnation(s->plan, host, incarnation, text, e);
    if (r == 0)
        r = sha256(text->data, text->len, digest, e);
    if (r < 0)
        return error_wrap(e, "rendering for %s", plan_host(s->plan, host)->name);
    format_hex(digest, sizeof(digest), ret);
    return 0;
}

/* One array for all hosts, made when the first asks; NULL without memory. */
static uint64_t *config_tags(struct serving *s)
{
    uint64_t *tags = __atomic_load_n(&s->config_tags, __ATOMIC_ACQUIRE), *had = NULL;

    if (tags)
        return tags;
    tags = calloc(plan_host_count(s->plan) + 1, sizeof(*tags));
    if (!tags || __atomic_compare_exchange_n(&s->config_tags, &had, tags, false, __ATOMIC_ACQ_REL,
                                             __ATOMIC_ACQUIRE))
        return tags;
    free(tags);
    return had;
}

/* The digest's first 14 digits, and the incarnation's last 8 bits: a host that is installed anew
 * has another config. Never 0. */
static uint64_t tag_of(const char *sha256, unsigned incarnation)
{
    char head[15] = "";

    memcpy(head, sha256, strnlen(sha256, sizeof(head) - 1));
    return strtoull(head, NULL, 16) << 8 | (incarnation & 0x7f) << 1 | 1;
}

bool serving_config_is(struct serving *s, size_t host, const char *sha256)
{
    unsigned incarnation = incarnation_of(s, host);
    uint64_t wanted = tag_of(sha256, incarnation), mask = 0xff, *tags = config_tags(s);
    uint64_t tag = tags ? __atomic_load_n(&tags[host], __ATOMIC_RELAXED) : 0;
    char current[SHA256_TEXT_SIZE];

    if ((tag & mask) == (wanted & mask))
        return tag == wanted;
    if (serving_config(s, host, NULL, current, NULL) < 0)
        return false;
    if (tags)
        __atomic_store_n(&tags[host], tag_of(current, incarnation), __ATOMIC_RELAXED);
    return strcmp(current, sha256) == 0;
}

void serving_send(struct serving *s, struct http_request *r, size_t host, enum document document)
{
    struct ready *d = __atomic_load_n(&s->prepared[host].documents[document], __ATOMIC_ACQUIRE);
    struct error e = ERROR_INIT;
    unsigned incarnation = incarnation_of(s, host);
    bool kept = true, outdated = d && d->incarnation != incarnation;
    size_t len = 0;

    if (!d || outdated) {
        if (render(s, host, plan_host(s->plan, host)->name, document, incarnation, &d, &len, &e) <
            0) {
            (void)error_wrap(&e, "rendering for %s", plan_host(s->plan, host)->name);
            http_send_failure(r, &e);
            return;
        }
        /* A reinstalled host's old answer stays where it is, and may be on its way to somebody. */
        kept = !outdated && keep(s, host, document, &d, len);
    }
    if (etag_listed(http_header(r, "If-None-Match"), d->etag)) {
        send_not_modified(r, d->etag);
    } else if (kept) {
        http_send_shared(r, 200, d->answer);
        return;
    } else {
        http_send(r, 200, TAKE_PTR(d->answer));
    }
    if (!kept)
        ready_free(d);
}

void serving_send_to_stranger(struct serving *s, struct http_request *r, const char *name,
                              enum document document)
{
    _cleanup_(ready_freep) struct ready *d = NULL;
    struct error e = ERROR_INIT;
    size_t len;

    if (render(s, SIZE_MAX, name, document, 1, &d, &len, &e) < 0) {
        (void)error_wrap(&e, "rendering for %s", name);
        http_send_failure(r, &e);
    } else if (etag_listed(http_header(r, "If-None-Match"), d->etag)) {
        send_not_modified(r, d->etag);
    } else {
        http_send(r, 200, TAKE_PTR(d->answer));
    }
}
