/* SPDX-License-Identifier: Apache-2.0 */
#include "applied.h"
#include "attend.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/protocol.h"
#include "enrolment.h"
#include "gates.h"
#include "handlers.h"
#include "log_files.h"
#include "server.h"

/* The TLS plane: enrolling, and what a node asks with its certificate. */

static const struct plan_host *asker(const struct http_request *r)
{
    return plan_host(r->serving->plan, r->host);
}

void handle_nonce(struct server *s, struct http_request *r)
{
    enrolment_nonce(s->enrolment, r);
}

void handle_enrol(struct server *s, struct http_request *r)
{
    enrolment_ask(s->enrolment, r);
}

void handle_config(struct server *s, struct http_request *r)
{
    applied_send_config(s, r);
}

/* The step that a path names, or -1 after answering 404. */
static int step_param(struct http_request *r)
{
    char name[32];
    int step = http_param(r, 0, name, sizeof(name)) == 0 ? step_find(name) : -1;

    if (step < 0)
        http_send_error(r, 404, "there is no such step");
    return step;
}

void handle_gate(struct server *s, struct http_request *r)
{
    uint64_t wait_s;
    int step = step_param(r);

    if (step < 0)
        return;
    if (http_query_uint(r, "wait", PROTOCOL_GATE_WAIT_MAX_S, 0, &wait_s) < 0)
        http_send_error(r, 400, "wait is 0 to %d seconds", PROTOCOL_GATE_WAIT_MAX_S);
    else
        gates_ask(s->gates, r, (enum step)step, wait_s * 1000);
}

void handle_attend(struct server *s, struct http_request *r)
{
    char config[SHA256_TEXT_SIZE];
    uint64_t wait_s;

    if (http_query_uint(r, "wait", PROTOCOL_ATTEND_WAIT_MAX_S, 0, &wait_s) < 0)
        http_send_error(r, 400, "wait is 0 to %d seconds", PROTOCOL_ATTEND_WAIT_MAX_S);
    else if (http_query_text(r, "config", config, sizeof(config)) < 0 ||
             (config[0] && strlen(config) != sizeof(config) - 1))
        http_send_error(r, 400, "config is the SHA-256 of the node config, 64 hex digits");
    else
        attend_ask(s->attend, r, wait_s * 1000);
}

void log_take(struct server *s, struct http_request *r, const char *host, enum step step)
{
    const char *state = s->options->state;
    struct error e = ERROR_INIT;
    uint64_t running;
    int result;

    if (http_query_uint(r, "running", 1, 0, &running) < 0) {
        http_send_error(r, 400, "running: expected 0 or 1");
        return;
    }
    result = running ? log_files_set_running(state, host, step, r->body, r->body_len, &e)
                     : log_files_append(state, host, step, r->body, r->body_len, &e);
    if (result < 0)
        http_send_failure(r, &e);
    else
        http_send_empty(r, 204);
}

void handle_log(struct server *s, struct http_request *r)
{
    int step = step_param(r);

    if (step < 0)
        return;
    if (step == STEP_INSTALL)
        http_send_error(r, 404, "the log of the step install is its installer's");
    else
        log_take(s, r, asker(r)->name, (enum step)step);
}

void handle_certificate(struct server *s, struct http_request *r)
{
    _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
    _cleanup_free_ char *certificate = NULL;
    struct error e = ERROR_INIT;
    struct cert_profile profile;
    char purpose[64];
    int ca, result;

    result = http_param(r, 0, purpose, sizeof(purpose));
    if (result < 0) {
        http_send_error(r, 404, "there is no such purpose");
        return;
    }
    result = strcmp(purpose, "installer") == 0
                 ? error_set(&e, -ENOENT, "installers get their certificate by enrolling")
                 : plan_cert_profile(r->serving->plan, r->host, purpose, &profile, &e);
    if (result == 0)
        result = x509_csr_parse(r->body, r->body_len, &csr, &e);
    ca = result == 0 ? ca_find(profile.ca) : -1;
    if (result == 0 && ca < 0)
        result = error_set(&e, -EIO, "certificates for %s name an unknown CA", purpose);
    if (result == 0)
        result = x509_sign(ca_signer(s->ca, (enum ca_id)ca), csr, &profile, clock_realtime_ms(),
                           &certificate, &e);
    if (result < 0) {
        http_send_failure(r, &e);
        return;
    }
    log_info("%s: certificate for %s", asker(r)->name, purpose);
    http_send_json(r, 200,
                   json_pack("{s:s, s:s}", "certificate", certificate, "ca",
                             ca_certificate(s->ca, (enum ca_id)ca)));
}

void handle_secrets(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    json_t *files = NULL;

    if (ca_control_plane_files(s->ca, &files, &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    log_info("%s: the cluster's CA keys handed to this master", asker(r)->name);
    http_send_json_secret(r, 200, files);
}

/* The answer is out before this is on disk: it is told again whenever addons are applied. */
void handle_console(struct server *s, struct http_request *r)
{
    _cleanup_json_ json_t *body = NULL;
    struct error e = ERROR_INIT;
    struct store_txn *t;
    char record[64];
    int64_t port;

    if (json_parse(r->body, r->body_len, r->body_max, &body, &e) < 0 ||
        json_get_int(body, "port", &port, &e) < 0 || port < 1 || port > 65535) {
        http_send_error(r, 400, "the body is not {\"port\":N}");
        return;
    }
    if (!asker(r)->init_master) {
        http_send_error(r, 403, "%s installs no addons: it is not the first master",
                        asker(r)->name);
        return;
    }
    (void)snprintf(record, sizeof(record), "{\"port\":%lld}", (long long)port); /* one number */
    t = store_txn_new();
    if (t)
        store_txn_put(t, CONSOLE_KEY, record);
    store_submit(s->store, t, NULL, NULL);
    http_send_empty(r, 204);
}
