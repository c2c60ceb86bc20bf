/* SPDX-License-Identifier: Apache-2.0 */
#include "renew.h"

#include <fcntl.h>

#include "certs.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "control_plane.h"
#include "journal.h"
#include "notify.h"
#include "seed_client.h"
#include "service.h"
#include "settings.h"
#include "steps.h"
#include "unit.h"

/* The clock may jump, and the kubelet renews its own meanwhile. */
#define LOOK_EVERY_MS (3600 * 1000)
#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS (10 * 60 * 1000)
#define FAILURES_MAX 16
#define RESTART_MS 180000

/* Members of the config with certificates, who makes them, and who uses them. */
static const struct {
    const char *member, *of;
    enum step step; /* gets the first ones, in its turn */
    bool kubeadm;   /* made by it on this machine, instead of by the taskbox */
    bool restarts;  /* its unit reads them at its start alone; others at each handshake */
} users[] = {
    {"etcd",          "etcd",                         STEP_ETCD,          false, false},
    {"control_plane", "the API server, for etcd",     STEP_CONTROL_PLANE, false, false},
    {"control_plane", "the control plane by kubeadm", STEP_CONTROL_PLANE, true,  false},
    {"kubelet",       "the kubelet",                  STEP_NODE,          false, true },
};

static int ask_for_newer(struct context *c, struct error *e)
{
    const struct key *key = seed_client_key(c->client);
    _cleanup_(certificate_freep) struct certificate *renewed = NULL;
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_free_ char *csr = NULL;
    const struct certificate *ca;
    const char *pem;
    int r = csr_make(key, c->host, &csr, NULL, e);

    if (r >= 0)
        r = seed_client_ca(c->client, &ca, e);
    if (r >= 0)
        r = seed_client_post(c->client, "/v1/certificates/node", "application/x-pem-file", csr,
                             strlen(csr), &answer, e);
    if (r >= 0)
        r = json_get_string(answer, "certificate", &pem, e);
    if (r >= 0)
        r = certificate_read(pem, &renewed, e);
    if (r >= 0)
        r = certificate_check(renewed, key, ca, e);
    if (r >= 0)
        r = file_write_atomic(AT_FDCWD, c->settings->certificate, pem, strlen(pem), 0644, e);
    if (r < 0)
        return r;
    seed_client_set_identity(c->client, TAKE_PTR(renewed), NULL);
    log_info("this machine's certificate is renewed");
    return 0;
}

int renew_identity(struct context *c, struct error *e)
{
    int r;

    if (certificate_due_ms(seed_client_certificate(c->client)) > 0)
        return 0;
    r = ask_for_newer(c, e);
    return r < 0 ? error_wrap(e, "renewing this machine's certificate") : 0;
}

static bool has_ended(const struct certificate *certificate)
{
    return certificate_facts(certificate)->not_after <= (int64_t)(clock_realtime_ms() / 1000);
}

int renew_ended(struct context *c, struct error *e)
{
    int r;

    if (!has_ended(seed_client_certificate(c->client)))
        return 0;
    r = enrol_again(c, e);
    if (r == 0)
        log_info("this machine's certificate had ended, its key is enrolled again");
    return r;
}

static int renew_own(struct context *c, struct error *e)
{
    int r = renew_ended(c, e);

    return r < 0 ? r : renew_identity(c, e);
}

/* Restarted is also for what an earlier time renewed before it was cut off. */
static int renew_of(struct context *c, const char *name, bool restarts, uint64_t *ret_due_ms,
                    struct error *e)
{
    json_t *user = json_object_get(c->config, name);
    const char *unit = NULL;
    char restart[300] = "";
    bool pending = false;
    json_t *certs;
    int r = json_get_array(user, "certificates", &certs, e);

    if (r >= 0 && restarts)
        r = json_get_string(user, "unit", &unit, e);
    if (r >= 0)
        r = certs_due_ms(c, certs, ret_due_ms, e);
    if (r < 0)
        return r;
    /* Apart from a restart that a step is to do: that one has files to write first. */
    if (unit) {
        (void)snprintf(restart, sizeof(restart), "%.255s/certificates", unit);
        pending = unit_is_to_restart(c, restart);
    }
    if (*ret_due_ms > 0 && !pending)
        return 0;
    if (unit && !pending && (r = unit_will_restart(c, restart, e)) < 0)
        return r;
    if ((r = certs_obtain(c, certs, NULL, e)) < 0 ||
        (r = certs_due_ms(c, certs, ret_due_ms, e)) < 0)
        return r;
    log_info("certificates of %s are renewed", name);
    if (!unit)
        return 0;
    log_info("restarting %s for its new certificate", unit);
    r = service_restart(c, unit, RESTART_MS, e);
    return r < 0 ? r : unit_restarted(c, restart, e);
}

/* Those of kubeadm, which are not the taskbox's. */
static int renew_kubeadms(struct context *c, uint64_t *ret_due_ms, struct error *e)
{
    struct control_plane cp;
    int r = control_plane_read(c, &cp, e);

    return r < 0 ? r : control_plane_renew(c, &cp, ret_due_ms, e);
}

static int renew_of_config(struct context *c, uint64_t *next_ms, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
        struct error why = ERROR_INIT;
        uint64_t due_ms = UINT64_MAX;
        int r;

        if (!json_is_object(json_object_get(c->config, users[i].member)) ||
            !journal_step_done_once(c->journal, users[i].step))
            continue;
        notify_send("WATCHDOG=1");
        r = users[i].kubeadm ? renew_kubeadms(c, &due_ms, &why)
                             : renew_of(c, users[i].member, users[i].restarts, &due_ms, &why);
        if (due_ms < *next_ms)
            *next_ms = due_ms;
        if (r < 0 && result == 0)
            result = error_set(e, r, "renewing certificates of %s: %s", users[i].of, why.message);
    }
    return result;
}

/* Everything that is due. *ret_next_ms: when to look again. */
static int renew_all(struct context *c, uint64_t *ret_next_ms, struct error *e)
{
    unsigned patience = seed_client_set_patience(c->client, 1);
    uint64_t next_ms = LOOK_EVERY_MS, own_ms;
    struct error why = ERROR_INIT;
    int result = 0, r;

    /* One that has lost its own can renew kubeadm's all the same. */
    if (seed_client_has_identity(c->client)) {
        result = renew_own(c, e);
        own_ms = certificate_due_ms(seed_client_certificate(c->client));
        if (own_ms < next_ms)
            next_ms = own_ms;
    }
    r = config_use_kept(c, &why);
    if (r >= 0)
        r = renew_of_config(c, &next_ms, &why);
    (void)seed_client_set_patience(c->client, patience);
    if (r < 0 && result == 0)
        result = error_set(e, r, "%s", why.message);
    *ret_next_ms = next_ms;
    return result;
}

void renew_if_due(struct context *c)
{
    _cleanup_json_ json_t *config = json_incref(c->config);
    struct renewals *w = &c->renewals;
    uint64_t next_ms, pause_ms = RETRY_BASE_MS;
    struct error e = ERROR_INIT;

    if (clock_monotonic_ms() < w->at_ms || !journal_step_done_once(c->journal, STEP_CONFIG))
        return;
    if (renew_all(c, &next_ms, &e) < 0) {
        if (strncmp(w->said, e.message, sizeof(w->said) - 1) != 0)
            log_warning("%s, retrying", e.message);
        (void)snprintf(w->said, sizeof(w->said), "%s", e.message); /* enough to tell it by */
        w->failures += w->failures < FAILURES_MAX;
        pause_ms += backoff_ms(w->failures, RETRY_BASE_MS, RETRY_CAP_MS);
    } else {
        w->failures = 0;
        w->said[0] = '\0';
    }
    context_drop_config(c);
    /* What could be used before can be used again. */
    if (config && context_set_config(c, config, &e) < 0)
        log_warning("%s, ignoring", e.message);
    w->at_ms = clock_monotonic_ms() + (next_ms < pause_ms ? pause_ms : next_ms);
}
