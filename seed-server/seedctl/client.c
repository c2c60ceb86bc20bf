/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <sys/un.h>

#include "common/fetch.h"

struct client {
    struct fetcher *fetcher;
    char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

int client_new(const char *socket, struct client **ret, struct error *e)
{
    struct client *c = calloc(1, sizeof(*c));
    struct fetch_identity identity = {.user_agent = "seedctl"};
    int r;

    if (!c)
        return error_oom(e);
    if (!socket)
        socket = getenv("NODESEED_SOCKET");
    if (!socket || !*socket)
        socket = CLIENT_SOCKET;
    if (strlen(socket) >= sizeof(c->socket)) {
        client_free(c);
        return error_set(e, -ENAMETOOLONG, "socket %s: a socket's path has at most %zu bytes",
                         socket, sizeof(c->socket) - 1);
    }
    memcpy(c->socket, socket, strlen(socket) + 1);
    identity.unix_socket = c->socket;
    r = fetcher_new(&identity, &c->fetcher, e);
    if (r < 0) {
        client_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void client_free(struct client *c)
{
    if (!c)
        return;
    fetcher_free(c->fetcher);
    free(c);
}

static void add_escaped(struct buf *out, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    for (; *s; s++) {
        if (strchr(plain, *s))
            buf_add_char(out, *s);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
    }
}

int client_path(const char *folder, const char *host, struct buf *out, struct error *e)
{
    buf_add_str(out, folder);
    if (host) {
        buf_add_char(out, '/');
        add_escaped(out, host);
    }
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "the host's name is too long") : 0;
}

int client_query(const char *name, const char *value, struct buf *out, struct error *e)
{
    buf_addf(out, "?%s=", name);
    add_escaped(out, value);
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "%s is too long", name) : 0;
}

static const struct {
    int status, code;
} codes[] = {
    {403, -EPERM },
    {404, -ENOENT},
    {409, -EBUSY },
    {503, -EAGAIN},
};

/* Turns an answer that is no success into an error with the server's own words. */
static int refuse(int status, const struct buf *answer, struct error *e)
{
    _cleanup_json_ json_t *body = NULL;
    const char *words = NULL;
    int code = -EREMOTEIO;

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i].status == status)
            code = codes[i].code;
    /* A body that is no JSON adds nothing to the status: no words then. */
    if (answer->len && json_parse(answer->data, answer->len, 64 * 1024, &body, NULL) == 0)
        words = json_string_value(json_object_get(body, "error"));
    if (words)
        return error_set(e, code, "%s", words);
    return error_set(e, code, "the server answered %d without a reason", status);
}

int client_request(struct client *c, const char *method, const char *path, const char *body,
                   uint64_t timeout_ms, struct buf *answer, struct error *e)
{
    _cleanup_buf_ struct buf url = BUF_INIT(4096);
    struct fetch_request request = {
        .method = method,
        .connect_timeout_ms = 5000,
        .total_timeout_ms = timeout_ms,
        .max_body = CLIENT_ANSWER_MAX,
        .answer = answer,
    };
    struct fetch_response response = {0};
    int r;

    buf_addf(&url, "http://localhost%s", path);
    if (buf_check(&url) < 0)
        return error_set(e, buf_check(&url), "the request's path is too long");
    request.url = url.data;
    if (body) {
        request.body = body;
        request.body_len = strlen(body);
        request.content_type = "application/json";
    }

    /* libcurl says "could not connect" for each of these alike; the difference is what helps. */
    if (access(c->socket, R_OK | W_OK) < 0) {
        r = -errno;
        if (r == -ENOENT)
            return error_set(e, r,
                             "%s is not there: seed-server does not run, or it was given another "
                             "--socket",
                             c->socket);
        if (r == -EACCES)
            return error_set(e, r, "%s: run this as root or as a member of the group nodeseed",
                             c->socket);
    }
    r = fetch(c->fetcher, &request, &response, e);
    if (r < 0)
        return error_wrap(e, "seed-server at %s", c->socket);
    if (response.status != 200 && response.status != 204)
        return refuse(response.status, answer, e);
    return 0;
}

int client_get_json(struct client *c, const char *path, uint64_t timeout_ms, json_t **ret,
                    struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(CLIENT_ANSWER_MAX);
    int r = client_request(c, "GET", path, NULL, timeout_ms, &answer, e);

    if (r < 0)
        return r;
    r = json_parse(answer.data ? answer.data : "", answer.len, CLIENT_ANSWER_MAX, ret, e);
    return r < 0 ? error_wrap(e, "the server's answer to %s", path) : 0;
}

int client_post(struct client *c, const char *folder, const char *host, const char *body,
                json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf answer = BUF_INIT(1024 * 1024), path = BUF_INIT(4096);
    int r = client_path(folder, host, &path, e);

    if (r == 0)
        r = client_request(c, "POST", path.data, body, CLIENT_TIMEOUT_MS, &answer, e);
    if (r < 0)
        return r;
    r = json_parse(answer.data ? answer.data : "", answer.len, answer.limit, ret, e);
    if (answer.data)
        explicit_bzero(answer.data, answer.len);
    return r < 0 ? error_wrap(e, "the server's answer") : 0;
}
