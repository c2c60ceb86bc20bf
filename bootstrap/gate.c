/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include "common/clock.h"
#include "report.h"
#include "seed_client.h"
#include "step_log.h"

/* Long enough to spare the server, short enough that the reason shown is fresh and that reports in
 * between keep the board's "last heard of". */
#define POLL_S 15
/* A server that answers at once though asked to wait (it is stopping, or full) is not hammered. */
#define POLL_EVERY_MS 1000

static int ask(struct context *c, enum step step, unsigned wait_s, json_t **ret, struct error *e)
{
    _cleanup_free_ char *path = NULL;
    struct seed_call call = {
        .plane = SEED_NODE, .method = "GET", .timeout_ms = (wait_s + 30) * UINT64_C(1000)};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    int r;

    if (asprintf(&path, "/v1/gates/%s?wait=%u", step_name(step), wait_s) < 0) {
        path = NULL;
        return error_oom(e);
    }
    call.path = path;
    r = seed_client_call(c->client, &call, &answer, e);
    if (r < 0)
        return r;
    if (answer.status != 200 && answer.status != 202)
        return seed_answer_error(&answer, path, e);
    r = seed_answer_json(&answer, ret, e);
    return r < 0 ? error_wrap(e, "%s", path) : 0;
}

int gate_wait(struct context *c, enum step step, struct error *e)
{
    /* The gate opens by what hosts reported, this one too. */
    int r = reporter_deliver(c->reporter, e);

    if (r < 0)
        return r;
    for (unsigned n = 0;; n++) {
        _cleanup_json_ json_t *answer = NULL;
        const char *reason, *lease;
        uint64_t asked_ms = clock_monotonic_ms(), took_ms;
        bool granted;

        /* The first time without waiting, so that people see the reason at once. */
        r = ask(c, step, n > 0 ? POLL_S : 0, &answer, e);
        if (r < 0)
            return r;
        r = json_get_bool_or(answer, "granted", false, &granted, e);
        if (r >= 0 && granted)
            r = json_get_string_or(answer, "lease", NULL, &lease, e);
        else if (r >= 0)
            r = json_get_string_or(answer, "reason", "its turn", &reason, e);
        if (r < 0)
            return error_wrap(e, "gate of step %s", step_name(step));
        if (granted)
            return seed_client_set_lease(c->client, lease, e);
        reporter_set(c->reporter, step, REPORT_WAITING, -1, reason);
        step_log_say(c->log, reason);
        took_ms = clock_monotonic_ms() - asked_ms;
        step_wait(c, n > 0 && took_ms < POLL_EVERY_MS ? POLL_EVERY_MS - took_ms : 0);
    }
}

void gate_leave(struct context *c)
{
    /* Cannot fail without a lease to copy. */
    (void)!seed_client_set_lease(c->client, NULL, NULL);
}
