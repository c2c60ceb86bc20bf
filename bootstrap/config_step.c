/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "common/clock.h"
#include "common/file.h"
#include "crypto.h"
#include "journal.h"
#include "report.h"
#include "route.h"
#include "seed_client.h"
#include "settings.h"
#include "steps.h"

/* A machine that was ready once does not wait long for the server: it goes on by the config that it
 * has, and the server hears of it later. */
#define ATTEMPTS_WHEN_READY 2
#define ADDRESS_WAIT_MS 60000

static int read_kept(struct context *c, json_t **ret, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, c->settings->config, PROTOCOL_CONFIG_MAX, &text, &len, e);

    if (r < 0)
        return r;
    r = json_parse(text, len, PROTOCOL_CONFIG_MAX, ret, e);
    return r < 0 ? error_wrap(e, "%s", c->settings->config) : 0;
}

static void note_plan(struct context *c, json_t *config)
{
    _cleanup_json_ json_t *kept = NULL;
    const char *now = json_string_value(json_object_get(config, "plan"));
    const char *before;

    if (read_kept(c, &kept, NULL) < 0)
        kept = NULL;
    before = json_string_value(json_object_get(kept, "plan"));
    step_note(c, "plan %s", now ? now : "(none)");
    if (now && before && strcmp(now, before) != 0)
        step_note(c, "was plan %s: steps whose part of it differs are done again", before);
}

static int fetch_config(struct context *c, unsigned attempts, struct error *e)
{
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "GET",
                             .path = "/v1/config",
                             .max_answer = PROTOCOL_CONFIG_MAX,
                             .attempts = attempts};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    _cleanup_json_ json_t *config = NULL;
    int r = seed_client_call(c->client, &call, &answer, e);

    if (r < 0)
        return r;
    if (answer.status != 200)
        return seed_answer_error(&answer, call.path, e);
    r = seed_answer_json(&answer, &config, e);
    if (r >= 0)
        r = context_set_config(c, config, e);
    if (r < 0)
        return error_wrap(e, "%s", call.path);
    note_plan(c, config);
    /* Only what was understood replaces the last one. */
    return file_write_if_changed(AT_FDCWD, c->settings->config, answer.text.data, answer.text.len,
                                 0600, NULL, e);
}

int config_use_kept(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *config = NULL;
    int r = read_kept(c, &config, e);

    if (r < 0)
        return r;
    r = context_set_config(c, config, e);
    return r < 0 ? error_wrap(e, "%s", c->settings->config) : 0;
}

/* The same key gets a newer certificate when less than a third of its life is left. That it fails
 * is no reason not to go on. */
static int renew_certificate(struct context *c, struct error *e)
{
    const struct certificate_facts *facts = certificate_facts(seed_client_certificate(c->client));
    const struct key *key = seed_client_key(c->client);
    _cleanup_(certificate_freep) struct certificate *renewed = NULL;
    _cleanup_json_ json_t *answer = NULL;
    _cleanup_free_ char *csr = NULL;
    int64_t now_s = (int64_t)(clock_realtime_ms() / 1000);
    const char *pem;
    int r;

    if (facts->not_after - now_s >= (facts->not_after - facts->not_before) / 3)
        return 0;
    r = csr_make(key, c->host, &csr, NULL, e);
    if (r >= 0)
        r = seed_client_post(c->client, "/v1/certificates/node", "application/x-pem-file", csr,
                             strlen(csr), &answer, e);
    if (r >= 0)
        r = json_get_string(answer, "certificate", &pem, e);
    if (r >= 0)
        r = certificate_read(pem, &renewed, e);
    if (r >= 0)
        r = certificate_check(renewed, key, NULL, e);
    if (r >= 0)
        r = file_write_atomic(AT_FDCWD, c->settings->certificate, pem, strlen(pem), 0644, e);
    if (r >= 0)
        seed_client_set_identity(c->client, TAKE_PTR(renewed), NULL);
    return r;
}

/* At a boot the network is on its way up: until this host has its address, an unreachable server
 * says nothing. */
static void wait_for_address(struct context *c)
{
    uint64_t end_ms = clock_monotonic_ms() + ADDRESS_WAIT_MS;
    char interface[INTERFACE_NAME_SIZE];
    struct ip_address address;

    while (parse_ip(c->ip, &address, NULL) == 0 &&
           interface_of_address(&address, interface, NULL) == 0 && !interface[0] &&
           clock_monotonic_ms() < end_ms) {
        step_progress(c, -1, "waiting for the address %s", c->ip);
        step_wait(c, 500);
    }
}

int config_run(struct context *c, struct error *e)
{
    bool was_ready =
        journal_step_done_once(c->journal, STEP_REPORT) && config_use_kept(c, NULL) == 0;
    struct error why = ERROR_INIT;
    int r;

    if (was_ready)
        wait_for_address(c);
    r = fetch_config(c, was_ready ? ATTEMPTS_WHEN_READY : 0, &why);
    if (r == -EAGAIN && was_ready) {
        step_note(c, "the server is away (%s), going on by the config of the last boot",
                  why.message);
        return 0;
    }
    if (r < 0)
        return error_set(e, r, "%s", why.message);
    if (renew_certificate(c, &why) < 0)
        step_note(c, "renewing this machine's certificate: %s, ignoring", why.message);
    return 0;
}
