/* SPDX-License-Identifier: Apache-2.0 */
#include "pending.h"

#include <pthread.h>

struct entry {
    char fingerprint[SHA256_TEXT_SIZE]; /* "": free */
    char host[254], claims[254];
    char macs[ENROL_MACS_MAX][MAC_TEXT_SIZE];
    size_t macs_n;
    char uuid[UUID_TEXT_SIZE], serial[128], address[IP_TEXT_SIZE], reason[128];
    char *facts; /* JSON text, or NULL */
    bool awaits_approval;
    uint64_t first_ms, last_ms, times;
};

struct pending {
    pthread_mutex_t lock; /* guards all below */
    size_t n;
    struct entry entries[PENDING_MAX];
};

int pending_new(struct pending **ret, struct error *e)
{
    struct pending *p = calloc(1, sizeof(*p));

    if (!p)
        return error_oom(e);
    (void)pthread_mutex_init(&p->lock, NULL); /* default attributes: cannot fail on Linux */
    *ret = p;
    return 0;
}

void pending_free(struct pending *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < PENDING_MAX; i++)
        free(p->entries[i].facts);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct entry *find(struct pending *p, const char *fingerprint)
{
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (strcmp(p->entries[i].fingerprint, fingerprint) == 0)
            return &p->entries[i];
    return NULL;
}

/* Who makes room: strangers before those that wait for an approval, older ones before newer. */
static struct entry *oldest(struct pending *p)
{
    struct entry *best = &p->entries[0];

    for (size_t i = 1; i < PENDING_MAX; i++) {
        struct entry *x = &p->entries[i];

        if (x->awaits_approval != best->awaits_approval ? best->awaits_approval
                                                        : x->last_ms < best->last_ms)
            best = x;
    }
    return best;
}

/* Whether x is one of those that the note's kind is counted among. */
static bool is_alike(const struct entry *x, const struct pending_note *note)
{
    if (!*x->fingerprint || x->awaits_approval != note->awaits_approval)
        return false;
    return note->awaits_approval ? note->host && strcmp(x->host, note->host) == 0
                                 : note->address && strcmp(x->address, note->address) == 0;
}

/* The oldest of its kind, where there are as many as there may be; else NULL. */
static struct entry *crowded_out(struct pending *p, const struct pending_note *note)
{
    size_t n = 0, max = note->awaits_approval ? PENDING_HOST_MAX : PENDING_ADDRESS_MAX;
    struct entry *first = NULL;

    for (size_t i = 0; i < PENDING_MAX; i++) {
        struct entry *x = &p->entries[i];

        if (!is_alike(x, note))
            continue;
        n++;
        if (!first || x->last_ms < first->last_ms)
            first = x;
    }
    return n >= max ? first : NULL;
}

static void copy_text(char *to, size_t size, const char *from)
{
    size_t i;

    for (i = 0; from && from[i] && i + 1 < size; i++)
        to[i] = (unsigned char)from[i] < 0x20 || (unsigned char)from[i] >= 0x7f ? '?' : from[i];
    to[i] = '\0';
}

void pending_add(struct pending *p, const struct pending_note *note)
{
    struct entry *x;

    (void)pthread_mutex_lock(&p->lock);
    x = find(p, note->fingerprint);
    if (!x) {
        x = crowded_out(p, note);
        if (!x) {
            x = find(p, "");
            p->n += x != NULL;
        }
        x = x ? x : oldest(p);
        free(x->facts);
        *x = (struct entry){.first_ms = note->now_ms};
        copy_text(x->fingerprint, sizeof(x->fingerprint), note->fingerprint);
    }
    copy_text(x->host, sizeof(x->host), note->host);
    copy_text(x->claims, sizeof(x->claims), note->claim->host);
    memcpy(x->macs, note->claim->macs, sizeof(x->macs));
    x->macs_n = note->claim->macs_n;
    copy_text(x->uuid, sizeof(x->uuid), note->claim->uuid);
    copy_text(x->serial, sizeof(x->serial), note->claim->serial);
    copy_text(x->address, sizeof(x->address), note->address);
    copy_text(x->reason, sizeof(x->reason), note->reason);
    if (note->facts) {
        free(x->facts);
        x->facts = strdup(note->facts); /* without memory they are missing from a list, no more */
    }
    x->awaits_approval = note->awaits_approval;
    x->last_ms = note->now_ms;
    x->times++;
    (void)pthread_mutex_unlock(&p->lock);
}

static void drop(struct pending *p, struct entry *x)
{
    x->fingerprint[0] = '\0';
    x->host[0] = '\0';
    x->awaits_approval = false;
    free(TAKE_PTR(x->facts));
    p->n--;
}

void pending_remove(struct pending *p, const char *fingerprint)
{
    struct entry *x;

    (void)pthread_mutex_lock(&p->lock);
    x = find(p, fingerprint);
    if (x)
        drop(p, x);
    (void)pthread_mutex_unlock(&p->lock);
}

void pending_remove_host(struct pending *p, const char *host)
{
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PENDING_MAX; i++)
        if (*p->entries[i].fingerprint && strcmp(p->entries[i].host, host) == 0)
            drop(p, &p->entries[i]);
    (void)pthread_mutex_unlock(&p->lock);
}

size_t pending_count(struct pending *p)
{
    size_t n;

    (void)pthread_mutex_lock(&p->lock);
    n = p->n;
    (void)pthread_mutex_unlock(&p->lock);
    return n;
}

static json_t *entry_json(const struct entry *x)
{
    json_t *macs = json_array();

    for (size_t i = 0; i < x->macs_n && macs; i++)
        if (json_array_append_new(macs, json_string(x->macs[i])) < 0) {
            json_decref(macs);
            macs = NULL;
        }
    return json_pack("{s:s, s:s?, s:s?, s:o, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:o}",
                     "fingerprint", x->fingerprint, "host", *x->host ? x->host : NULL, "claims",
                     *x->claims ? x->claims : NULL, "macs", macs, "uuid", x->uuid, "serial",
                     x->serial, "address", x->address, "reason", x->reason, "awaits_approval",
                     x->awaits_approval, "first_ms", (json_int_t)x->first_ms, "last_ms",
                     (json_int_t)x->last_ms, "times", (json_int_t)x->times, "facts",
                     x->facts ? json_loads(x->facts, 0, NULL) : json_null());
}

static int newest_first(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return x->last_ms < y->last_ms ? 1 : x->last_ms > y->last_ms ? -1 : 0;
}

/* Copies what is there; facts are NULL for which there is no memory. */
static size_t copy_entries(struct pending *p, struct entry *ret)
{
    size_t n = 0;

    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PENDING_MAX; i++) {
        if (!*p->entries[i].fingerprint)
            continue;
        ret[n] = p->entries[i];
        ret[n].facts = ret[n].facts ? strdup(ret[n].facts) : NULL;
        n++;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return n;
}

/* Megabytes of JSON are made without the lock, for which those that enrol would wait. */
json_t *pending_json(struct pending *p)
{
    _cleanup_free_ struct entry *copy = calloc(PENDING_MAX, sizeof(*copy));
    json_t *list = copy ? json_array() : NULL;
    size_t n = copy ? copy_entries(p, copy) : 0;

    if (n)
        qsort(copy, n, sizeof(*copy), newest_first);
    for (size_t i = 0; i < n; i++) {
        if (list && json_array_append_new(list, entry_json(&copy[i])) < 0) {
            json_decref(list);
            list = NULL;
        }
        free(copy[i].facts);
    }
    return list;
}

int pending_candidate(struct pending *p, const char *host, const char *fingerprint,
                      char ret[SHA256_TEXT_SIZE], struct error *e)
{
    const struct entry *found = NULL;
    size_t n = 0;

    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PENDING_MAX && p->n > 0; i++) {
        const struct entry *x = &p->entries[i];

        if (!*x->fingerprint || !x->awaits_approval || strcmp(x->host, host) != 0)
            continue;
        if (fingerprint && *fingerprint && strcasecmp(x->fingerprint, fingerprint) != 0)
            continue;
        found = x;
        n++;
    }
    if (n == 1)
        memcpy(ret, found->fingerprint, SHA256_TEXT_SIZE);
    (void)pthread_mutex_unlock(&p->lock);
    if (n == 0)
        return error_set(e, -ENOENT, "no machine%s waits for approval as %s",
                         fingerprint && *fingerprint ? " with this key" : "", host);
    if (n > 1)
        return error_set(e, -EEXIST,
                         "%zu machines wait for approval as %s: name the fingerprint that the "
                         "right one's console shows",
                         n, host);
    return 0;
}

bool pending_awaits_approval(struct pending *p, const char *host, char ret[SHA256_TEXT_SIZE])
{
    int r;

    ret[0] = '\0';
    r = pending_candidate(p, host, NULL, ret, NULL);
    return r == 0 || r == -EEXIST;
}
