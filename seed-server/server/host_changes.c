/* SPDX-License-Identifier: Apache-2.0 */
#include "host_changes.h"

#include "common/clock.h"
#include "common/log.h"
#include "enrolment.h"
#include "gates.h"
#include "host_key.h"
#include "pending.h"
#include "server.h"

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

void host_rearm(struct server *s, struct http_request *r, const char *host)
{
    static const char *const forgotten[] = {"identity", "quarantine", "approve", "token",
                                            "progress"};
    uint64_t now = clock_realtime_ms(), until;
    _cleanup_free_ char *record = NULL;
    struct store_txn *t;

    if (!is_known(r, host))
        return;
    until = now + plan_settings(r->serving->plan)->arm_window_ms;
    record = object_text(json_pack("{s:I}", "opened_ms", (json_int_t)now));
    t = record ? store_txn_new() : NULL;
    if (t) {
        struct host_key arm = host_key("arm", host);

        for (size_t i = 0; i < ARRAY_SIZE(forgotten); i++) {
            struct host_key key = host_key(forgotten[i], host);

            store_txn_delete(t, key.text);
        }
        store_txn_put(t, arm.text, record);
        gates_lease_end(s->gates, host, t);
    }
    pending_remove_host(enrolment_pending(s->enrolment), host);
    log_info("%s is armed anew", host);
    submit_change(s, r, t,
                  json_pack("{s:s, s:I}", "host", host, "armed_until_ms", (json_int_t)until));
}

void host_token(struct server *s, struct http_request *r, const char *host)
{
    struct host_key key = host_key("token", host);
    _cleanup_free_ char *record = NULL;
    struct error e = ERROR_INIT;
    struct store_txn *t;
    uint8_t secret[24];
    char token[2 * sizeof(secret) + 1];

    if (!is_known(r, host))
        return;
    if (random_bytes(secret, sizeof(secret), &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    format_hex(secret, sizeof(secret), token);
    record = object_text(
        json_pack("{s:s, s:I}", "token", token, "made_ms", (json_int_t)clock_realtime_ms()));
    t = record ? store_txn_new() : NULL;
    if (t)
        store_txn_put(t, key.text, record);
    submit_change(s, r, t, json_pack("{s:s, s:s}", "host", host, "token", token));
    explicit_bzero(token, sizeof(token));
    explicit_bzero(secret, sizeof(secret));
}
