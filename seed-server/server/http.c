/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <stdarg.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "common/clock.h"
#include "common/log.h"
#include "connections.h"
#include "http_head.h"
#include "http_uri.h"
#include "sockets.h"
#include "waiter.h"

#define SEND_BYTES_PER_MS 16    /* more time for a large answer: a slow line gets it too */
#define GATHER_MAX 15000        /* an answer that is sent with its head in one go */
#define DRAIN_MAX (1024 * 1024) /* bytes of a refused body that are read all the same */

/* libmicrohttpd's pool: request head, response head, piece of body. */
#define CONNECTION_MEMORY 4096
/* From here on libmicrohttpd is strict itself, and may not parse in place. */
#define STRICT_FROM "0.9.77"
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3"

struct http_answer {
    struct MHD_Response *response;
    uint64_t size;
};

enum stage { STAGE_NEW, STAGE_BODY, STAGE_HANDLED };

struct request {
    struct http_request public; /* first: handlers hold a pointer to it */
    struct MHD_Connection *mhd;
    struct connection *connection;
    struct buf body;
    enum stage stage;
    size_t uri_len; /* as it was sent */
    bool gathers;   /* its answer is being gathered, and sent when it is whole */
    bool bad_uri, suspended;
    bool drains;     /* the body of a refused request is read and dropped */
    bool kept;       /* the connection goes on after the answer, as far as the request says */
    unsigned status; /* 0 until answered */
    struct http_answer *answer;
    bool answer_is_ours;
    char uri[]; /* the path, cut off at its '?' */
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct http_options options;
    struct http_dispatch dispatch;
    struct http_answer *too_many, *failed;
    struct waiter *handshakes; /* only of a TLS listener */
    bool parses_in_place;      /* see http_head.h */
    bool quiet;                /* atomic: no more connections are taken */
    unsigned suspended;        /* atomic */
    unsigned unanswered;       /* atomic: requests that were suspended and are not over */
    struct connections connections;
};

static struct request *private_of(const struct http_request *r)
{
    return (struct request *)r;
}

/* ---- answers ------------------------------------------------------------------------------ */

static int add_headers(struct MHD_Response *response, const char *content_type,
                       const char *const *headers)
{
    if (content_type &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type) != MHD_YES)
        return -ENOMEM;
    for (size_t i = 0; headers && headers[i]; i++) {
        const char *colon = strchr(headers[i], ':');
        char name[64];

        if (!colon || (size_t)(colon - headers[i]) >= sizeof(name))
            return -EINVAL;
        memcpy(name, headers[i], (size_t)(colon - headers[i]));
        name[colon - headers[i]] = '\0';
        if (MHD_add_response_header(response, name, colon + 1 + strspn(colon + 1, " ")) != MHD_YES)
            return -ENOMEM;
    }
    return 0;
}

static struct http_answer *finish_answer(struct MHD_Response *response, uint64_t size,
                                         const char *content_type, const char *const *headers)
{
    struct http_answer *a = response ? malloc(sizeof(*a)) : NULL;

    if (a && add_headers(response, content_type, headers) == 0) {
        *a = (struct http_answer){response, size};
        return a;
    }
    free(a);
    if (response)
        MHD_destroy_response(response);
    return NULL;
}

struct http_answer *http_answer_new(const void *body, size_t len, const char *content_type,
                                    const char *const *headers)
{
    return finish_answer(
        MHD_create_response_from_buffer(len, (void *)(len ? body : ""), MHD_RESPMEM_MUST_COPY), len,
        content_type, headers);
}

struct http_answer *http_answer_take(char *body, size_t len, const char *content_type,
                                     const char *const *headers)
{
    struct MHD_Response *response =
        body ? MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE) : NULL;

    if (!response)
        free(body);
    return finish_answer(response, len, content_type, headers);
}

struct http_answer *http_answer_from_file(int fd, uint64_t offset, uint64_t size,
                                          const char *content_type, const char *const *headers)
{
    struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(size, fd, offset);

    if (!response)
        (void)close(fd); /* only read from */
    return finish_answer(response, size, content_type, headers);
}

void http_answer_free(struct http_answer *a)
{
    if (!a)
        return;
    MHD_destroy_response(a->response); /* drops a reference: whoever sends it holds another */
    free(a);
}

static void set_answer(struct http_request *r, unsigned status, struct http_answer *a, bool ours)
{
    struct request *p = private_of(r);

    if (!a) {
        status = MHD_HTTP_INTERNAL_SERVER_ERROR;
        a = r->listener->failed;
        ours = false;
    }
    p->status = status;
    p->answer = a;
    p->answer_is_ours = ours;
}

void http_send(struct http_request *r, unsigned status, struct http_answer *a)
{
    set_answer(r, status, a, true);
}

void http_send_shared(struct http_request *r, unsigned status, struct http_answer *a)
{
    set_answer(r, status, a, false);
}

/* ---- what handlers ask --------------------------------------------------------------------- */

const char *http_header(const struct http_request *r, const char *name)
{
    return MHD_lookup_connection_value(private_of(r)->mhd, MHD_HEADER_KIND, name);
}

static void *tls_session(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    return info ? info->tls_session : NULL;
}

int http_peer(struct http_request *r, const struct x509_peer **ret, struct error *e)
{
    struct request *p = private_of(r);

    return connection_peer(p->connection, tls_session(p->mhd), clock_realtime_ms(), ret, e);
}

void http_client_address(const struct http_request *r, char ret[IP_TEXT_SIZE])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(private_of(r)->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    socket_address_text(info ? info->client_addr : NULL, ret);
}

void http_suspend(struct http_request *r)
{
    struct request *p = private_of(r);

    p->suspended = true;
    connection_set_deadline(p->connection, NO_DEADLINE);
    (void)__atomic_add_fetch(&r->listener->suspended, 1, __ATOMIC_SEQ_CST);
    (void)__atomic_add_fetch(&r->listener->unanswered, 1, __ATOMIC_SEQ_CST);
    MHD_suspend_connection(p->mhd);
}

void http_resume(struct http_request *r)
{
    struct http_server *s = r->listener;

    MHD_resume_connection(private_of(r)->mhd); /* from here on r may be gone */
    (void)__atomic_sub_fetch(&s->suspended, 1, __ATOMIC_SEQ_CST);
}

/* ---- a request's life ----------------------------------------------------------------------- */

/* The first line is here: judge the URI as it was sent, before libmicrohttpd decodes it, and keep a
 * copy. NULL, for want of memory, ends the connection in on_request. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct http_server *s = cls;
    size_t full = strlen(uri), len = full > URI_MAX ? 0 : full;
    struct request *p;
    char *question;

    if (!info || !info->socket_context)
        return NULL;
    p = malloc(sizeof(*p) + len + 1);
    if (!p)
        return NULL;
    *p = (struct request){
        .public = {.listener = s, .plane = s->options.plane, .host = SIZE_MAX},
        .mhd = mhd,
        .connection = info->socket_context,
        .body = BUF_INIT(0),
        .uri_len = full
    };
    memcpy(p->uri, uri, len);
    p->uri[len] = '\0';
    p->bad_uri = len == 0 || !uri_is_plain(p->uri);
    /* Each parameter is kept in libmicrohttpd's pool: full, it neither answers nor closes. */
    if (uri_parameters(uri) > (len ? PARAMETERS_MAX : 0))
        (void)shutdown(p->connection->fd, SHUT_RDWR); /* gone already: nothing to end */
    question = strchr(p->uri, '?');
    if (question)
        *question = '\0';
    p->public.path = p->uri;
    p->public.query = question ? question + 1 : "";
    p->public.body = "";
    transport_greet(&p->connection->transport);
    free(p->connection->request); /* whose head libmicrohttpd refused, and told nobody */
    return p->connection->request = p;
}

static enum MHD_Result send_answer(struct request *p)
{
    struct http_answer *answer = TAKE_PTR(p->answer);
    enum MHD_Result result;

    /* libmicrohttpd writes an answer's head, then its body. Not where it will close the connection,
     * which it does before on_completed. */
    p->gathers = p->public.plane == PLANE_TLS && p->kept && answer->size <= GATHER_MAX;
    if (p->gathers)
        transport_gather(&p->connection->transport);
    connection_set_deadline(p->connection, clock_monotonic_ms() +
                                               p->public.listener->options.send_ms +
                                               answer->size / SEND_BYTES_PER_MS);
    result = MHD_queue_response(p->mhd, p->status, answer->response);
    if (p->answer_is_ours)
        http_answer_free(answer);
    return result;
}

static enum MHD_Result judge_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    (void)kind;
    http_head_field(cls, name, value ? value : "");
    return MHD_YES;
}

static void judge_head(struct request *p, const char *method, const char *uri, const char *version,
                       struct http_head *ret)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(p->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    http_head_begin(ret, method, uri, p->uri_len, version,
                    info && p->public.listener->parses_in_place);
    (void)MHD_get_connection_values(p->mhd, MHD_HEADER_KIND, judge_field, ret); /* how many */
    http_head_end(ret, info ? info->header_size : 0);
}

/* The head is here: everything that needs no body is decided now. */
static void begin(struct http_server *s, struct request *p, const char *method,
                  const struct http_head *head)
{
    struct http_request *r = &p->public;

    if (p->connection->over_limit) {
        http_send_shared(r, MHD_HTTP_SERVICE_UNAVAILABLE, s->too_many);
        return;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        r->method = HTTP_GET;
    else if (strcmp(method, MHD_HTTP_METHOD_POST) == 0)
        r->method = HTTP_POST;
    if (head->status) {
        http_send_last_error(r, head->status, head->why);
        return;
    }
    if (p->bad_uri) {
        http_send_error(r, 400, "the path has bytes or escapes that no route uses");
        return;
    }
    s->dispatch.begin(r, s->dispatch.userdata);
    if (p->answer)
        return;
    if (head->body_len > r->body_max)
        http_send_error(r, 413, "at most %zu bytes are taken here", r->body_max);
    else
        buf_init(&p->body, r->body_max);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **context)
{
    struct http_server *s = cls;
    struct request *p = *context;
    struct http_request *r;
    struct http_head head;

    (void)mhd;
    if (!p)
        return MHD_NO;
    r = &p->public;
    if (p->stage == STAGE_NEW) {
        p->stage = STAGE_BODY;
        judge_head(p, method, url, version, &head); /* url is decoded, and where it was sent */
        begin(s, p, method, &head);
        p->drains = head.status == 0 && head.body_len <= DRAIN_MAX && !head.expects;
        p->kept = strcmp(version, MHD_HTTP_VERSION_1_1) == 0 && !p->connection->over_limit &&
                  !http_header(r, MHD_HTTP_HEADER_CONNECTION) && !(p->answer && !p->drains);
        if (p->answer)
            p->stage = STAGE_HANDLED;
        connection_set_deadline(p->connection, clock_monotonic_ms() + s->options.body_ms);
        /* An answer on this first call makes libmicrohttpd close the connection while the client
         * still writes, who may then never read it: right for what is too long to drain, for who
         * waits before he writes, and where nobody knows where the request ends. */
        if (p->answer && !p->drains)
            return send_answer(p);
        return MHD_YES;
    }
    if (p->stage == STAGE_HANDLED && *data_len) {
        *data_len = 0;
        return MHD_YES;
    }
    if (p->stage == STAGE_BODY && *data_len) {
        buf_add(&p->body, data, *data_len);
        *data_len = 0;
        return buf_check(&p->body) < 0 ? MHD_NO : MHD_YES;
    }
    if (p->stage == STAGE_BODY) {
        p->stage = STAGE_HANDLED;
        if (p->body.data) {
            r->body = p->body.data;
            r->body_len = p->body.len;
        }
        s->dispatch.handle(r, s->dispatch.userdata);
        if (p->suspended) /* whoever resumes it sets the answer, perhaps just now */
            return MHD_YES;
    }
    return p->answer ? send_answer(p) : MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct http_server *s = cls;
    struct request *p = *context;

    (void)mhd;
    (void)why; /* a client that left may count as completed: nothing is concluded from it */
    if (!p)
        return;
    if (p->gathers && !transport_flush(&p->connection->transport))
        (void)shutdown(p->connection->fd, SHUT_RDWR); /* it does not read what it asked for */
    connection_set_deadline(p->connection, clock_monotonic_ms() + s->options.idle_ms);
    s->dispatch.seen(&p->public, p->status, s->dispatch.userdata);
    s->dispatch.end(&p->public, s->dispatch.userdata);
    if (p->answer_is_ours)
        http_answer_free(p->answer); /* never sent */
    if (p->suspended)
        (void)__atomic_sub_fetch(&s->unanswered, 1, __ATOMIC_SEQ_CST);
    buf_done(&p->body);
    p->connection->request = NULL;
    free(p);
    *context = NULL;
}

/* ---- connections ---------------------------------------------------------------------------- */

/* libmicrohttpd asks GnuTLS over and over while a handshake waits for the client, at the cost of a
 * whole processor: anybody could have that by sending half of one. So the connection is suspended,
 * and a thread of its own waits for all of them. */
static void on_starved(void *userdata)
{
    struct connection *c = userdata;
    struct http_server *s = c->owner;

    if (__atomic_load_n(&s->quiet, __ATOMIC_SEQ_CST))
        return;
    (void)__atomic_add_fetch(&s->suspended, 1, __ATOMIC_SEQ_CST);
    MHD_suspend_connection(c->handle);
    if (waiter_add(s->handshakes, c->fd, c) < 0) {
        (void)shutdown(c->fd, SHUT_RDWR); /* out of memory: it ends */
        MHD_resume_connection(c->handle);
        (void)__atomic_sub_fetch(&s->suspended, 1, __ATOMIC_SEQ_CST);
    }
}

static void on_fed(void *userdata)
{
    struct connection *c = userdata;
    struct http_server *s = c->owner;

    MHD_resume_connection(c->handle); /* from here on c may be gone */
    (void)__atomic_sub_fetch(&s->suspended, 1, __ATOMIC_SEQ_CST);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *s = cls;
    const union MHD_ConnectionInfo *fd, *address;
    struct connection *c = *socket_context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (c)
            connection_close(&s->connections, c);
        return;
    }
    fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    address = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    c = connection_open(&s->connections, fd ? fd->connect_fd : -1,
                        address ? address->client_addr : NULL, clock_monotonic_ms(),
                        s->options.head_ms);
    *socket_context = c;
    if (!c)
        return; /* on_uri refuses it */
    c->owner = s;
    c->handle = mhd;
    if (s->options.plane == PLANE_TLS) {
        transport_init(&c->transport, c->fd, on_starved, c);
        x509_set_transport(tls_session(mhd), &c->transport, transport_pull, transport_push);
    }
}

void http_server_tick(struct http_server *s)
{
    connections_tick(&s->connections, clock_monotonic_ms());
}

unsigned http_server_connections(struct http_server *s)
{
    return connections_count(&s->connections);
}

unsigned http_server_suspended(struct http_server *s)
{
    return __atomic_load_n(&s->suspended, __ATOMIC_SEQ_CST);
}

unsigned http_server_unanswered(struct http_server *s)
{
    return __atomic_load_n(&s->unanswered, __ATOMIC_SEQ_CST);
}

/* ---- the listener --------------------------------------------------------------------------- */

static void on_log(void *cls, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_log(void *cls, const char *format, va_list ap)
{
    char line[512];

    (void)cls;
    (void)vsnprintf(line, sizeof(line), format, ap); /* cut short is fine */
    line[strcspn(line, "\n")] = '\0';
    log_debug("libmicrohttpd: %s", line); /* mostly clients that left */
}

static int start_daemon(struct http_server *s, struct error *e)
{
    const struct http_options *o = &s->options;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem items[24];
    size_t n = 0;

    items[n++] = (struct MHD_OptionItem){MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_log, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, o->fd, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT,
                                         (intptr_t)connections_never(o->connections), NULL};
    items[n++] =
        (struct MHD_OptionItem){MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, s};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, s};
    items[n++] = (struct MHD_OptionItem){MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_uri, s};
    if (o->threads > 1)
        items[n++] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL};
    if (o->plane == PLANE_TLS) {
        flags |= MHD_USE_TLS;
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)o->key};
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->certificate};
        items[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, (void *)o->client_ca};
        items[n++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)TLS_PRIORITIES};
    }
    items[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_ARRAY, items,
                                 MHD_OPTION_END);
    if (!s->daemon)
        return error_set(e, -EIO, "the HTTP listener does not start");
    return 0;
}

int http_server_start(const struct http_options *options, struct http_server **ret, struct error *e)
{
    static const char *const headers[] = {"Retry-After: 5", "Connection: close", NULL};
    static const char too_many[] = "{\"error\":\"too many connections, try again\"}";
    static const char failed[] = "{\"error\":\"the server failed, its log says why\"}";
    _cleanup_(http_server_stopp) struct http_server *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return error_oom(e);
    s->options = *options;
    s->dispatch = *options->dispatch;
    s->parses_in_place = strverscmp(MHD_get_version(), STRICT_FROM) < 0;
    r = connections_init(&s->connections, options->connections, options->connections_each, e);
    if (r < 0)
        return r;
    s->too_many = http_answer_new(too_many, sizeof(too_many) - 1, "application/json", headers);
    s->failed = http_answer_new(failed, sizeof(failed) - 1, "application/json", NULL);
    if (!s->too_many || !s->failed)
        return error_oom(e);
    if (s->options.plane == PLANE_TLS)
        r = waiter_new(on_fed, &s->handshakes, e);
    if (r == 0)
        r = start_daemon(s, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(s);
    return 0;
}

void http_server_quiesce(struct http_server *s)
{
    int fd = MHD_quiesce_daemon(s->daemon);

    if (fd >= 0)
        (void)close(fd); /* a listening socket: nothing to lose */
    /* Handshakes that wait are over; none begins to. */
    __atomic_store_n(&s->quiet, true, __ATOMIC_SEQ_CST);
    if (s->handshakes)
        connections_end_handshakes(&s->connections);
}

void http_server_stop(struct http_server *s)
{
    if (!s)
        return;
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    waiter_free(s->handshakes);
    http_answer_free(s->too_many);
    http_answer_free(s->failed);
    connections_done(&s->connections);
    free(s);
}
