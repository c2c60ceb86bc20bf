/* SPDX-License-Identifier: Apache-2.0 */
#include "enrolment.h"

#include "arm.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"
#include "enrolment_asking.h"
#include "facts.h"
#include "gates.h"
#include "host_key.h"
#include "install_record.h"
#include "nonce.h"
#include "pending.h"

#define BODY_MAX ENROL_BODY_MAX
#define RENEW_BEFORE_MS (UINT64_C(30) * 24 * 3600 * 1000)

static void asking_free(struct asking *a)
{
    json_decref(a->body);
    x509_csr_free(a->csr);
    free(a->certificate);
    free(a->facts);
    free(a);
}
DEFINE_CLEANUP(struct asking *, asking_free);

const char *asking_host(const struct asking *a)
{
    return plan_host(a->request->serving->plan, a->host)->name;
}

/* ---- what is known -------------------------------------------------------------------------- */

void stored_done(struct stored *s)
{
    json_decref(s->identity);
    explicit_bzero(s->token, sizeof(s->token));
}

static json_t *get_object(const struct store_view *view, const char *kind, const char *host,
                          uint64_t *ret_revision)
{
    struct host_key key = host_key(kind, host);
    const char *text = store_view_get(view, key.text, ret_revision);
    struct error e = ERROR_INIT;
    json_t *o = NULL;

    if (text && json_parse(text, strlen(text), 64 * 1024, &o, &e) < 0)
        log_error("store: %s: %s", key.text, e.message);
    return o;
}

void stored_read(const struct store_view *view, const struct asking *a, struct stored *ret)
{
    const char *host = asking_host(a), *text;
    _cleanup_json_ json_t *approve = get_object(view, "approve", host, &ret->approve_revision);
    _cleanup_json_ json_t *token = get_object(view, "token", host, &ret->token_revision);
    struct host_key quarantine = host_key("quarantine", host), removed = host_key("removed", host);

    ret->removed = store_view_get(view, removed.text, NULL) != NULL;
    ret->identity = get_object(view, "identity", host, &ret->identity_revision);
    ret->quarantined = store_view_get(view, quarantine.text, &ret->quarantine_revision) != NULL;
    ret->spki = json_string_value(json_object_get(ret->identity, "spki"));
    ret->certificate = json_string_value(json_object_get(ret->identity, "certificate"));
    ret->armed = arm_is_open(view, a->request->serving->plan, host, &ret->arm_revision);
    text = json_string_value(json_object_get(approve, "fingerprint"));
    ret->approved = text && strcmp(text, a->fingerprint) == 0;
    text = json_string_value(json_object_get(token, "token"));
    if (text && strlen(text) < sizeof(ret->token))
        memcpy(ret->token, text, strlen(text) + 1);
}

/* protocol.h: the token is the key, and never crosses the wire. */
static bool is_proven(const struct asking *a, const char *token)
{
    uint8_t covered[sizeof(ENROL_LABEL) - 1 + NONCE_TEXT_SIZE - 1 + 2 * SHA256_SIZE], *at = covered;
    uint8_t expected[SHA256_SIZE], given[SHA256_SIZE];

    if (!*token || !a->proof || strlen(a->proof) != SHA256_TEXT_SIZE - 1 ||
        parse_hex(a->proof, given, sizeof(given), NULL) < 0)
        return false;
    at = (uint8_t *)mempcpy(at, ENROL_LABEL, sizeof(ENROL_LABEL) - 1);
    at = (uint8_t *)mempcpy(at, a->nonce, NONCE_TEXT_SIZE - 1);
    at = (uint8_t *)mempcpy(at, x509_ca_spki(ca_signer(a->enrolment->server->ca, CA_SEED)),
                            SHA256_SIZE);
    memcpy(at, a->csr->digest, SHA256_SIZE);
    return sha256_hmac(token, strlen(token), covered, sizeof(covered), expected, NULL) == 0 &&
           secret_equal(expected, given, sizeof(given));
}

/* ---- answers -------------------------------------------------------------------------------- */

static void note_pending(struct asking *a, const char *reason, bool awaits_approval)
{
    struct http_request *r = a->request;
    char address[IP_TEXT_SIZE];
    struct pending_note note = {
        .claim = &a->claim,
        .fingerprint = a->fingerprint,
        .host = a->host == SIZE_MAX ? NULL : asking_host(a),
        .reason = reason,
        .address = address,
        .facts = a->facts,
        .awaits_approval = awaits_approval,
        .now_ms = clock_realtime_ms(),
    };

    http_client_address(r, address);
    pending_add(a->enrolment->pending, &note);
}

void asking_send_certificate(struct asking *a, const char *certificate)
{
    pending_remove(a->enrolment->pending, a->fingerprint);
    http_send_json(a->request, 200,
                   json_pack("{s:s, s:s, s:s}", "host", asking_host(a), "certificate", certificate,
                             "ca", ca_certificate(a->enrolment->server->ca, CA_SEED)));
}

void asking_send_wait(struct asking *a)
{
    char words[512];

    note_pending(a, "waiting for approval", true);
    (void)snprintf(words, sizeof(words), "waiting for approval: on the taskbox, seedctl approve %s",
                   asking_host(a)); /* fits any host name */
    http_send_json_retry(a->request, 202,
                         json_pack("{s:s, s:s}", "error", words, "fingerprint", a->fingerprint));
}

/* Anyone may be refused as often as he likes, but not fill the disk with it. */
static void note_refusal(struct asking *a, const char *reason)
{
    uint64_t left_out;

    if (!log_limit_pass(&a->enrolment->refusals, clock_monotonic_ms(), &left_out))
        return;
    if (left_out)
        log_info("%llu refused enrolments before this one are not in the log",
                 (unsigned long long)left_out);
    log_info("enrolment of %s refused: %s", a->claim.host ? a->claim.host : "a nameless machine",
             reason);
}

/* The same words whatever the reason: a stranger learns nothing about the inventory. */
void asking_send_refusal(struct asking *a, const char *reason)
{
    note_refusal(a, reason);
    note_pending(a, reason, false);
    http_send_error(a->request, 403,
                    "not known here, or not armed: see seedctl status on the taskbox");
}

static void send_conflict(struct asking *a)
{
    http_send_error(a->request, 409,
                    "%s has enrolled with another key and is quarantined: if this is the right "
                    "machine, seedctl rearm %s on the taskbox",
                    asking_host(a), asking_host(a));
}

/* ---- deciding and storing ------------------------------------------------------------------- */

static void decide(struct asking *a);

void asking_end(struct asking *a)
{
    struct http_request *r = a->request;
    bool suspended = a->suspended;

    asking_free(a);
    if (suspended)
        http_resume(r);
}

bool asking_again(struct asking *a, int result)
{
    struct error e = ERROR_INIT;

    if (result == -EAGAIN && ++a->attempts < ENROL_ATTEMPTS_MAX)
        return true;
    (void)error_set_errno(&e, result, "enrolling %s", asking_host(a));
    http_send_failure(a->request, &e);
    asking_end(a);
    return false;
}

static void signed_over(int result, void *userdata)
{
    struct asking *a = userdata;

    if (result < 0) {
        if (asking_again(a, result))
            decide(a); /* something came first: look again */
        return;
    }
    log_info("%s enrolled, key %.16s…", asking_host(a), a->fingerprint);
    asking_send_certificate(a, a->certificate);
    asking_end(a);
}

static void quarantined_over(int result, void *userdata)
{
    struct asking *a = userdata;

    if (result < 0) {
        if (asking_again(a, result))
            decide(a);
        return;
    }
    send_conflict(a);
    asking_end(a);
}

void asking_submit(struct asking *a, struct store_txn *t, store_done *over)
{
    if (!a->suspended) {
        a->suspended = true;
        http_suspend(a->request);
    }
    store_submit(a->enrolment->server->store, t, over, a);
}

static char *identity_record(const struct asking *a)
{
    _cleanup_json_ json_t *o =
        json_pack("{s:s, s:s, s:I}", "spki", a->fingerprint, "certificate", a->certificate,
                  "enrolled_ms", (json_int_t)clock_realtime_ms());

    return o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

bool asking_sign(struct asking *a, const char *purpose)
{
    struct server *s = a->enrolment->server;
    struct error e = ERROR_INIT;
    struct cert_profile profile;
    int r;

    free(TAKE_PTR(a->certificate));
    r = plan_cert_profile(a->request->serving->plan, a->host, purpose, &profile, &e);
    if (r == 0)
        r = x509_sign(ca_signer(s->ca, CA_SEED), a->csr, &profile, clock_realtime_ms(),
                      &a->certificate, &e);
    if (r == 0)
        return true;
    (void)error_wrap(&e, "enrolling %s", asking_host(a));
    http_send_failure(a->request, &e);
    asking_end(a);
    return false;
}

/* From now on the machine starts from its disk, whether its installer's last word came or not: only
 * the system on that disk could have the token, or the key. */
static void note_installed(struct asking *a, struct install_stored *install, struct store_txn *t)
{
    struct install_record *r = &install->record;

    if (r->state == INSTALL_WRITING)
        (void)!plan_install_root(a->request->serving->plan, a->host, r->incarnation, r->root_uuid,
                                 NULL); /* without it the firmware's order decides */
    if (r->state != INSTALL_INSTALLED) {
        r->state = INSTALL_INSTALLED;
        r->since_ms = clock_realtime_ms();
    }
    memcpy(r->node_spki, a->fingerprint, sizeof(r->node_spki));
    r->spki[0] = '\0'; /* its installer has nothing to say any more */
    free(TAKE_PTR(r->certificate));
    install_stored_put(install, asking_host(a), t);
}

/* Key, window, quarantine, and what an administrator said of token and fingerprint must still be as
 * they were when this was decided. install is NULL unless the host is installed by PXE. */
static void sign(struct asking *a, const struct stored *stored, struct install_stored *install)
{
    const char *host = asking_host(a);
    struct host_key identity = host_key("identity", host), arm = host_key("arm", host),
                    quarantine = host_key("quarantine", host), token = host_key("token", host),
                    approve = host_key("approve", host);
    _cleanup_free_ char *record = NULL;
    struct store_txn *t;

    if (!asking_sign(a, "node"))
        return;
    record = identity_record(a);
    t = record ? store_txn_new() : NULL;
    if (t) {
        store_txn_expect(t, identity.text, stored->identity_revision);
        store_txn_expect(t, arm.text, stored->arm_revision);
        store_txn_expect(t, quarantine.text, 0);
        store_txn_expect(t, token.text, stored->token_revision);
        store_txn_expect(t, approve.text, stored->approve_revision);
        store_txn_put(t, identity.text, record);
        store_txn_delete(t, token.text);
        store_txn_delete(t, approve.text);
        if (install)
            note_installed(a, install, t);
    }
    asking_submit(a, t, signed_over);
}

static void quarantine(struct asking *a, const struct stored *stored, const char *reason)
{
    struct host_key key = host_key("quarantine", asking_host(a));
    _cleanup_json_ json_t *o = NULL;
    _cleanup_free_ char *record = NULL;
    struct store_txn *t;

    note_pending(a, reason, false);
    if (stored->quarantined) {
        send_conflict(a);
        asking_end(a);
        return;
    }
    log_line(LOG_ALERT,
             "%s: a second machine (key %.16s…) claims to be this host: it is quarantined until "
             "seedctl rearm %s",
             asking_host(a), a->fingerprint, asking_host(a));
    o = json_pack("{s:s, s:s, s:I}", "reason", reason, "fingerprint", a->fingerprint, "since_ms",
                  (json_int_t)clock_realtime_ms());
    record = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    t = record ? store_txn_new() : NULL;
    if (t) {
        store_txn_expect(t, key.text, 0);
        store_txn_put(t, key.text, record);
    }
    asking_submit(a, t, quarantined_over);
}

/* A certificate that is about to end is made anew for the same key. */
static void repeat(struct asking *a, const struct stored *stored, struct install_stored *install)
{
    struct cert_profile profile = {0};

    if (stored->certificate &&
        x509_still_good(stored->certificate, ca_signer(a->enrolment->server->ca, CA_SEED), &profile,
                        clock_realtime_ms(), RENEW_BEFORE_MS)) {
        asking_send_certificate(a, stored->certificate);
        asking_end(a);
    } else {
        sign(a, stored, install);
    }
}

/* What is known of the machine that says it is a->host. */
static struct enrol_facts gather(const struct asking *a, const struct stored *stored,
                                 const struct install_stored *install)
{
    const struct plan *plan = a->request->serving->plan;
    const struct plan_host *host = plan_host(plan, a->host);
    struct enrol_facts facts = {
        .known = true,
        .trust = host->trust,
        .armed = stored->armed,
        .has_identity = stored->spki != NULL,
        .same_key = stored->spki && strcmp(stored->spki, a->fingerprint) == 0,
        .removed = stored->removed,
        .quarantined = stored->quarantined,
        .proven = is_proven(a, stored->token),
        .approved = stored->approved,
    };

    if (host->boot == BOOT_PXE) {
        /* The installer wrote a token to the disk; nobody else could prove it. After a rearm the
         * system that proved it once is known by its key. */
        facts.trust = TRUST_TOKEN;
        facts.approved = false;
        facts.proven = facts.proven || strcmp(install->record.node_spki, a->fingerprint) == 0;
    }
    return facts;
}

/* Ends a: answers it now, or when a transaction is over. */
static void decide(struct asking *a)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(a->enrolment->server->store);
    _cleanup_(install_stored_done) struct install_stored install = {0};
    _cleanup_(stored_done) struct stored stored = {0};
    const struct plan *plan = a->request->serving->plan;
    struct install_stored *pxe = NULL;
    const char *reason, *unknown = "";
    struct enrol_facts facts = {0};

    a->host = enrol_find_host(plan, &a->claim, &unknown);
    if (a->host != SIZE_MAX) {
        stored_read(view, a, &stored);
        install_stored_read(view, asking_host(a), &install);
        pxe = plan_host(plan, a->host)->boot == BOOT_PXE ? &install : NULL;
        facts = gather(a, &stored, &install);
    }
    switch (enrol_decide(&facts, &reason)) {
    case ENROL_SIGN:
        sign(a, &stored, pxe);
        return;
    case ENROL_REPEAT:
        repeat(a, &stored, pxe);
        return;
    case ENROL_CONFLICT:
        quarantine(a, &stored, reason);
        return;
    case ENROL_WAIT:
        asking_send_wait(a);
        break;
    case ENROL_REFUSE:
        asking_send_refusal(a, facts.known ? reason : unknown);
        break;
    }
    asking_end(a);
}

static int read_purpose(struct asking *a, struct error *e)
{
    const char *purpose;
    int r = json_get_string_or(a->body, "purpose", "", &purpose, e);

    if (r < 0)
        return r;
    if (*purpose && strcmp(purpose, "install") != 0)
        return error_set(e, -EINVAL, "\"purpose\" is install, or not there");
    a->installs = *purpose != '\0';
    return facts_read(a->body, &a->facts, e);
}

static int read_request(struct asking *a, struct error *e)
{
    struct http_request *r = a->request;
    const char *csr;
    int64_t version;
    int result = json_parse(r->body, r->body_len, BODY_MAX, &a->body, e);

    if (result < 0)
        return result == -ENOMEM ? result : error_set(e, -EINVAL, "not a JSON object");
    result = json_is_object(a->body) ? 0 : error_set(e, -EINVAL, "not a JSON object");
    if (result == 0)
        result = json_get_int(a->body, "version", &version, e);
    if (result == 0 && version != PROTOCOL_VERSION)
        result = error_set(e, -EINVAL, "this server speaks version %d", PROTOCOL_VERSION);
    if (result == 0)
        result = json_get_string(a->body, "nonce", &a->nonce, e);
    if (result == 0)
        result = json_get_string(a->body, "csr", &csr, e);
    if (result == 0)
        result = json_get_string_or(a->body, "proof", NULL, &a->proof, e);
    if (result == 0)
        result = enrol_claim_read(a->body, &a->claim, e);
    if (result == 0)
        result = read_purpose(a, e);
    if (result == 0)
        result = nonce_use(a->enrolment->nonces, a->nonce, clock_monotonic_ms(), e);
    if (result == 0)
        result = x509_csr_parse(csr, strlen(csr), &a->csr, e);
    if (result == 0)
        format_hex(a->csr->spki, SHA256_SIZE, a->fingerprint);
    return result;
}

void enrolment_ask(struct enrolment *n, struct http_request *r)
{
    _cleanup_(asking_freep) struct asking *a = calloc(1, sizeof(*a));
    struct error e = ERROR_INIT;

    if (!a) {
        (void)error_oom(&e);
        http_send_failure(r, &e);
        return;
    }
    a->enrolment = n;
    a->request = r;
    a->host = SIZE_MAX;
    if (read_request(a, &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    if (a->installs)
        install_enrolment_decide(TAKE_PTR(a));
    else
        decide(TAKE_PTR(a));
}

void enrolment_nonce(struct enrolment *n, struct http_request *r)
{
    struct error e = ERROR_INIT;
    char nonce[NONCE_TEXT_SIZE];

    if (nonce_make(n->nonces, clock_monotonic_ms(), nonce, &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    http_send_json(
        r, 200, json_pack("{s:s, s:I}", "nonce", nonce, "time", (json_int_t)clock_realtime_ms()));
}

struct pending *enrolment_pending(struct enrolment *n)
{
    return n->pending;
}

int enrolment_new(struct server *server, struct enrolment **ret, struct error *e)
{
    struct enrolment *n = calloc(1, sizeof(*n));
    int r;

    if (!n)
        return error_oom(e);
    n->server = server;
    n->refusals = (struct log_limit)LOG_LIMIT_INIT;
    r = nonces_new(&n->nonces, e);
    if (r == 0)
        r = pending_new(&n->pending, e);
    if (r < 0) {
        enrolment_free(n);
        return r;
    }
    *ret = n;
    return 0;
}

void enrolment_free(struct enrolment *n)
{
    if (!n)
        return;
    nonces_free(n->nonces);
    pending_free(n->pending);
    free(n);
}
