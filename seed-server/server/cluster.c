/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include <pthread.h>

#include "common/log.h"
#include "common/parse.h"

#define RECORD_MAX (128 * 1024) /* bytes of one record in the store */

struct cluster {
    struct plan *plan;
    size_t n;
    pthread_mutex_t lock; /* guards the pointers in records, not what they point to */
    struct host_record **records;
    struct host_record nothing; /* of hosts without any record; never freed */
};

static const char *const state_names[] = {
    [HOST_ABSENT] = "absent",   [HOST_APPROVE] = "approve",         [HOST_ENROLLED] = "enrolled",
    [HOST_RUNNING] = "running", [HOST_WAITING] = "waiting",         [HOST_FAILED] = "failed",
    [HOST_READY] = "ready",     [HOST_QUARANTINED] = "quarantined", [HOST_REMOVED] = "removed",
};

const char *host_state_name(enum host_state state)
{
    return state_names[state];
}

enum host_state host_record_state(const struct host_record *h, bool awaits_approval)
{
    if (h->removed)
        return HOST_REMOVED;
    if (h->quarantined)
        return HOST_QUARANTINED;
    if (!h->enrolled && (!h->install.has_key || awaits_approval))
        return awaits_approval ? HOST_APPROVE : HOST_ABSENT;
    switch (h->progress.state) {
    case REPORT_NONE:
        return HOST_ENROLLED;
    case REPORT_WAITING:
        return HOST_WAITING;
    case REPORT_FAILED:
        return HOST_FAILED;
    case REPORT_DONE:
        return h->progress.step == STEP_REPORT ? HOST_READY : HOST_RUNNING;
    case REPORT_RUNNING:
        break;
    }
    return HOST_RUNNING;
}

static struct host_record *record_ref(struct host_record *h)
{
    (void)__atomic_add_fetch(&h->refs, 1, __ATOMIC_RELAXED); /* counts only */
    return h;
}

void host_record_unref(struct host_record *h)
{
    if (!h || __atomic_sub_fetch(&h->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    free(h->quarantine_reason);
    progress_done(&h->progress);
    free(h);
}

/* A copy to change; NULL without memory. */
static struct host_record *record_copy(const struct host_record *old)
{
    struct host_record *h = malloc(sizeof(*h));

    if (!h)
        return NULL;
    *h = *old;
    h->refs = 1;
    h->quarantine_reason = old->quarantine_reason ? strdup(old->quarantine_reason) : NULL;
    h->progress.message = old->progress.message ? strdup(old->progress.message) : NULL;
    h->progress.boot_id = old->progress.boot_id ? strdup(old->progress.boot_id) : NULL;
    h->progress.details = json_incref(old->progress.details);
    if ((old->quarantine_reason && !h->quarantine_reason) ||
        (old->progress.message && !h->progress.message) ||
        (old->progress.boot_id && !h->progress.boot_id)) {
        host_record_unref(h);
        return NULL;
    }
    return h;
}

static int take_identity(struct host_record *h, const char *value, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    const char *spki;
    int64_t at;
    int r;

    h->enrolled = false;
    if (!value)
        return 0;
    r = json_parse(value, strlen(value), RECORD_MAX, &o, e);
    if (r == 0)
        r = json_get_string(o, "spki", &spki, e);
    if (r == 0)
        r = json_get_int_or(o, "enrolled_ms", 0, &at, e);
    if (r == 0)
        r = parse_hex(spki, h->spki, SHA256_SIZE, e);
    if (r < 0)
        return r;
    h->enrolled = true;
    h->enrolled_ms = (uint64_t)at;
    return 0;
}

static int take_quarantine(struct host_record *h, const char *value, struct error *e)
{
    _cleanup_json_ json_t *o = NULL;
    const char *reason;
    int r;

    free(TAKE_PTR(h->quarantine_reason));
    h->quarantined = value != NULL;
    if (!value)
        return 0;
    r = json_parse(value, strlen(value), RECORD_MAX, &o, e);
    if (r == 0)
        r = json_get_string_or(o, "reason", "", &reason, e);
    if (r < 0)
        return r;
    h->quarantine_reason = strdup(reason);
    return h->quarantine_reason ? 0 : error_oom(e);
}

static int take_removed(struct host_record *h, const char *value, struct error *e)
{
    (void)e; /* that it is there says everything */
    h->removed = value != NULL;
    return 0;
}

static int take_install(struct host_record *h, const char *value, struct error *e)
{
    struct install_record record = {0};
    int r;

    memset(&h->install, 0, sizeof(h->install));
    if (!value)
        return 0;
    r = install_record_parse(value, &record, e);
    if (r == 0 && *record.spki)
        r = parse_hex(record.spki, h->install.spki, SHA256_SIZE, e);
    if (r == 0) {
        h->install.has_key = *record.spki != '\0';
        h->install.state = record.state;
        h->install.incarnation = record.incarnation;
        h->install.since_ms = record.since_ms;
    }
    install_record_done(&record);
    return r;
}

static int take_progress(struct host_record *h, const char *value, struct error *e)
{
    progress_done(&h->progress);
    return value ? progress_parse(value, &h->progress, e) : 0;
}

static const struct {
    const char *prefix;
    int (*take)(struct host_record *h, const char *value, struct error *e);
} kinds[] = {
    {"identity/",   take_identity  },
    {"quarantine/", take_quarantine},
    {"progress/",   take_progress  },
    {"install/",    take_install   },
    {"removed/",    take_removed   },
};

size_t cluster_changed(struct cluster *c, const char *key, const char *value)
{
    struct host_record *h, *old;
    struct error e = ERROR_INIT;
    size_t host;

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t len = strlen(kinds[i].prefix);

        if (strncmp(key, kinds[i].prefix, len) != 0)
            continue;
        host = plan_find_host(c->plan, key + len);
        if (host == SIZE_MAX)
            return SIZE_MAX;
        /* Only the store's writer and whoever made the cluster change it: no lock to read. */
        h = record_copy(c->records[host]);
        if (!h || kinds[i].take(h, value, &e) < 0)
            log_error("store: %s: %s", key, h ? e.message : "out of memory");
        if (!h)
            return SIZE_MAX;
        (void)pthread_mutex_lock(&c->lock);
        old = c->records[host];
        c->records[host] = h;
        (void)pthread_mutex_unlock(&c->lock);
        host_record_unref(old);
        return host;
    }
    return SIZE_MAX;
}

static int load_one(const char *key, const char *value, uint64_t revision, void *userdata)
{
    (void)revision;
    (void)cluster_changed(userdata, key, value); /* hosts that left the inventory are fine */
    return 0;
}

int cluster_new(struct plan *plan, const struct store_view *view, struct cluster **ret,
                struct error *e)
{
    _cleanup_(cluster_freep) struct cluster *c = calloc(1, sizeof(*c));

    if (!c)
        return error_oom(e);
    c->plan = plan_ref(plan);
    c->nothing = (struct host_record){.refs = 1, .progress = PROGRESS_INIT};
    (void)pthread_mutex_init(&c->lock, NULL); /* default attributes: cannot fail on Linux */
    c->records = calloc(plan_host_count(plan) + 1, sizeof(*c->records));
    if (!c->records)
        return error_oom(e);
    c->n = plan_host_count(plan);
    for (size_t i = 0; i < c->n; i++)
        c->records[i] = record_ref(&c->nothing);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        (void)store_view_each(view, kinds[i].prefix, load_one, c); /* load_one never stops it */
    *ret = TAKE_PTR(c);
    return 0;
}

void cluster_free(struct cluster *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++)
        host_record_unref(c->records[i]);
    free(c->records);
    (void)pthread_mutex_destroy(&c->lock);
    plan_unref(c->plan);
    free(c);
}

struct host_record *cluster_host(struct cluster *c, size_t host)
{
    struct host_record *h;

    (void)pthread_mutex_lock(&c->lock);
    h = record_ref(c->records[host]);
    (void)pthread_mutex_unlock(&c->lock);
    return h;
}

int cluster_check_identity(struct cluster *c, size_t host, const uint8_t spki[SHA256_SIZE],
                           struct error *e)
{
    const char *name = plan_host(c->plan, host)->name;
    bool is_pxe = plan_host(c->plan, host)->boot == BOOT_PXE;
    const struct host_record *h;
    const char *why = NULL;
    int code = -EPERM;

    (void)pthread_mutex_lock(&c->lock);
    h = c->records[host];
    if (h->removed)
        why = "was removed";
    else if (h->quarantined)
        why = "is quarantined";
    else if (!h->enrolled) {
        why = "is not enrolled";
        /* Where PXE is to install the host anew, no system that was there before may come back. */
        if (!is_pxe || h->install.state == INSTALL_INSTALLED)
            code = -ENOKEY;
    } else if (!secret_equal(h->spki, spki, SHA256_SIZE))
        why = "is enrolled with another key";
    (void)pthread_mutex_unlock(&c->lock);
    return why ? error_set(e, code, "%s %s", name, why) : 0;
}

int cluster_check_installer(struct cluster *c, size_t host, const uint8_t spki[SHA256_SIZE],
                            struct error *e)
{
    const struct plan_host *h = plan_host(c->plan, host);
    const struct host_record *record;
    const char *why = NULL;

    (void)pthread_mutex_lock(&c->lock);
    record = c->records[host];
    if (h->boot != BOOT_PXE)
        why = "is not installed by PXE";
    else if (record->removed)
        why = "was removed";
    else if (record->quarantined)
        why = "is quarantined";
    else if (!record->install.has_key)
        why = "has no installer";
    else if (!secret_equal(record->install.spki, spki, SHA256_SIZE))
        why = "has another installer now";
    (void)pthread_mutex_unlock(&c->lock);
    return why ? error_set(e, -EPERM, "%s %s", h->name, why) : 0;
}

/* ---- gates ---------------------------------------------------------------------------------- */

struct gate_role {
    struct gate_member *members;
    struct host_record **records;
    size_t n;
};

struct gate_round {
    struct cluster *cluster;
    uint64_t now_ms;
    struct gate_role etcd, masters;
    size_t init;
};

static struct gate_member member_of(const struct plan_host *host, const struct host_record *h)
{
    return (struct gate_member){host->name, h->progress.state == REPORT_NONE ? NULL : &h->progress,
                                h->quarantined};
}

static int fill_role(struct cluster *c, enum role role, struct gate_role *ret)
{
    const size_t *hosts = plan_role_hosts(c->plan, role, &ret->n);

    ret->members = calloc(ret->n + 1, sizeof(*ret->members));
    ret->records = calloc(ret->n + 1, sizeof(*ret->records));
    if (!ret->members || !ret->records)
        return -ENOMEM;
    for (size_t i = 0; i < ret->n; i++) {
        ret->records[i] = cluster_host(c, hosts[i]);
        ret->members[i] = member_of(plan_host(c->plan, hosts[i]), ret->records[i]);
    }
    return 0;
}

static void role_done(struct gate_role *r)
{
    for (size_t i = 0; r->records && i < r->n; i++)
        host_record_unref(r->records[i]);
    free(r->records);
    free(r->members);
}

int gate_round_new(struct cluster *c, uint64_t now_ms, struct gate_round **ret, struct error *e)
{
    _cleanup_(gate_round_freep) struct gate_round *r = calloc(1, sizeof(*r));
    const size_t *masters;
    size_t n;

    if (!r || fill_role(c, ROLE_ETCD, &r->etcd) < 0 || fill_role(c, ROLE_MASTER, &r->masters) < 0)
        return error_oom(e);
    r->cluster = c;
    r->now_ms = now_ms;
    r->init = SIZE_MAX;
    masters = plan_role_hosts(c->plan, ROLE_MASTER, &n);
    for (size_t i = 0; i < n; i++)
        if (plan_host(c->plan, masters[i])->init_master)
            r->init = i;
    *ret = TAKE_PTR(r);
    return 0;
}

void gate_round_free(struct gate_round *r)
{
    if (!r)
        return;
    role_done(&r->etcd);
    role_done(&r->masters);
    free(r);
}

int gate_round_decide(struct gate_round *r, size_t host, enum step gate, struct gate_answer *ret,
                      struct error *e)
{
    _cleanup_(host_record_unrefp) struct host_record *h = cluster_host(r->cluster, host);
    const struct plan_host *p = plan_host(r->cluster->plan, host);
    struct gate_member self = member_of(p, h);
    struct gate_input input = {
        .gate = gate,
        .self = &self,
        .roles = p->roles,
        .init_master = p->init_master,
        .etcd = r->etcd.members,
        .etcd_n = r->etcd.n,
        .masters = r->masters.members,
        .masters_n = r->masters.n,
        .init = r->init,
        .now_ms = r->now_ms,
        .grace_ms = plan_settings(r->cluster->plan)->etcd_grace_ms,
    };

    return gate_decide(&input, ret, e);
}

bool cluster_has_quorum(struct cluster *c)
{
    const size_t *hosts;
    size_t n, done = 0;

    hosts = plan_role_hosts(c->plan, ROLE_ETCD, &n);
    for (size_t i = 0; i < n; i++) {
        struct host_record *h = cluster_host(c, hosts[i]);

        done += h->progress.steps[STEP_ETCD].state == REPORT_DONE;
        host_record_unref(h);
    }
    return n > 0 && done >= n / 2 + 1;
}
