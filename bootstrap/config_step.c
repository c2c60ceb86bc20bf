/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/parse.h"
#include "crypto.h"
#include "journal.h"
#include "renew.h"
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

int config_kept_digest(const struct context *c, char ret[SHA256_HEX_SIZE], struct error *e)
{
    _cleanup_free_ char *text = NULL;
    uint8_t digest[SHA256_SIZE];
    size_t len;
    int r = file_read(AT_FDCWD, c->settings->config, PROTOCOL_CONFIG_MAX, &text, &len, e);

    if (r < 0)
        return r;
    r = sha256_of(text, len, digest);
    if (r < 0)
        return error_set(e, r, "SHA-256 failed");
    format_hex(digest, sizeof(digest), ret);
    return 0;
}

static int fetch_config(struct context *c, unsigned attempts, struct error *e)
{
    char have[SHA256_HEX_SIZE];
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "GET",
                             .path = "/v1/config",
                             .max_answer = PROTOCOL_CONFIG_MAX,
                             .attempts = attempts};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    _cleanup_json_ json_t *config = NULL;
    int r;

    /* One that cannot be used is as good as none. */
    if (config_use_kept(c, NULL) == 0 && config_kept_digest(c, have, NULL) == 0)
        call.have = have;
    r = seed_client_call(c->client, &call, &answer, e);
    if (r < 0)
        return r;
    if (answer.status == 304 && call.have) {
        note_plan(c, c->config);
        return 0;
    }
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

#define NEWS_MS 10000

bool config_has_news(struct context *c)
{
    char have[SHA256_HEX_SIZE];
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "GET",
                             .path = "/v1/config",
                             .max_answer = PROTOCOL_CONFIG_MAX,
                             .timeout_ms = NEWS_MS,
                             .have = have,
                             .attempts = 1};
    _cleanup_seed_answer_ struct seed_answer answer = {0};

    return config_kept_digest(c, have, NULL) == 0 &&
           seed_client_call(c->client, &call, &answer, NULL) == 0 && answer.status == 200;
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

/* The server refuses a certificate that has ended: it is there, and can certify the key again. */
static bool cannot_renew(struct context *c)
{
    unsigned patience = seed_client_set_patience(c->client, ATTEMPTS_WHEN_READY);
    struct error why = ERROR_INIT;
    int r = renew_ended(c, &why);

    (void)seed_client_set_patience(c->client, patience);
    if (r < 0)
        step_note(c, "%s", why.message);
    return r == -EAGAIN;
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
    if (r == -ENOKEY) {
        /* Rearmed: it has forgotten the key, and takes the same one as well as another. */
        step_note(c, "%s, enrolling again", why.message);
        r = enrol_again(c, &why);
        if (r == 0)
            r = fetch_config(c, was_ready ? ATTEMPTS_WHEN_READY : 0, &why);
    }
    if (r == -EAGAIN && was_ready) {
        step_note(c, "the server is away (%s), going on by the config of the last boot",
                  why.message);
        return 0;
    }
    if (r == -EACCES && was_ready && cannot_renew(c)) {
        step_note(c, "%s, going on by the config of the last boot", why.message);
        return 0;
    }
    if (r < 0)
        return error_set(e, r, "%s", why.message);
    /* That it fails is no reason not to go on: it is tried again as long as the machine runs. */
    if (renew_identity(c, &why) < 0)
        step_note(c, "%s, ignoring", why.message);
    return 0;
}
