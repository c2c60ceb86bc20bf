/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/log.h"
#include "enrolment_asking.h"
#include "host_key.h"
#include "install_record.h"

/* POST /v1/enrol with "purpose":"install": a key that lives in a blank machine's memory, and ends
 * with it. The newest that the host's trust lets in takes the place of the one before. */

/* Of a certificate's day: an image is written in less, and what waits longer asks again. */
#define RENEW_BEFORE_MS (UINT64_C(6) * 3600 * 1000)

static void signed_over(int result, void *userdata)
{
    struct asking *a = userdata;

    if (result < 0) {
        if (asking_again(a, result))
            install_enrolment_decide(a); /* something came first: look again */
        return;
    }
    log_info("%s: its installer enrolled, key %.16s…", asking_host(a), a->fingerprint);
    asking_send_certificate(a, a->certificate);
    asking_end(a);
}

/* Window, quarantine, approval and the installation must still be as they were when this was
 * decided. The key that has enrolled last keeps its turn, and spends nobody's approval. */
static void sign(struct asking *a, const struct stored *stored, struct install_stored *install,
                 bool same_key)
{
    const char *host = asking_host(a);
    struct host_key arm = host_key("arm", host), quarantine = host_key("quarantine", host),
                    approve = host_key("approve", host);
    struct install_record *r = &install->record;
    struct store_txn *t;

    if (!asking_sign(a, "installer"))
        return;
    free(r->certificate);
    r->certificate = strdup(a->certificate);
    memcpy(r->spki, a->fingerprint, sizeof(r->spki));
    if (!same_key) {
        r->state = INSTALL_ARMED; /* until it asks what to write */
        r->since_ms = clock_realtime_ms();
    }
    t = r->certificate ? store_txn_new() : NULL;
    if (t) {
        store_txn_expect(t, arm.text, stored->arm_revision);
        store_txn_expect(t, quarantine.text, 0);
        store_txn_expect(t, approve.text, stored->approve_revision);
        install_stored_put(install, host, t);
        if (!same_key)
            store_txn_delete(t, approve.text);
    }
    asking_submit(a, t, signed_over);
}

/* The same certificate again, unless it is about to end: a machine may wait at an installer's
 * screen for days. */
static void repeat(struct asking *a, const struct stored *stored, struct install_stored *install)
{
    const char *certificate = install->record.certificate;
    struct cert_profile profile = {0};

    if (certificate && x509_still_good(certificate, ca_signer(a->enrolment->server->ca, CA_SEED),
                                       &profile, clock_realtime_ms(), RENEW_BEFORE_MS)) {
        asking_send_certificate(a, certificate);
        asking_end(a);
    } else {
        sign(a, stored, install, true);
    }
}

void install_enrolment_decide(struct asking *a)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(a->enrolment->server->store);
    _cleanup_(install_stored_done) struct install_stored install = {0};
    _cleanup_(stored_done) struct stored stored = {0};
    const struct plan *plan = a->request->serving->plan;
    struct install_enrol_facts facts = {0};
    const char *reason, *unknown = "";

    a->host = enrol_find_host(plan, &a->claim, &unknown);
    if (a->host != SIZE_MAX) {
        const struct plan_host *host = plan_host(plan, a->host);

        stored_read(view, a, &stored);
        install_stored_read(view, host->name, &install);
        facts = (struct install_enrol_facts){
            .known = true,
            .pxe = host->boot == BOOT_PXE,
            .trust = host->trust,
            .armed = stored.armed,
            .removed = stored.removed,
            .quarantined = stored.quarantined,
            .state = install.record.state,
            .same_key = strcmp(install.record.spki, a->fingerprint) == 0,
            .approved = stored.approved,
        };
    }
    switch (install_enrol_decide(&facts, &reason)) {
    case ENROL_SIGN:
        sign(a, &stored, &install, false);
        return;
    case ENROL_REPEAT:
        repeat(a, &stored, &install);
        return;
    case ENROL_WAIT:
        asking_send_wait(a);
        break;
    case ENROL_REFUSE:
    case ENROL_CONFLICT:
        asking_send_refusal(a, facts.known ? reason : unknown);
        break;
    }
    asking_end(a);
}
