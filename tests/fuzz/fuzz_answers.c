/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever answers where the taskbox, etcd or the API server should: 'h' and the bytes that come
 * back on the connection (to a GET, 'r' to one that resumes a download), 's' and a status's body as
 * the seed server's, 'k' and an object of the API server. */
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "bootstrap/kube_api.h"
#include "bootstrap/seed_client.h"
#include "common/fetch.h"

#define BODY_MAX 4096
#define TIMEOUT_MS 5000
#define RETRY_MAX_MS 120000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answer {
    int listener;
    const uint8_t *data;
    size_t len;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Reads a request's head, answers and hangs up. */
static void *answer_once(void *userdata)
{
    struct answer *a = userdata;
    int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
    char head[2048] = "";
    size_t len = 0;
    ssize_t n;

    if (fd < 0)
        return NULL; /* nobody came */
    while (len < sizeof(head) - 1 && !strstr(head, "\r\n\r\n") &&
           (n = recv(fd, head + len, sizeof(head) - 1 - len, 0)) > 0)
        len += (size_t)n;
    for (size_t at = 0; at < a->len; at += (size_t)n)
        if ((n = send(fd, a->data + at, a->len - at, MSG_NOSIGNAL)) <= 0)
            break;
    (void)shutdown(fd, SHUT_WR); /* what it does not read is its own affair */
    while (recv(fd, head, sizeof(head), 0) > 0)
        ;
    (void)close(fd);
    return NULL;
}

static int listen_on(in_port_t *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    must(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 8) == 0 &&
         getsockname(fd, (struct sockaddr *)&a, &len) == 0);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static int count(const void *data, size_t len, void *userdata)
{
    (void)data;
    *(size_t *)userdata += len;
    return 0;
}

static void check_response(const struct fetch_response *r)
{
    must(r->status >= 0 && r->retry_after_ms <= RETRY_MAX_MS && strlen(r->etag) < sizeof(r->etag));
    /* It is sent back in a header. */
    must(!strpbrk(r->etag, "\r\n\""));
}

static void ask(const uint8_t *data, size_t len, bool resume)
{
    static int listener = -1;
    static in_port_t port;
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;
    const struct fetch_identity identity = {.user_agent = "fuzz"};
    _cleanup_buf_ struct buf body = BUF_INIT(BODY_MAX);
    struct fetch_response response = {0};
    size_t streamed = 0;
    struct fetch_request request = {
        .method = "GET",
        .connect_timeout_ms = TIMEOUT_MS,
        .total_timeout_ms = TIMEOUT_MS,
        .resume_from = resume ? 1000 : 0,
        .if_range = "abc",
        .max_body = BODY_MAX,
        .answer = resume ? NULL : &body,
        .sink = resume ? count : NULL,
        .sink_data = &streamed,
    };
    struct error e = ERROR_INIT;
    struct answer answer;
    pthread_t thread;
    char url[64];

    if (listener < 0)
        listener = listen_on(&port);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/x", port);
    request.url = url;
    answer = (struct answer){listener, data, len};
    must(pthread_create(&thread, NULL, answer_once, &answer) == 0);
    must(fetcher_new(&identity, &f, &e) == 0);
    if (fetch(f, &request, &response, &e) < 0)
        must(e.code != -EINVAL && e.message[0]);
    else
        must(response.status >= 100);
    check_response(&response);
    must(body.len <= BODY_MAX && streamed <= BODY_MAX);
    fetcher_free(TAKE_PTR(f)); /* hangs up, which the thread waits for */
    (void)pthread_join(thread, NULL);
}

static void read_answer(const char *text, size_t len)
{
    static const int statuses[] = {200, 202, 400, 403, 409, 503};
    struct seed_answer a = {.text = BUF_INIT(BODY_MAX)};
    _cleanup_json_ json_t *json = NULL;
    struct error e = ERROR_INIT;

    buf_add(&a.text, text, len);
    if (buf_check(&a.text) == 0) {
        if (seed_answer_json(&a, &json, &e) == 0)
            must(json_is_object(json));
        for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
            a.status = statuses[i];
            must(seed_answer_error(&a, "/v1/x", &e) < 0 && e.message[0]);
        }
    }
    seed_answer_done(&a);
}

static void read_object(const char *text, size_t len)
{
    _cleanup_json_ json_t *json = NULL;
    struct error e = ERROR_INIT;
    const char *why = NULL;
    char path[128];

    if (json_parse(text, len, 64 * 1024, &json, &e) < 0)
        return;
    if (!kube_node_is_ready(json, &why))
        must(why != NULL);
    if (kube_path(NULL, json, path, sizeof(path), &e) == 0)
        must(strncmp(path, "/api", 4) == 0 && strlen(path) < sizeof(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'h':
    case 'r':
        ask(data + 1, size - 1, data[0] == 'r');
        break;
    case 's':
        read_answer((const char *)data + 1, size - 1);
        break;
    case 'k':
        read_object((const char *)data + 1, size - 1);
        break;
    default:
        break;
    }
    return 0;
}
