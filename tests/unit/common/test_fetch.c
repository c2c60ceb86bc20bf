/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <openssl/ssl.h>

#include "common/clock.h"
#include "common/fetch.h"
#include "common/file.h"
#include "common/json.h"
#include "tests/unit/servers.h"
#include "tests/unit/test.h"

static struct servers servers;
static char *ca, *other_ca, *client_certificate, *client_key, *other_certificate, *other_key;

static int start(void **state)
{
    (void)state;
    servers_start(&servers);
    ca = servers_file(&servers, "ca.crt");
    other_ca = servers_file(&servers, "other-ca.crt");
    client_certificate = servers_file(&servers, "client.crt");
    client_key = servers_file(&servers, "client.key");
    other_certificate = servers_file(&servers, "other-client.crt");
    other_key = servers_file(&servers, "other-client.key");
    return 0;
}

static int stop(void **state)
{
    char *texts[] = {ca, other_ca, client_certificate, client_key, other_certificate, other_key};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    servers_stop(&servers);
    return 0;
}

/* One GET (unless request says otherwise) of http(s)://127.0.0.1:PORT/PATH. */
struct call {
    struct fetch_identity identity;
    struct fetch_request request;
    struct fetch_response response;
    struct buf body;
    struct error e;
};

#define CALL_INIT                                                                                  \
    {                                                                                              \
        .body = BUF_INIT(1 << 20)                                                                  \
    }

static void call_done(struct call *c)
{
    buf_done(&c->body);
}

static int call_with(struct fetcher *f, struct call *c, const char *server_name, const char *path)
{
    char url[SERVERS_URL_SIZE];
    int r;

    servers_url(&servers, server_name, path, url);
    c->request.url = url;
    if (!c->request.method)
        c->request.method = "GET";
    if (c->request.connect_timeout_ms == 0)
        c->request.connect_timeout_ms = 10000;
    if (c->request.total_timeout_ms == 0)
        c->request.total_timeout_ms = 20000;
    if (c->request.max_body == 0)
        c->request.max_body = 1 << 20;
    if (!c->request.sink)
        c->request.answer = &c->body;
    buf_clear(&c->body);
    c->e = (struct error)ERROR_INIT;
    r = fetch(f, &c->request, &c->response, &c->e);
    assert_int_equal(r == 0, c->e.message[0] == '\0');
    c->request.url = NULL;
    return r;
}

static int call(struct call *c, const char *server_name, const char *path)
{
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;

    assert_good(fetcher_new(&c->identity, &f, &c->e), &c->e);
    return call_with(f, c, server_name, path);
}

static json_t *echo_of(const struct call *c)
{
    struct error e = ERROR_INIT;
    json_t *json = NULL;

    assert_good(json_parse(c->body.data, c->body.len, c->body.len, &json, &e), &e);
    return json;
}

static const char *member(json_t *json, const char *key)
{
    const char *s = json_string_value(json_object_get(json, key));

    return s ? s : "";
}

static void test_get(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;
    const char *const headers[] = {"Nodeseed-Lease: 7", NULL};
    _cleanup_json_ json_t *seen = NULL;
    json_t *sent;

    (void)state;
    c.identity.user_agent = "test/1";
    c.request.headers = headers;
    assert_good(call(&c, "plain", "echo"), &c.e);
    assert_int_equal(c.response.status, 200);
    assert_int_equal(c.response.content_length, c.body.len);
    assert_string_equal(c.response.etag, "");
    assert_int_equal(c.response.retry_after_ms, 0);
    seen = echo_of(&c);
    sent = json_object_get(seen, "headers");
    assert_string_equal(member(seen, "method"), "GET");
    assert_string_equal(member(sent, "user-agent"), "test/1");
    assert_string_equal(member(sent, "nodeseed-lease"), "7");
    assert_null(json_object_get(sent, "content-type"));
    assert_null(json_object_get(sent, "range"));
}

static void test_methods(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        _cleanup_(call_done) struct call c = CALL_INIT;
        _cleanup_json_ json_t *seen = NULL, *empty = NULL;
        json_t *sent;

        c.request.method = methods[i];
        c.request.body = "{\"a\": 1}XX";
        c.request.body_len = 8;
        c.request.content_type = "application/json";
        assert_good(call(&c, "plain", "echo"), &c.e);
        seen = echo_of(&c);
        sent = json_object_get(seen, "headers");
        assert_string_equal(member(seen, "method"), methods[i]);
        assert_string_equal(member(seen, "body"), "{\"a\": 1}");
        assert_string_equal(member(sent, "content-type"), "application/json");
        assert_null(json_object_get(sent, "expect"));

        c.request.body = NULL;
        c.request.content_type = NULL;
        assert_good(call(&c, "plain", "echo"), &c.e);
        empty = echo_of(&c);
        assert_string_equal(member(empty, "method"), methods[i]);
        assert_string_equal(member(empty, "body"), "");
        assert_null(json_object_get(json_object_get(empty, "headers"), "content-type"));
    }
}

static void test_connection_is_kept(void **state)
{
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;
    _cleanup_(call_done) struct call c = CALL_INIT;
    _cleanup_json_ json_t *first = NULL, *second = NULL;

    (void)state;
    c.identity.ca_pem = ca;
    assert_good(fetcher_new(&c.identity, &f, &c.e), &c.e);
    assert_good(call_with(f, &c, "good", "echo"), &c.e);
    first = echo_of(&c);
    assert_good(call_with(f, &c, "good", "status/404"), &c.e);
    c.request.method = "POST";
    assert_good(call_with(f, &c, "good", "echo"), &c.e);
    second = echo_of(&c);
    assert_true(
        json_equal(json_object_get(first, "connection"), json_object_get(second, "connection")));
}

static void test_answers_that_are_no_errors(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;

    (void)state;
    assert_good(call(&c, "plain", "status/404"), &c.e);
    assert_int_equal(c.response.status, 404);
    assert_string_equal(c.body.data, "words of the server");
    assert_good(call(&c, "plain", "status/500"), &c.e);
    assert_int_equal(c.response.status, 500);

    assert_good(call(&c, "plain", "redirect"), &c.e);
    assert_int_equal(c.response.status, 302); /* never followed */
}

static void test_retry_after(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;

    (void)state;
    assert_good(call(&c, "plain", "retry/7"), &c.e);
    assert_int_equal(c.response.retry_after_ms, 7000);
    assert_good(call(&c, "plain", "retry/99999"), &c.e);
    assert_int_equal(c.response.retry_after_ms, 120000);
    assert_good(call(&c, "plain", "retry/soon"), &c.e);
    assert_int_equal(c.response.retry_after_ms, 0);
}

static void test_etag(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;
    char path[128] = "etag/|";

    (void)state;
    assert_good(call(&c, "plain", "etag/|abc|"), &c.e);
    assert_string_equal(c.response.etag, "abc");
    assert_good(call(&c, "plain", "etag/W/|abc|"), &c.e);
    assert_string_equal(c.response.etag, "");
    assert_good(call(&c, "plain", "etag/abc"), &c.e);
    assert_string_equal(c.response.etag, "");
    assert_good(call(&c, "plain", "etag/|a|c|"),
                &c.e); /* would end the header that sends it back */
    assert_string_equal(c.response.etag, "");
    memset(path + 6, 'x', 80);
    path[86] = '|';
    assert_good(call(&c, "plain", path), &c.e);
    assert_string_equal(c.response.etag, "");
}

static void test_limit(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;

    (void)state;
    c.request.max_body = 100000;
    assert_good(call(&c, "plain", "large/100000"), &c.e);
    assert_int_equal(c.body.len, 100000);
    assert_int_equal(call(&c, "plain", "large/100001"), -E2BIG);
    assert_int_equal(call(&c, "plain", "chunked/25"), -E2BIG); /* no length to know it by */
    assert_non_null(strstr(c.e.message, "/chunked/25: an answer longer than the 100000 bytes"));
    c.request.max_body = 4096 * 25;
    assert_good(call(&c, "plain", "chunked/25"), &c.e);
    assert_int_equal(c.body.len, 4096 * 25);
    assert_true(c.response.content_length == UINT64_MAX);
}

struct collected {
    struct call *call;
    char data[64];
    size_t len;
    int status, refuse;
};

static int collect(const void *data, size_t len, void *userdata)
{
    struct collected *to = userdata;

    to->status = to->call->response.status;
    if (to->refuse)
        return to->refuse;
    assert_true(to->len + len <= sizeof(to->data));
    memcpy(to->data + to->len, data, len);
    to->len += len;
    return 0;
}

static void test_resume(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;
    struct collected to = {.call = &c};

    (void)state;
    c.request.sink = collect;
    c.request.sink_data = &to;
    c.request.resume_from = 4;
    c.request.if_range = "v1";
    assert_good(call(&c, "plain", "file"), &c.e);
    assert_int_equal(c.response.status, 206);
    assert_int_equal(to.status, 206); /* known before the first byte */
    assert_string_equal(c.response.etag, "v1");
    assert_memory_equal(to.data, "456789", 6);
    assert_int_equal(to.len, 6);

    /* The file has changed since: all of it comes. */
    to.len = 0;
    c.request.if_range = "v0";
    assert_good(call(&c, "plain", "file"), &c.e);
    assert_int_equal(to.status, 200);
    assert_int_equal(to.len, 10);
}

static void test_sink(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;
    struct collected to = {.call = &c};

    (void)state;
    c.request.sink = collect;
    c.request.sink_data = &to;
    c.request.answer = &c.body;
    assert_good(call(&c, "plain", "status/404"), &c.e);
    assert_int_equal(to.len, 0); /* the words of an error are no artifact */
    assert_string_equal(c.body.data, "words of the server");

    to.refuse = -ENOSPC;
    assert_int_equal(call(&c, "plain", "file"), -ENOSPC);
    to.refuse = 0;
    assert_int_equal(call(&c, "plain", "cut"), -ECONNRESET);
    assert_int_equal(to.len, 10);
    assert_int_equal(c.response.status, 200);
    assert_string_equal(c.response.etag, "cut"); /* what a resume needs */
}

static void test_broken_servers(void **state)
{
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;
    _cleanup_(call_done) struct call c = CALL_INIT;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    int closed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char url[64];

    (void)state;
    assert_int_equal(call(&c, "plain", "garbage"), -EPROTO);
    assert_int_equal(call(&c, "plain", "line/HTTP/1.1_000_Odd"), -EPROTO);
    assert_int_equal(call(&c, "plain", "line/HTTP/1.1_999_Odd"), -EPROTO);
    assert_int_equal(call(&c, "plain", "line/HTTP/206_Partial"), -EPROTO);
    assert_good(call(&c, "plain", "line/HTTP/1.1_599_Odd"), &c.e);
    assert_int_equal(call(&c, "plain", "close"), -ECONNRESET);
    assert_int_equal(c.response.status, 0);
    c.request.total_timeout_ms = 300;
    assert_int_equal(call(&c, "plain", "slow/5"), -ETIMEDOUT);

    /* A port that is bound and not listened on refuses. */
    assert_int_equal(bind(closed, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(closed, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/x", ntohs(address.sin_port));
    c.request.url = url;
    assert_good(fetcher_new(&c.identity, &f, &c.e), &c.e);
    assert_int_equal(fetch(f, &c.request, &c.response, &c.e), -ECONNREFUSED);
    assert_non_null(strstr(c.e.message, url));
    c.request.url = "http://host.invalid/";
    assert_int_equal(fetch(f, &c.request, &c.response, &c.e), -EHOSTUNREACH);
    c.request.url = "file:///etc/passwd";
    assert_true(fetch(f, &c.request, &c.response, &c.e) < 0);
    c.request.url = "ftp://127.0.0.1/";
    assert_true(fetch(f, &c.request, &c.response, &c.e) < 0);
    close(closed);
}

static void test_environment_is_ignored(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;

    (void)state;
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1/", 1), 0);
    assert_int_equal(setenv("https_proxy", "http://127.0.0.1:1/", 1), 0);
    assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1/", 1), 0);
    assert_good(call(&c, "plain", "status/200"), &c.e);
    c.identity.ca_pem = ca;
    assert_good(call(&c, "good", "status/200"), &c.e);
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
}

static void test_unix_socket(void **state)
{
    _cleanup_free_ char *path = path_join(servers.folder, "socket"),
                        *none = path_join(servers.folder, "none");
    _cleanup_(call_done) struct call c = CALL_INIT;

    (void)state;
    c.identity.unix_socket = path;
    assert_good(call(&c, "plain", "status/200"), &c.e);
    assert_string_equal(c.body.data, "words of the server");
    c.identity.unix_socket = none;
    assert_int_equal(call(&c, "plain", "status/200"), -ECONNREFUSED);
}

static void test_trust(void **state)
{
    static const struct {
        const char *server;
        int result;
    } cases[] = {
        {"good",           0            },
        {"stranger",       -EKEYREJECTED},
        {"elsewhere",      -EKEYREJECTED},
        {"expired",        -EKEYEXPIRED },
        {"early",          -EKEYEXPIRED },
        {"early-stranger", -EKEYREJECTED},
        {"tls11",          -EPROTO      },
    };
    _cleanup_(call_done) struct call c = CALL_INIT;

    (void)state;
    c.identity.ca_pem = ca;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (call(&c, cases[i].server, "status/200") != cases[i].result)
            fail_msg("%s: %s", cases[i].server, c.e.message);

    c.identity.ca_pem = other_ca;
    assert_int_equal(call(&c, "good", "status/200"), -EKEYREJECTED);
    assert_good(call(&c, "stranger", "status/200"), &c.e);

    c.identity.ca_pem = NULL;
    assert_int_equal(call(&c, "good", "status/200"), -EPROTO);
    assert_non_null(strstr(c.e.message, "no CA to trust"));
    c.identity.ca_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_int_equal(call(&c, "good", "status/200"), -EINVAL);
}

static void test_versions(void **state)
{
    static const struct {
        const char *server, *version;
    } cases[] = {
        {"good",  "TLSv1.3"},
        {"tls12", "TLSv1.2"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(call_done) struct call c = CALL_INIT;
        _cleanup_json_ json_t *seen = NULL;

        c.identity.ca_pem = ca;
        assert_good(call(&c, cases[i].server, "echo"), &c.e);
        seen = echo_of(&c);
        assert_string_equal(member(seen, "tls"), cases[i].version);
    }
}

static void test_client_certificate(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;
    _cleanup_json_ json_t *seen = NULL;
    int r;

    (void)state;
    c.identity.ca_pem = ca;
    r = call(&c, "mutual", "echo"); /* TLS 1.3: the server refuses after our handshake */
    assert_true(r == -ECONNRESET || r == -EPROTO);

    c.identity.certificate_pem = client_certificate;
    c.identity.key_pem = client_key;
    assert_good(call(&c, "mutual", "echo"), &c.e);
    seen = echo_of(&c);
    assert_non_null(strstr(member(seen, "peer"), "'client'"));

    c.identity.certificate_pem = other_certificate;
    c.identity.key_pem = other_key;
    r = call(&c, "mutual", "echo");
    assert_true(r == -ECONNRESET || r == -EPROTO);

    c.identity.key_pem = client_key; /* not this certificate's */
    assert_int_equal(call(&c, "mutual", "echo"), -EINVAL);
}

static int refuse(void *ssl_ctx, void *called)
{
    assert_non_null(ssl_ctx);
    *(bool *)called = true;
    return -EOPNOTSUPP;
}

/* What it is good for is in tests/unit/bootstrap/test_tls.c. */
static void test_tls_setup(void **state)
{
    _cleanup_(call_done) struct call c = CALL_INIT;
    bool called = false;

    (void)state;
    c.identity.ca_pem = ca;
    c.identity.tls_setup = refuse;
    c.identity.tls_data = &called;
    assert_int_equal(call(&c, "good", "status/200"), -EOPNOTSUPP);
    assert_true(called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_connection_is_kept),
        cmocka_unit_test(test_answers_that_are_no_errors),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_etag),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_sink),
        cmocka_unit_test(test_broken_servers),
        cmocka_unit_test(test_environment_is_ignored),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_tls_setup),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
