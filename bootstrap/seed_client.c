/* SPDX-License-Identifier: Apache-2.0 */
#include "seed_client.h"

#include <fcntl.h>
#include <time.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/version.h"
#include "crypto.h"
#include "settings.h"

#define ANSWER_DEFAULT_MAX (64 * 1024)
#define CALL_TIMEOUT_MS 30000
#define CONNECT_TIMEOUT_MS 10000
#define TIME_MAX_MS INT64_C(4102444800000) /* 2100: nobody's clock is meant to be there */
#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS 120000
/* No route or no neighbour yet: trying costs the server nothing, and at boot the network is about
 * to come up. */
#define UNREACHABLE_CAP_MS 2000
#define PEM_MAX (64 * 1024)

struct seed_client {
    const struct settings *settings;
    seed_client_wait *wait;
    void *userdata;
    struct certificate *ca, *certificate; /* NULL until known */
    struct key *key;
    char *lease_header; /* "Nodeseed-Lease: …" or NULL */
    struct fetcher *fetchers[SEED_NODE + 1];
    struct tls_use tls[SEED_NODE + 1]; /* how each of them speaks TLS */
    unsigned patience;                 /* attempts of calls that do not name them; 0: for ever */
    int64_t offset_ms;                 /* added to the clock when certificates are judged */
};

void seed_answer_done(struct seed_answer *a)
{
    buf_done(&a->text);
}

static void drop_fetchers(struct seed_client *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(s->fetchers); i++) {
        fetcher_free(s->fetchers[i]);
        s->fetchers[i] = NULL;
    }
}

void seed_client_free(struct seed_client *s)
{
    if (!s)
        return;
    drop_fetchers(s);
    certificate_free(s->ca);
    certificate_free(s->certificate);
    key_free(s->key);
    free(s->lease_header);
    free(s);
}

int seed_client_new(const struct settings *settings, seed_client_wait *wait, void *userdata,
                    struct seed_client **ret, struct error *e)
{
    struct seed_client *s = calloc(1, sizeof(*s));

    if (!s)
        return error_oom(e);
    s->settings = settings;
    s->wait = wait;
    s->userdata = userdata;
    *ret = s;
    return 0;
}

static int get_fetcher(struct seed_client *s, enum seed_plane plane, struct fetcher **ret,
                       struct error *e)
{
    struct fetch_identity identity = {.user_agent = "seed-bootstrap/" NODESEED_VERSION};
    int r;

    if (!s->fetchers[plane]) {
        if (plane != SEED_PLAIN) {
            s->tls[plane] = (struct tls_use){.ca = s->ca, .offset_ms = &s->offset_ms};
            identity.ca_by_setup = true;
            identity.tls_setup = tls_set_up;
            identity.tls_data = &s->tls[plane];
        }
        if (plane == SEED_NODE) {
            if (!s->certificate)
                return error_set(e, -ENOKEY, "this machine has no certificate yet");
            s->tls[plane].certificate = s->certificate;
            s->tls[plane].key = s->key;
        }
        r = fetcher_new(&identity, &s->fetchers[plane], e);
        if (r < 0)
            return r;
    }
    *ret = s->fetchers[plane];
    return 0;
}

/* One attempt by the given fetcher. */
static int call_once(struct seed_client *s, struct fetcher *f, const struct seed_call *call,
                     struct seed_answer *ret, struct error *e)
{
    const char *base = call->plane == SEED_PLAIN ? s->settings->plain : s->settings->server;
    _cleanup_free_ char *url = NULL;
    const char *headers[3] = {0};
    char match[96];
    size_t n = 0;
    struct fetch_response response;
    struct fetch_request request = {
        .method = call->method,
        .body = call->body,
        .body_len = call->body_len,
        .content_type = call->content_type,
        .headers = headers,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .total_timeout_ms = call->timeout_ms ? call->timeout_ms : CALL_TIMEOUT_MS,
        .max_body = call->max_answer ? call->max_answer : ANSWER_DEFAULT_MAX,
        .answer = &ret->text,
    };
    int r;

    if (asprintf(&url, "%s%s", base, call->path) < 0) {
        url = NULL;
        return error_oom(e);
    }
    request.url = url;
    if (call->plane == SEED_NODE && s->lease_header)
        headers[n++] = s->lease_header;
    if (call->have) {
        (void)snprintf(match, sizeof(match), "If-None-Match: \"%.64s\"", call->have); /* fits */
        headers[n++] = match;
    }
    buf_done(&ret->text);
    buf_init(&ret->text, request.max_body);
    r = fetch(f, &request, &response, e);
    if (r < 0)
        return r;
    ret->status = response.status;
    ret->retry_after_ms = response.retry_after_ms;
    return 0;
}

/* The CA certificate, when it is the one whose SPKI hash was pinned. That it is signed by its own
 * key matters as well: anybody could put that key into a certificate of another name, which would
 * be kept, and fit none of the taskbox's from then on. */
static int read_pinned(const struct settings *settings, const char *pem, struct certificate **ret,
                       struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *ca = NULL;
    char have[SHA256_HEX_SIZE], want[SHA256_HEX_SIZE];
    uint8_t hash[SHA256_SIZE];
    int r = certificate_read(pem, &ca, e);

    if (r < 0)
        return error_set(e, r,
                         "no CA certificate comes from /ca.pem: something else than the taskbox "
                         "answers there");
    r = certificate_spki_sha256(ca, hash, e);
    if (r < 0)
        return r;
    if (memcmp(hash, settings->pin, sizeof(hash)) == 0) {
        r = certificate_check(ca, NULL, ca, NULL);
        if (r < 0)
            return error_set(e, r,
                             "what comes from /ca.pem has the CA's key but was not made by it: "
                             "somebody else than the taskbox answers there");
        *ret = TAKE_PTR(ca);
        return 0;
    }
    format_hex(hash, sizeof(hash), have);
    format_hex(settings->pin, sizeof(settings->pin), want);
    return error_set(e, -EKEYREJECTED,
                     "its CA is %s, but this machine was given the pin %s: either another taskbox "
                     "answers there, or seed.yml is out of date",
                     have, want);
}

int seed_client_ca(struct seed_client *s, const struct certificate **ret, struct error *e)
{
    struct seed_call call = {.plane = SEED_PLAIN, .method = "GET", .path = "/ca.pem"};
    _cleanup_(certificate_freep) struct certificate *ca = NULL;
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    _cleanup_free_ char *kept = NULL;
    size_t len;
    int r;

    if (s->ca) {
        *ret = s->ca;
        return 0;
    }
    r = file_read(AT_FDCWD, s->settings->ca, PEM_MAX, &kept, &len, NULL);
    if (r >= 0 && read_pinned(s->settings, kept, &ca, NULL) == 0) {
        *ret = s->ca = TAKE_PTR(ca);
        return 0;
    }
    r = seed_client_call(s, &call, &answer, e);
    if (r < 0)
        return r;
    if (answer.status != 200)
        return seed_answer_error(&answer, call.path, e);
    r = read_pinned(s->settings, answer.text.data ? answer.text.data : "", &ca, e);
    if (r < 0)
        return error_wrap(e, "%s", s->settings->plain);
    r = file_write_atomic(AT_FDCWD, s->settings->ca, answer.text.data, answer.text.len, 0644, e);
    if (r < 0)
        return r;
    *ret = s->ca = TAKE_PTR(ca);
    return 0;
}

void seed_client_set_identity(struct seed_client *s, struct certificate *certificate,
                              struct key *key)
{
    fetcher_free(s->fetchers[SEED_NODE]);
    s->fetchers[SEED_NODE] = NULL;
    certificate_free(s->certificate);
    s->certificate = certificate;
    if (!key)
        return;
    key_free(s->key);
    s->key = key;
}

const struct certificate *seed_client_certificate(const struct seed_client *s)
{
    return s->certificate;
}

const struct key *seed_client_key(const struct seed_client *s)
{
    return s->key;
}

bool seed_client_has_identity(const struct seed_client *s)
{
    return s->certificate;
}

unsigned seed_client_set_patience(struct seed_client *s, unsigned attempts)
{
    unsigned before = s->patience;

    s->patience = attempts;
    return before;
}

int seed_client_set_lease(struct seed_client *s, const char *lease, struct error *e)
{
    free(s->lease_header);
    s->lease_header = NULL;
    if (lease && asprintf(&s->lease_header, LEASE_HEADER ": %s", lease) < 0) {
        s->lease_header = NULL;
        return error_oom(e);
    }
    return 0;
}

int64_t seed_client_clock_offset_ms(const struct seed_client *s)
{
    return s->offset_ms;
}

/* The server's time by the nonce call. Only ignore_validity lets a certificate that is not valid at
 * our time through, and nothing but the time is taken from such an answer. */
static int ask_time(struct seed_client *s, bool ignore_validity, unsigned attempts,
                    int64_t *ret_offset_ms, struct error *e)
{
    struct seed_call call = {
        .plane = SEED_ANONYMOUS, .method = "GET", .path = "/v1/nonce", .attempts = attempts};
    struct tls_use tls = {.ca = s->ca, .any_time = true};
    struct fetch_identity identity = {
        .user_agent = "seed-bootstrap/" NODESEED_VERSION,
        .ca_by_setup = true,
        .tls_setup = tls_set_up,
        .tls_data = &tls,
    };
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    _cleanup_json_ json_t *json = NULL;
    int64_t time_ms;
    int r;

    if (ignore_validity) {
        r = fetcher_new(&identity, &f, e);
        if (r < 0)
            return r;
        r = call_once(s, f, &call, &answer, e);
    } else {
        r = seed_client_call(s, &call, &answer, e);
    }
    if (r < 0)
        return r;
    if (answer.status != 200)
        return seed_answer_error(&answer, call.path, e);
    r = seed_answer_json(&answer, &json, e);
    if (r >= 0)
        r = json_get_int(json, "time", &time_ms, e);
    if (r >= 0 && (time_ms < 0 || time_ms > TIME_MAX_MS))
        r = error_set(e, -EPROTO, "a time of %lld ms since 1970", (long long)time_ms);
    if (r < 0)
        return error_wrap(e, "%s", call.path);
    *ret_offset_ms = time_ms - (int64_t)clock_realtime_ms();
    return 0;
}

/* Moves the clock; where that may not be (a --root tree, no privilege) the offset is remembered,
 * and our own view of certificates is right all the same. */
static void apply_offset(struct seed_client *s, int64_t offset_ms)
{
    int64_t now_ms = (int64_t)clock_realtime_ms() + offset_ms;
    struct timespec ts = {.tv_sec = now_ms / 1000, .tv_nsec = now_ms % 1000 * 1000000};
    bool set = s->settings->root[0] == '\0' && clock_settime(CLOCK_REALTIME, &ts) == 0;

    s->offset_ms = set ? 0 : offset_ms;
    log_warning("the clock was off by %lld s, %s", (long long)(offset_ms / 1000),
                set ? "set to the server's time" : "going by the server's time");
    drop_fetchers(s);
}

int seed_client_sync_clock(struct seed_client *s, uint64_t tolerance_ms, unsigned attempts,
                           int64_t *ret_offset_ms, struct error *e)
{
    int64_t offset_ms;
    int r = ask_time(s, false, attempts, &offset_ms, e);

    if (r < 0)
        return r;
    *ret_offset_ms = offset_ms;
    if ((uint64_t)llabs(offset_ms) > tolerance_ms)
        apply_offset(s, offset_ms);
    return 0;
}

static bool is_temporary_status(int status)
{
    return status == 429 || status >= 500;
}

static bool is_final(int r)
{
    return r == -EKEYREJECTED || r == -EKEYEXPIRED || r == -ENOMEM || r == -E2BIG || r == -ENOKEY;
}

/* One attempt, with the clock rule: judged invalid by time alone, the server's time is asked for,
 * and the call is made once more, verified in full. */
static int attempt(struct seed_client *s, const struct seed_call *call, struct seed_answer *ret,
                   struct error *e)
{
    struct fetcher *f;
    int64_t offset_ms;
    int r = get_fetcher(s, call->plane, &f, e);

    if (r < 0)
        return r;
    r = call_once(s, f, call, ret, e);
    if (r != -EKEYEXPIRED)
        return r;
    r = ask_time(s, true, 1, &offset_ms, e);
    if (r < 0)
        return r;
    apply_offset(s, offset_ms);
    r = get_fetcher(s, call->plane, &f, e);
    return r < 0 ? r : call_once(s, f, call, ret, e);
}

int seed_client_call(struct seed_client *s, const struct seed_call *call, struct seed_answer *ret,
                     struct error *e)
{
    unsigned attempts = call->attempts ? call->attempts : s->patience;
    const struct certificate *ca;
    int r;

    ret->text = (struct buf)BUF_INIT(ANSWER_DEFAULT_MAX);
    if (call->plane != SEED_PLAIN) {
        r = seed_client_ca(s, &ca, e);
        if (r < 0)
            return r;
    }
    for (unsigned n = 0;; n++) {
        uint64_t ms, cap = RETRY_CAP_MS;
        struct error why = ERROR_INIT;

        r = attempt(s, call, ret, &why);
        if (r == 0 && !is_temporary_status(ret->status)) {
            if (n > 0)
                s->wait(0, NULL, s->userdata);
            return 0;
        }
        if (is_final(r))
            return error_set(e, r, "%s: %s", call->path, why.message);
        if (r == 0)
            (void)seed_answer_error(ret, call->path, &why);
        if (attempts && n + 1 >= attempts)
            return error_set(e, -EAGAIN, "%s", why.message);
        if (r == -EHOSTUNREACH)
            cap = UNREACHABLE_CAP_MS;
        ms = backoff_ms(n < 16 ? n : 16, RETRY_BASE_MS, cap);
        if (r == 0)
            ms += ret->retry_after_ms;
        s->wait(ms < RETRY_BASE_MS ? RETRY_BASE_MS : ms, why.message, s->userdata);
    }
}

int seed_answer_json(const struct seed_answer *a, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *json = NULL;
    int r = json_parse(a->text.data ? a->text.data : "", a->text.len, a->text.limit, &json, e);

    if (r < 0 || !json_is_object(json))
        return r == -ENOMEM ? r : error_set(e, -EPROTO, "an answer that is no JSON object");
    *ret = TAKE_PTR(json);
    return 0;
}

int seed_answer_error(const struct seed_answer *a, const char *path, struct error *e)
{
    static const struct {
        int status, code;
    } codes[] = {
        {401, -ENOKEY},
        {403, -EACCES},
        {404, -ENOENT},
        {409, -EEXIST},
        {429, -EAGAIN},
        {500, -EAGAIN},
        {502, -EAGAIN},
        {503, -EAGAIN},
        {504, -EAGAIN},
        {507, -EAGAIN},
    };
    _cleanup_json_ json_t *json = NULL;
    const char *words = NULL;
    int code = -EPROTO;

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i].status == a->status)
            code = codes[i].code;
    if (seed_answer_json(a, &json, NULL) == 0)
        words = json_string_value(json_object_get(json, "error"));
    if (words && words[0])
        return error_set(e, code, "%s", words);
    if (a->status >= 300 && a->status < 400)
        return error_set(e, code,
                         "%s: the server answered %d, pointing elsewhere, which is never followed: "
                         "a proxy or a login page answers in the taskbox's place",
                         path, a->status);
    return error_set(e, code, "%s: the server answered %d", path, a->status);
}

int seed_client_get(struct seed_client *s, const char *path, size_t max, json_t **ret,
                    struct error *e)
{
    struct seed_call call = {.plane = SEED_NODE, .method = "GET", .path = path, .max_answer = max};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    int r = seed_client_call(s, &call, &answer, e);

    if (r < 0)
        return r;
    if (answer.status != 200)
        return seed_answer_error(&answer, path, e);
    r = seed_answer_json(&answer, ret, e);
    return r < 0 ? error_wrap(e, "%s", path) : 0;
}

int seed_client_post(struct seed_client *s, const char *path, const char *content_type,
                     const void *body, size_t len, json_t **ret, struct error *e)
{
    struct seed_call call = {.plane = SEED_NODE,
                             .method = "POST",
                             .path = path,
                             .content_type = content_type,
                             .body = body,
                             .body_len = len};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    int r = seed_client_call(s, &call, &answer, e);

    if (r < 0)
        return r;
    if (answer.status != 200 && answer.status != 204)
        return seed_answer_error(&answer, path, e);
    if (ret)
        *ret = NULL;
    if (!ret || answer.status == 204)
        return 0;
    r = seed_answer_json(&answer, ret, e);
    return r < 0 ? error_wrap(e, "%s", path) : 0;
}
