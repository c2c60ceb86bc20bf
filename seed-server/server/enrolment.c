/* SPDX-License-Identifier: Apache-2.0 */
#include "enrolment.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"
#include "enrol.h"
#include "gates.h"
#include "host_key.h"
#include "nonce.h"
#include "pending.h"
#include "server.h"

#define BODY_MAX (PROTOCOL_CSR_MAX + 4096)
#define ATTEMPTS_MAX 4 /* of a transaction that others keep coming before */
#define RENEW_BEFORE_MS (UINT64_C(30) * 24 * 3600 * 1000)

struct enrolment {
    struct server *server;
    struct nonces *nonces;
    struct pending *pending;
};

/* One machine's request, while it is decided and stored. */
struct asking {
    struct enrolment *enrolment;
    struct http_request *request;
    json_t *body;
    struct enrol_claim claim;
    const char *nonce, *proof;
    struct x509_csr *csr;
    char fingerprint[SHA256_TEXT_SIZE];
    size_t host;
    char *certificate; /* what a commit will have stored */
    unsigned attempts;
    bool suspended;
};

static void asking_free(struct asking *a)
{
    json_decref(a->body);
    x509_csr_free(a->csr);
    free(a->certificate);
    free(a);
}
DEFINE_CLEANUP(struct asking *, asking_free);

static const char *host_name(const struct asking *a)
{
    return plan_host(a->request->serving->plan, a->host)->name;
}

/* ---- what is known -------------------------------------------------------------------------- */

struct stored { /* of one host; texts are borrowed from parsed */
    json_t *identity;
    const char *spki, *certificate;
    uint64_t identity_revision, arm_revision, quarantine_revision;
    int64_t opened_ms;
    bool armed_once, quarantined, approved;
    char token[128];
};

static void stored_done(struct stored *s)
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

static void read_stored(const struct store_view *view, const struct asking *a, struct stored *ret)
{
    const char *host = host_name(a), *text;
    _cleanup_json_ json_t *arm = get_object(view, "arm", host, &ret->arm_revision);
    _cleanup_json_ json_t *approve = get_object(view, "approve", host, NULL);
    _cleanup_json_ json_t *token = get_object(view, "token", host, NULL);
    struct host_key quarantine = host_key("quarantine", host);

    ret->identity = get_object(view, "identity", host, &ret->identity_revision);
    ret->quarantined = store_view_get(view, quarantine.text, &ret->quarantine_revision) != NULL;
    ret->spki = json_string_value(json_object_get(ret->identity, "spki"));
    ret->certificate = json_string_value(json_object_get(ret->identity, "certificate"));
    ret->armed_once = arm != NULL;
    ret->opened_ms = json_integer_value(json_object_get(arm, "opened_ms"));
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
        .host = a->host == SIZE_MAX ? NULL : host_name(a),
        .reason = reason,
        .address = address,
        .awaits_approval = awaits_approval,
        .now_ms = clock_realtime_ms(),
    };

    http_client_address(r, address);
    pending_add(a->enrolment->pending, &note);
}

static void send_certificate(struct asking *a, const char *certificate)
{
    pending_remove(a->enrolment->pending, a->fingerprint);
    http_send_json(a->request, 200,
                   json_pack("{s:s, s:s, s:s}", "host", host_name(a), "certificate", certificate,
                             "ca", ca_certificate(a->enrolment->server->ca, CA_SEED)));
}

static void send_wait(struct asking *a)
{
    char words[512];

    note_pending(a, "waiting for approval", true);
    (void)snprintf(words, sizeof(words), "waiting for approval: on the taskbox, seedctl approve %s",
                   host_name(a)); /* fits any host name */
    http_send_json_retry(a->request, 202,
                         json_pack("{s:s, s:s}", "error", words, "fingerprint", a->fingerprint));
}

/* The same words whatever the reason: a stranger learns nothing about the inventory. */
static void send_refusal(struct asking *a, const char *reason)
{
    log_info("enrolment of %s refused: %s", a->claim.host ? a->claim.host : "a nameless machine",
             reason);
    note_pending(a, reason, false);
    http_send_error(a->request, 403,
                    "not known here, or not armed: see seedctl status on the taskbox");
}

static void send_conflict(struct asking *a)
{
    http_send_error(a->request, 409,
                    "%s has enrolled with another key and is quarantined: if this is the right "
                    "machine, seedctl rearm %s on the taskbox",
                    host_name(a), host_name(a));
}

/* ---- deciding and storing ------------------------------------------------------------------- */

static void decide(struct asking *a);

static void finish(struct asking *a)
{
    struct http_request *r = a->request;
    bool suspended = a->suspended;

    asking_free(a);
    if (suspended)
        http_resume(r);
}

static void store_over(int result, struct asking *a, bool conflict)
{
    struct error e = ERROR_INIT;

    if (result == -EAGAIN && ++a->attempts < ATTEMPTS_MAX) {
        decide(a); /* something came first: look again */
        return;
    }
    if (result < 0) {
        (void)error_set_errno(&e, result, "enrolling %s", host_name(a));
        http_send_failure(a->request, &e);
    } else if (conflict) {
        send_conflict(a);
    } else {
        log_info("%s enrolled, key %.16s…", host_name(a), a->fingerprint);
        send_certificate(a, a->certificate);
    }
    finish(a);
}

static void signed_over(int result, void *userdata)
{
    store_over(result, userdata, false);
}

static void quarantined_over(int result, void *userdata)
{
    store_over(result, userdata, true);
}

static void submit(struct asking *a, struct store_txn *t, store_done *over)
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

/* Key, window and quarantine must still be as they were when this was decided. */
static void sign(struct asking *a, const struct stored *stored)
{
    struct server *s = a->enrolment->server;
    const char *host = host_name(a);
    struct host_key identity = host_key("identity", host), arm = host_key("arm", host),
                    quarantine = host_key("quarantine", host), token = host_key("token", host),
                    approve = host_key("approve", host);
    _cleanup_free_ char *record = NULL;
    struct error e = ERROR_INIT;
    struct cert_profile profile;
    struct store_txn *t;
    int r;

    free(TAKE_PTR(a->certificate));
    r = plan_cert_profile(a->request->serving->plan, a->host, "node", &profile, &e);
    if (r == 0)
        r = x509_sign(ca_signer(s->ca, CA_SEED), a->csr, &profile, clock_realtime_ms(),
                      &a->certificate, &e);
    if (r < 0) {
        (void)error_wrap(&e, "enrolling %s", host);
        http_send_failure(a->request, &e);
        finish(a);
        return;
    }
    record = identity_record(a);
    t = record ? store_txn_new() : NULL;
    if (t) {
        store_txn_expect(t, identity.text, stored->identity_revision);
        store_txn_expect(t, arm.text, stored->arm_revision);
        store_txn_expect(t, quarantine.text, 0);
        store_txn_put(t, identity.text, record);
        store_txn_delete(t, token.text);
        store_txn_delete(t, approve.text);
    }
    submit(a, t, signed_over);
}

static void quarantine(struct asking *a, const struct stored *stored, const char *reason)
{
    struct host_key key = host_key("quarantine", host_name(a));
    _cleanup_json_ json_t *o = NULL;
    _cleanup_free_ char *record = NULL;
    struct store_txn *t;

    note_pending(a, reason, false);
    if (stored->quarantined) {
        send_conflict(a);
        finish(a);
        return;
    }
    log_line(LOG_ALERT,
             "%s: a second machine (key %.16s…) claims to be this host: it is quarantined until "
             "seedctl rearm %s",
             host_name(a), a->fingerprint, host_name(a));
    o = json_pack("{s:s, s:s, s:I}", "reason", reason, "fingerprint", a->fingerprint, "since_ms",
                  (json_int_t)clock_realtime_ms());
    record = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    t = record ? store_txn_new() : NULL;
    if (t) {
        store_txn_expect(t, key.text, 0);
        store_txn_put(t, key.text, record);
    }
    submit(a, t, quarantined_over);
}

/* A certificate that is about to end is made anew for the same key. */
static void repeat(struct asking *a, const struct stored *stored)
{
    struct cert_profile profile = {0};

    if (stored->certificate &&
        x509_still_good(stored->certificate, ca_signer(a->enrolment->server->ca, CA_SEED), &profile,
                        clock_realtime_ms(), RENEW_BEFORE_MS)) {
        send_certificate(a, stored->certificate);
        finish(a);
    } else {
        sign(a, stored);
    }
}

/* Ends a: answers it now, or when a transaction is over. */
static void decide(struct asking *a)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(a->enrolment->server->store);
    _cleanup_(stored_done) struct stored stored = {0};
    const struct plan *plan = a->request->serving->plan;
    const char *reason, *unknown = "";
    struct enrol_facts facts = {0};

    a->host = enrol_find_host(plan, &a->claim, &unknown);
    if (a->host != SIZE_MAX) {
        int64_t window = (int64_t)plan_settings(plan)->arm_window_ms;

        read_stored(view, a, &stored);
        facts = (struct enrol_facts){
            .known = true,
            .trust = plan_host(plan, a->host)->trust,
            .armed = stored.armed_once && (int64_t)clock_realtime_ms() < stored.opened_ms + window,
            .has_identity = stored.spki != NULL,
            .same_key = stored.spki && strcmp(stored.spki, a->fingerprint) == 0,
            .quarantined = stored.quarantined,
            .proven = is_proven(a, stored.token),
            .approved = stored.approved,
        };
    }
    switch (enrol_decide(&facts, &reason)) {
    case ENROL_SIGN:
        sign(a, &stored);
        return;
    case ENROL_REPEAT:
        repeat(a, &stored);
        return;
    case ENROL_CONFLICT:
        quarantine(a, &stored, reason);
        return;
    case ENROL_WAIT:
        send_wait(a);
        break;
    case ENROL_REFUSE:
        send_refusal(a, facts.known ? reason : unknown);
        break;
    }
    finish(a);
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
