/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/fingerprint.h"
#include "crypto.h"
#include "cut.h"
#include "identify.h"
#include "install.h"
#include "install_facts.h"
#include "install_screen.h"
#include "journal.h"
#include "key_file.h"
#include "renew.h"
#include "report.h"
#include "seed_client.h"
#include "settings.h"
#include "steps.h"

#define PEM_MAX (64 * 1024)
#define NONCE_HEX 64
/* How often to ask again while an administrator has to act, unless the server names a time. */
#define ASK_AGAIN_MS 10000
/* See config_step.c. */
#define ATTEMPTS_WHEN_READY 2

/* Takes the host's name from the certificate. Both are handed over. */
static int adopt_identity(struct context *c, struct certificate **certificate, struct key **key,
                          struct error *e)
{
    int r = context_set_host(c, certificate_facts(*certificate)->common_name, e);

    if (r == 0)
        seed_client_set_identity(c->client, TAKE_PTR(*certificate), TAKE_PTR(*key));
    return r;
}

/* The certificate that fits our key, of the pinned CA, or NULL. Needs the server only when the CA's
 * certificate is missing. *ret_ended: it has ended. */
static struct certificate *find_certificate(struct context *c, const struct key *key,
                                            bool *ret_ended)
{
    _cleanup_(certificate_freep) struct certificate *certificate = NULL;
    _cleanup_free_ char *pem = NULL;
    const struct certificate *ca;
    size_t len;
    int64_t now_ms = (int64_t)clock_realtime_ms() + seed_client_clock_offset_ms(c->client);

    if (file_read(AT_FDCWD, c->settings->certificate, PEM_MAX, &pem, &len, NULL) < 0 ||
        certificate_read(pem, &certificate, NULL) < 0 || seed_client_ca(c->client, &ca, NULL) < 0 ||
        certificate_check(certificate, key, ca, NULL) < 0)
        return NULL;
    *ret_ended = certificate_facts(certificate)->not_after < now_ms / 1000;
    return TAKE_PTR(certificate);
}

/* HMAC(token, "enrol-v1" ‖ nonce ‖ SHA-256(CA's SPKI) ‖ SHA-256(CSR)): the token itself is never
 * sent, and what is sent is good for this request alone. */
static int make_proof(const struct settings *settings, const char *nonce,
                      const uint8_t csr_digest[SHA256_SIZE], char ret[SHA256_HEX_SIZE],
                      struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(512);
    uint8_t mac[SHA256_SIZE];
    int r;

    buf_add_str(&text, ENROL_LABEL);
    buf_add_str(&text, nonce);
    buf_add(&text, settings->pin, SHA256_SIZE);
    buf_add(&text, csr_digest, SHA256_SIZE);
    r = buf_check(&text);
    if (r < 0)
        return error_oom(e);
    r = hmac_sha256(settings->token, strlen(settings->token), text.data, text.len, mac);
    if (r < 0)
        return error_set(e, r, "HMAC failed");
    format_hex(mac, sizeof(mac), ret);
    return 0;
}

static int get_nonce(struct context *c, char ret[NONCE_HEX + 1], struct error *e)
{
    struct seed_call call = {.plane = SEED_ANONYMOUS, .method = "GET", .path = "/v1/nonce"};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    _cleanup_json_ json_t *json = NULL;
    const char *nonce;
    int r = seed_client_call(c->client, &call, &answer, e);

    if (r < 0)
        return r;
    if (answer.status != 200)
        return seed_answer_error(&answer, call.path, e);
    r = seed_answer_json(&answer, &json, e);
    if (r >= 0)
        r = json_get_string(json, "nonce", &nonce, e);
    if (r < 0)
        return error_wrap(e, "%s", call.path);
    if (strlen(nonce) != NONCE_HEX)
        return error_set(e, -EPROTO, "%s: a nonce of %zu characters", call.path, strlen(nonce));
    memcpy(ret, nonce, NONCE_HEX + 1);
    return 0;
}

static int make_request(struct context *c, const struct machine *m, const struct key *key,
                        struct buf *ret, struct error *e)
{
    char nonce[NONCE_HEX + 1], proof[SHA256_HEX_SIZE] = "";
    _cleanup_json_ json_t *json = NULL, *macs = json_array();
    _cleanup_free_ char *csr = NULL;
    uint8_t digest[SHA256_SIZE];
    const char *host = c->settings->host;
    int r = get_nonce(c, nonce, e);

    if (r < 0)
        return r;
    r = csr_make(key, host ? host : "unnamed", &csr, digest, e);
    if (r < 0)
        return r;
    if (c->settings->token) {
        r = make_proof(c->settings, nonce, digest, proof, e);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < m->n_macs; i++)
        if (json_array_append_new(macs, json_string(m->macs[i])) < 0)
            return error_oom(e);
    json = json_pack("{s:i, s:s, s:s, s:s?, s:O, s:s?, s:s?, s:s?, s:s}", "version",
                     PROTOCOL_VERSION, "nonce", nonce, "csr", csr, "host", host, "macs", macs,
                     "uuid", m->uuid[0] ? m->uuid : NULL, "serial", m->serial[0] ? m->serial : NULL,
                     "proof", proof[0] ? proof : NULL, "boot_id", c->boot_id);
    if (!json)
        return error_set(e, -EINVAL, "the firmware's serial number is no text");
    if (c->install && (json_object_set_new(json, "purpose", json_string("install")) < 0 ||
                       json_object_set(json, "facts", c->install->facts) < 0))
        return error_oom(e);
    return json_print(json, ret, e);
}

/* The server's 200: believed only when it is for our key, of the CA that was pinned. The key is
 * handed over. */
static int accept_certificate(struct context *c, const struct seed_answer *answer, struct key **key,
                              struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *certificate = NULL;
    _cleanup_json_ json_t *json = NULL;
    const struct certificate *ca;
    const char *pem;
    int r = seed_answer_json(answer, &json, e);

    if (r >= 0)
        r = json_get_string(json, "certificate", &pem, e);
    if (r >= 0)
        r = seed_client_ca(c->client, &ca, e);
    if (r >= 0)
        r = certificate_read(pem, &certificate, e);
    if (r >= 0)
        r = certificate_check(certificate, *key, ca, e);
    if (r < 0)
        return error_wrap(e, "/v1/enrol");
    r = file_write_atomic(AT_FDCWD, c->settings->certificate, pem, strlen(pem), 0644, e);
    if (r < 0)
        return r;
    cut_here("enrol", "certificate");
    return adopt_identity(c, &certificate, key, e);
}

/* An installer has the console for itself: a screen of its own, when it differs from the last. */
static void show_screen(struct context *c, int status, const char *words, const char *fingerprint,
                        const struct machine *m)
{
    struct install_screen screen = {.machine = m,
                                    .mac = c->install->cmdline.bootif,
                                    .fingerprint = fingerprint,
                                    .taskbox = c->settings->plain,
                                    .words = words,
                                    .known = status == 202};
    _cleanup_buf_ struct buf text = BUF_INIT(sizeof(c->install->screen) - 1);

    install_screen_print(&screen, &text);
    if (buf_check(&text) < 0 || strcmp(text.data, c->install->screen) == 0)
        return;
    memcpy(c->install->screen, text.data, text.len + 1);
    (void)fputs(text.data, stderr); /* a console that is gone needs nothing shown */
}

/* Words for whoever stands at the console: what to compare, and what to type. */
static void show_wait(struct context *c, int status, const char *words, const char *fingerprint,
                      const struct machine *m)
{
    char message[512], shown[FINGERPRINT_WORDS_SIZE];

    if (c->install) {
        show_screen(c, status, words, fingerprint, m);
        reporter_set(c->reporter, STEP_ENROL, REPORT_WAITING, -1, words);
        return;
    }
    fingerprint_words(fingerprint, shown);
    if (status == 202)
        (void)snprintf(message, sizeof(message), "%s; this machine's fingerprint is %s", words,
                       shown);
    else
        (void)snprintf(message, sizeof(message),
                       "%s; \"seedctl pending\" on the taskbox lists this machine (%s, fingerprint "
                       "%s)",
                       words,
                       m->n_macs    ? m->macs[0]
                       : m->uuid[0] ? m->uuid
                                    : m->serial,
                       shown);
    reporter_set(c->reporter, STEP_ENROL, REPORT_WAITING, -1, message);
}

/* One request. *ret_wait_ms is 0 when enrolled, and the key handed over; otherwise when to ask
 * again.
 */
static int ask(struct context *c, const struct machine *m, struct key **key, uint64_t *ret_wait_ms,
               struct error *e)
{
    struct seed_call call = {.plane = SEED_ANONYMOUS,
                             .method = "POST",
                             .path = "/v1/enrol",
                             .content_type = "application/json"};
    _cleanup_buf_ struct buf body = BUF_INIT(PROTOCOL_CSR_MAX + 16 * 1024 + INSTALL_FACTS_MAX);
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    char fingerprint[SHA256_HEX_SIZE];
    struct error words = ERROR_INIT;
    uint8_t hash[SHA256_SIZE];
    int r = make_request(c, m, *key, &body, e);

    if (r < 0)
        return r;
    call.body = body.data;
    call.body_len = body.len;
    r = seed_client_call(c->client, &call, &answer, e);
    if (r < 0)
        return r;
    *ret_wait_ms = 0;
    if (answer.status == 200)
        return accept_certificate(c, &answer, key, e);
    (void)seed_answer_error(&answer, call.path, &words);
    if (answer.status != 202 && answer.status != 403) {
        r = error_set(e, words.code, "%s", words.message);
        /* Another key was enrolled for this host: for people to sort out. */
        return answer.status == 409 ? step_refuse(c, r) : r;
    }
    r = key_spki_sha256(*key, hash, e);
    if (r < 0)
        return r;
    format_hex(hash, sizeof(hash), fingerprint);
    show_wait(c, answer.status, words.message, fingerprint, m);
    *ret_wait_ms = (answer.retry_after_ms ? answer.retry_after_ms : ASK_AGAIN_MS) +
                   backoff_ms(0, ASK_AGAIN_MS / 4, ASK_AGAIN_MS / 4);
    return 0;
}

/* The one-time token was good for the key that is certified now: nobody is to find it any more,
 * least of all whoever copies this machine's disk. */
static void forget_token(struct context *c)
{
    struct error why = ERROR_INIT;
    bool scrubbed;

    if (settings_scrub_token(c->settings, &scrubbed, &why) < 0)
        step_note(c, "the one-time token cannot be taken out: %s, ignoring: it is spent",
                  why.message);
    else if (scrubbed)
        step_note(c, "the one-time token is spent and taken out of %s", c->settings->file);
}

int enrol_again(struct context *c, struct error *e)
{
    _cleanup_(key_freep) struct key *key = NULL;
    struct machine m;
    uint64_t wait_ms;
    int r = key_read(key_pem(seed_client_key(c->client)), &key, e);

    if (r >= 0)
        r = machine_read(c->root, &m, e);
    if (r >= 0)
        r = ask(c, &m, &key, &wait_ms, e);
    if (r >= 0 && wait_ms > 0)
        r = error_set(e, -EAGAIN, "the taskbox does not let this machine's key enrol again");
    if (r < 0)
        return r;
    /* It may have been shown as waiting for approval. */
    if (c->step != STEP_ENROL)
        reporter_found_done(c->reporter, STEP_ENROL);
    reporter_repeat(c->reporter);
    return 0;
}

/* A machine that was ready, and off for so long that its certificate ended, boots without the
 * taskbox all the same: once that is back, the key is enrolled again. */
static int boot_with_ended(struct context *c, struct certificate **ended, struct key **key,
                           struct error *e)
{
    struct error why = ERROR_INIT;
    int r = adopt_identity(c, ended, key, e);
    unsigned patience;

    if (r < 0)
        return r;
    patience = seed_client_set_patience(c->client, ATTEMPTS_WHEN_READY);
    r = enrol_again(c, &why);
    (void)seed_client_set_patience(c->client, patience);
    if (r == -EAGAIN) {
        step_note(c, "%s: going on with a certificate that has ended", why.message);
        return 0;
    }
    return r < 0 ? error_set(e, r, "%s", why.message) : 0;
}

int enrol_run(struct context *c, struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *certificate = NULL;
    _cleanup_(key_freep) struct key *key = NULL;
    struct machine m;
    bool ended;
    uint64_t wait_ms;
    int r = key_file_obtain(c, c->settings->key, &key, e);

    if (r < 0)
        return r;
    cut_here("enrol", "key");
    certificate = find_certificate(c, key, &ended);
    if (certificate && !ended) {
        r = adopt_identity(c, &certificate, &key, e);
        if (r == 0)
            forget_token(c);
        return r;
    }
    if (certificate && !c->install && journal_step_done_once(c->journal, STEP_REPORT))
        return boot_with_ended(c, &certificate, &key, e);
    r = machine_read(c->root, &m, e);
    if (r == 0 && c->install && !c->install->facts) {
        step_progress(c, -1, "looking at the machine, which changes nothing");
        r = install_facts_read(c->root, &c->install->facts, e);
    }
    if (r < 0)
        return r;
    for (;;) {
        r = ask(c, &m, &key, &wait_ms, e);
        if (r == 0 && wait_ms == 0)
            forget_token(c);
        if (r < 0 || wait_ms == 0)
            return r;
        renew_if_due(c);
        step_wait(c, wait_ms);
    }
}
