/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/log.h"
#include "enrolment.h"
#include "events.h"
#include "handlers.h"
#include "host_changes.h"
#include "kubeconfig.h"
#include "log_files.h"
#include "pending.h"
#include "reload.h"
#include "server.h"
#include "status.h"
#include "wipes.h"

/* The control socket: what seedctl asks for an administrator. */

#define EVENTS_WAIT_MAX_S 60
#define STATUS_MAX ((size_t)1024 * 1024 * 1024)
#define LOGS_MAX ((size_t)STEP_COUNT * (2 * LOG_FILE_MAX + PROTOCOL_LOG_MAX) + 4096)

void handle_status(struct server *s, struct http_request *r)
{
    _cleanup_buf_ struct buf out = BUF_INIT(STATUS_MAX);
    struct error e = ERROR_INIT;

    if (status_print(s, r->serving, &out, &e) < 0)
        http_send_failure(r, &e);
    else
        http_send_buf(r, 200, "application/json", &out);
}

/* The host that a path names; SIZE_MAX after answering 404. */
static size_t host_param(struct http_request *r, char *ret_name, size_t size)
{
    size_t host = SIZE_MAX;

    if (http_param(r, 0, ret_name, size) == 0)
        host = plan_find_host(r->serving->plan, ret_name);
    if (host == SIZE_MAX)
        http_send_error(r, 404, "the inventory has no such host");
    return host;
}

void handle_logs(struct server *s, struct http_request *r)
{
    _cleanup_buf_ struct buf out = BUF_INIT(LOGS_MAX);
    struct error e = ERROR_INIT;
    char name[256], step_text[32];
    int step = -1;

    if (host_param(r, name, sizeof(name)) == SIZE_MAX)
        return;
    if (http_query_text(r, "step", step_text, sizeof(step_text)) < 0 ||
        (*step_text && (step = step_find(step_text)) < 0)) {
        http_send_error(r, 404, "there is no such step");
        return;
    }
    if (log_files_read(s->options->state, name, step, &out, &e) < 0)
        http_send_failure(r, &e);
    else
        http_send_text(r, 200, "text/plain; charset=utf-8", out.data ? out.data : "", out.len);
}

void handle_kubeconfig(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    json_t *config = NULL;

    if (kubeconfig_make(r->serving->plan, s->ca, clock_realtime_ms(), &config, &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    log_info("a cluster administrator's kubeconfig was made");
    http_send_json_secret(r, 200, config);
}

void handle_render(struct server *s, struct http_request *r)
{
    char name[256];
    size_t host = host_param(r, name, sizeof(name));

    (void)s;
    if (host != SIZE_MAX)
        serving_send(r->serving, r, host, DOCUMENT_CONFIG);
}

void handle_plan(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    json_t *plan = NULL;

    if (plan_export(r->serving->plan, &plan, &e) < 0 ||
        json_object_set_new(plan, "loaded_ms", json_integer((json_int_t)r->serving->loaded_ms)) <
            0 ||
        json_object_set_new(plan, "reload", reload_json(s->reload)) < 0) {
        json_decref(plan);
        plan = NULL;
    }
    http_send_json(r, 200, plan);
}

void handle_approve(struct server *s, struct http_request *r)
{
    _cleanup_json_ json_t *body = NULL;
    const char *fingerprint = NULL;
    struct error e = ERROR_INIT;
    char name[256];

    if (host_param(r, name, sizeof(name)) == SIZE_MAX)
        return;
    if (r->body_len > 0 && (json_parse(r->body, r->body_len, r->body_max, &body, &e) < 0 ||
                            json_get_string_or(body, "fingerprint", NULL, &fingerprint, &e) < 0)) {
        http_send_error(r, 400, "the body is not {\"fingerprint\":\"…\"}");
        return;
    }
    host_approve(s, r, name, fingerprint);
}

/* {}, {"reinstall":true} or {"wipe":"SERIAL"} */
void handle_rearm(struct server *s, struct http_request *r)
{
    _cleanup_json_ json_t *body = NULL;
    struct error e = ERROR_INIT;
    bool reinstall = false;
    const char *serial = "";
    char name[256];

    if (host_param(r, name, sizeof(name)) == SIZE_MAX)
        return;
    if (r->body_len > 0 && (json_parse(r->body, r->body_len, r->body_max, &body, &e) < 0 ||
                            json_get_bool_or(body, "reinstall", false, &reinstall, &e) < 0 ||
                            json_get_string_or(body, "wipe", "", &serial, &e) < 0))
        http_send_error(r, 400, "the body is not {\"reinstall\":true} or {\"wipe\":\"SERIAL\"}");
    else if (strlen(serial) > 255 || (*serial && reinstall))
        http_send_error(r, 400, "wipe is the serial number of one disk, and goes alone");
    else if (*serial)
        wipe_allow(s, r, name, serial);
    else
        host_rearm(s, r, name, reinstall);
}

/* Whether the body is empty, or an object that says nothing. Answers the request when it is not. */
static bool says_nothing(struct http_request *r)
{
    _cleanup_json_ json_t *body = NULL;

    if (r->body_len == 0 || (json_parse(r->body, r->body_len, r->body_max, &body, NULL) == 0 &&
                             json_is_object(body) && json_object_size(body) == 0))
        return true;
    http_send_error(r, 400, "the body is empty or {}");
    return false;
}

/* Also of a host that is not in the inventory any more. */
void handle_remove(struct server *s, struct http_request *r)
{
    char name[256];

    if (http_param(r, 0, name, sizeof(name)) < 0 || !is_dns_name(name))
        http_send_error(r, 404, "that is no host's name");
    else if (says_nothing(r))
        host_remove(s, r, name);
}

void handle_token(struct server *s, struct http_request *r)
{
    char name[256];

    if (host_param(r, name, sizeof(name)) != SIZE_MAX && says_nothing(r))
        host_token(s, r, name);
}

void handle_pending(struct server *s, struct http_request *r)
{
    http_send_json(r, 200,
                   json_pack("{s:o}", "pending", pending_json(enrolment_pending(s->enrolment))));
}

void handle_admin_ca(struct server *s, struct http_request *r)
{
    http_send_json(r, 200,
                   json_pack("{s:s, s:s, s:s, s:s}", "pin", ca_pin(s->ca), "certificate",
                             ca_certificate(s->ca, CA_SEED), "kubernetes",
                             ca_certificate(s->ca, CA_KUBERNETES), "etcd",
                             ca_certificate(s->ca, CA_ETCD)));
}

void handle_events(struct server *s, struct http_request *r)
{
    uint64_t since, wait_s;

    if (http_query_uint(r, "since", UINT64_MAX / 2, 0, &since) < 0 ||
        http_query_uint(r, "wait", EVENTS_WAIT_MAX_S, EVENTS_WAIT_MAX_S, &wait_s) < 0)
        http_send_error(r, 400, "since is a number, wait 0 to %d seconds", EVENTS_WAIT_MAX_S);
    else
        events_ask(s->events, r, since, wait_s * 1000);
}
