/* SPDX-License-Identifier: Apache-2.0 */
#include "host_changes.h"

#include "arm.h"
#include "common/clock.h"
#include "common/log.h"
#include "enrolment.h"
#include "gates.h"
#include "host_key.h"
#include "install_record.h"
#include "pending.h"
#include "server.h"
#include "token.h"

/* A change that an administrator asked for, until it is stored. */
struct change {
    struct http_request *request;
    json_t *answer;
};

static void change_over(int result, void *userdata)
{
    struct change *c = userdata;
    struct http_request *r = c->request;
    struct error e = ERROR_INIT;

    if (result == 0) {
        http_send_json_secret(r, 200, c->answer);
    } else {
        json_decref(c->answer);
        (void)error_set_errno(&e, result, "storing");
        http_send_failure(r, &e);
    }
    free(c);
    http_resume(r);
}

/* Takes t and answer; NULL for either means that there was no memory. */
static void submit_change(struct server *s, struct http_request *r, struct store_txn *t,
                          json_t *answer)
{
    struct change *c = malloc(sizeof(*c));
    struct error e = ERROR_INIT;

    if (!c || !t || !answer) {
        free(c);
        store_txn_free(t);
        json_decref(answer);
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    *c = (struct change){r, answer};
    http_suspend(r);
    store_submit(s->store, t, change_over, c);
}

static bool is_known(struct http_request *r, const char *host)
{
    if (plan_find_host(r->serving->plan, host) != SIZE_MAX)
        return true;
    http_send_error(r, 404, "the inventory has no host %s", host);
    return false;
}

static char *object_text(json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    json_decref(o);
    return text;
}

void host_approve(struct server *s, struct http_request *r, const char *host,
                  const char *fingerprint)
{
    struct host_key key = host_key("approve", host);
    char candidate[SHA256_TEXT_SIZE];
    _cleanup_free_ char *record = NULL;
    struct error e = ERROR_INIT;
    struct store_txn *t;
    int result;

    if (!is_known(r, host))
        return;
    result = pending_candidate(enrolment_pending(s->enrolment), host, fingerprint, candidate, &e);
    if (result < 0) {
        http_send_error(r, result == -EEXIST ? 409 : 404, "%s", e.message);
        return;
    }
    record = object_text(json_pack("{s:s, s:I}", "fingerprint", candidate, "approved_ms",
                                   (json_int_t)clock_realtime_ms()));
    t = record ? store_txn_new() : NULL;
    if (t)
        store_txn_put(t, key.text, record);
    log_info("%s: key %.16s… approved", host, candidate);
    submit_change(s, r, t, json_pack("{s:s, s:s}", "host", host, "fingerprint", candidate));
}

/* What a rearmed host loses. The token of an installed system stays unless it is written anew: it
 * lies on that system's disk, and no other way leads to it. */
static void forget(struct store_txn *t, const char *host, bool keep_token)
{
    static const char *const kinds[] = {"identity", "quarantine", "removed", "approve",
                                        "progress", "sshkeys",    "applied", "token"};

    for (size_t i = 0; i < ARRAY_SIZE(kinds) - keep_token; i++) {
        struct host_key key = host_key(kinds[i], host);

        store_txn_delete(t, key.text);
    }
}

/* Puts the installation's record into t, unless the host never was near an installer. One that runs
 * without an installer of ours gets a record now: its key goes, but it must not be taken for blank
 * because of that, and may come again with the same key. */
static void rearm_install(struct install_stored *install, const char *host,
                          const struct host_record *h, bool reinstall, struct store_txn *t)
{
    if (!install->revision && !reinstall && install->record.state != INSTALL_INSTALLED)
        return;
    if (h->enrolled)
        format_hex(h->spki, SHA256_SIZE, install->record.node_spki);
    install_record_rearm(&install->record, reinstall, clock_realtime_ms());
    install_stored_put(install, host, t);
}

/* NULL without memory. *install is what the record becomes. */
static struct store_txn *rearm_transaction(struct server *s, struct http_request *r, size_t index,
                                           bool reinstall, uint64_t now,
                                           struct install_stored *install)
{
    const struct plan_host *host = plan_host(r->serving->plan, index);
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_(host_record_unrefp) struct host_record *h = cluster_host(r->serving->cluster, index);
    struct store_txn *t = store_txn_new();

    if (!t)
        return NULL;
    install_stored_read(view, host->name, install);
    forget(t, host->name,
           host->boot == BOOT_PXE && !reinstall && install->record.state == INSTALL_INSTALLED);
    if (host->boot == BOOT_PXE)
        rearm_install(install, host->name, h, reinstall, t);
    arm_put(t, host->name, now);
    gates_lease_end(s->gates, host->name, t);
    return t;
}

void host_rearm(struct server *s, struct http_request *r, const char *host, bool reinstall)
{
    const struct plan *plan = r->serving->plan;
    _cleanup_(install_stored_done) struct install_stored install = {0};
    uint64_t now = clock_realtime_ms();
    struct store_txn *t;
    json_t *answer;
    size_t index;

    if (!is_known(r, host))
        return;
    index = plan_find_host(plan, host);
    if (reinstall && plan_host(plan, index)->boot != BOOT_PXE) {
        http_send_error(r, 409, "%s is not installed by PXE: seed_boot is %s", host,
                        boot_way_name(plan_host(plan, index)->boot));
        return;
    }
    t = rearm_transaction(s, r, index, reinstall, now, &install);
    pending_remove_host(enrolment_pending(s->enrolment), host);
    answer = json_pack("{s:s, s:I, s:o*}", "host", host, "armed_until_ms",
                       (json_int_t)(now + plan_settings(plan)->arm_window_ms), "incarnation",
                       reinstall ? json_integer((json_int_t)install.record.incarnation) : NULL);
    if (reinstall)
        log_info("%s is armed anew, its next boot installs incarnation %u", host,
                 install.record.incarnation);
    else
        log_info("%s is armed anew", host);
    submit_change(s, r, t, answer);
}

/* Where a removal here would leave more behind than it takes. */
static bool may_be_removed(struct http_request *r, const char *host, size_t index)
{
    unsigned roles = index == SIZE_MAX ? 0 : plan_host(r->serving->plan, index)->roles;

    if (roles & ROLE_ETCD)
        http_send_error(r, 409,
                        "%s is a member of etcd, which would go on counting it: take it out of "
                        "etcd's cluster and out of [etcd] in hosts.ini first",
                        host);
    else if (roles & ROLE_MASTER)
        http_send_error(r, 409,
                        "%s is a master and holds the cluster's CA keys, which nothing takes back: "
                        "take it out of [kube-master] in hosts.ini first",
                        host);
    else
        return true;
    return false;
}

/* NULL without memory. An installed system stays known by its key, as when it is rearmed: should an
 * administrator rearm the host, its disk is not taken for blank. */
static struct store_txn *remove_transaction(struct server *s, struct http_request *r,
                                            const char *host, size_t index)
{
    struct host_key arm = host_key("arm", host), removed = host_key("removed", host);
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_(install_stored_done) struct install_stored install = {0};
    struct store_txn *t = store_txn_new();
    uint64_t now = clock_realtime_ms();
    char record[64];

    if (!t)
        return NULL;
    forget(t, host, false);
    if (index != SIZE_MAX && plan_host(r->serving->plan, index)->boot == BOOT_PXE) {
        _cleanup_(host_record_unrefp) struct host_record *h =
            cluster_host(r->serving->cluster, index);

        install_stored_read(view, host, &install);
        rearm_install(&install, host, h, false, t);
    }
    /* Whoever is being signed for at this moment expects the window as it was. */
    store_txn_delete(t, arm.text);
    (void)snprintf(record, sizeof(record), "{\"removed_ms\":%llu}",
                   (unsigned long long)now); /* fits: one number */
    store_txn_put(t, removed.text, record);
    gates_lease_end(s->gates, host, t);
    return t;
}

/* Whether there is anything to remove. */
static bool is_removable(struct server *s, struct http_request *r, const char *host, size_t index)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    struct host_key identity = host_key("identity", host);

    if (index != SIZE_MAX || store_view_get(view, identity.text, NULL))
        return may_be_removed(r, host, index);
    http_send_error(r, 404, "the inventory has no host %s, and no key of it is known", host);
    return false;
}

void host_remove(struct server *s, struct http_request *r, const char *host)
{
    size_t index = plan_find_host(r->serving->plan, host);

    if (!is_removable(s, r, host, index))
        return;
    pending_remove_host(enrolment_pending(s->enrolment), host);
    log_info("%s is removed: its key opens nothing from now on", host);
    submit_change(s, r, remove_transaction(s, r, host, index), json_pack("{s:s}", "host", host));
}

void host_token(struct server *s, struct http_request *r, const char *host)
{
    char token[TOKEN_TEXT_SIZE];
    struct error e = ERROR_INIT;
    struct store_txn *t;

    if (!is_known(r, host))
        return;
    t = store_txn_new();
    if (token_make(host, token, t, &e) < 0) {
        store_txn_free(t);
        http_send_failure(r, &e);
        return;
    }
    submit_change(s, r, t, json_pack("{s:s, s:s}", "host", host, "token", token));
    explicit_bzero(token, sizeof(token));
}
