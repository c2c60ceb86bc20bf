/* SPDX-License-Identifier: Apache-2.0 */
#include "engine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/clock.h"

#define ANSWER_MAX (16 * 1024 * 1024)
#define EVENTS 512

enum { CLOSED, CONNECTING, HANDSHAKING, IDLE, SENDING, READING };

struct engine {
    int epoll;
    struct sockaddr_in server;
    SSL_CTX *tls;
    struct engine_calls calls;
};

void die(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fprintf(stderr, "client: ");
    vfprintf(stderr, format, ap);
    fprintf(stderr, "\n");
    va_end(ap);
    exit(1);
}

struct engine *engine_new(const char *address, uint16_t port, const char *ca_file,
                          const struct engine_calls *calls)
{
    struct engine *e = calloc(1, sizeof(*e));

    if (!e)
        die("out of memory");
    e->calls = *calls;
    e->server.sin_family = AF_INET;
    e->server.sin_port = htons(port);
    if (inet_pton(AF_INET, address, &e->server.sin_addr) != 1)
        die("%s is no IPv4 address", address);
    e->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (e->epoll < 0)
        die("epoll_create1: %s", strerror(errno));
    if (!ca_file)
        return e;
    e->tls = SSL_CTX_new(TLS_client_method());
    if (!e->tls || SSL_CTX_set_min_proto_version(e->tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_load_verify_locations(e->tls, ca_file, NULL) != 1)
        die("TLS with %s: %s", ca_file, ERR_reason_error_string(ERR_get_error()));
    SSL_CTX_set_verify(e->tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_read_ahead(e->tls, 1); /* an answer's records by one recv(2), not by four */
    SSL_CTX_set_mode(e->tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return e;
}

static void fail(struct conn *c, const char *why)
{
    void (*failed)(struct conn * c, const char *why) = c->engine->calls.failed;

    if (!failed)
        die("connection %u: %s", c->index, why);
    conn_close(c);
    failed(c, why);
}

void conn_close(struct conn *c)
{
    SSL_free(c->ssl);
    c->ssl = NULL;
    if (c->fd >= 0)
        (void)close(c->fd); /* nothing is kept in it */
    c->fd = -1;
    c->state = CLOSED;
    buf_done(&c->in);
    buf_done(&c->out);
}

/* Servers cap connections per address, as they should: come from many. */
static void bind_source(int fd, unsigned index)
{
    struct sockaddr_in source = {.sin_family = AF_INET};
    int yes = 1;

    source.sin_addr.s_addr = htonl(0x7f010001u + index % 60000u);
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) < 0 ||
        bind(fd, (struct sockaddr *)&source, sizeof(source)) < 0)
        die("binding to a source address: %s", strerror(errno));
}

void conn_open(struct engine *e, struct conn *c, unsigned index, const struct identity *identity)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    int yes = 1;

    c->engine = e;
    c->index = index;
    buf_init(&c->in, ANSWER_MAX);
    buf_init(&c->out, ANSWER_MAX);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        die("socket: %s", strerror(errno));
    bind_source(c->fd, index);
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)); /* only slower without */
    if (connect(c->fd, (struct sockaddr *)&e->server, sizeof(e->server)) < 0 &&
        errno != EINPROGRESS)
        die("connect: %s", strerror(errno));
    c->state = CONNECTING;
    if (e->tls) {
        c->ssl = SSL_new(e->tls);
        if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1)
            die("SSL_new failed");
        if (identity && (SSL_use_certificate(c->ssl, identity->certificate) != 1 ||
                         SSL_use_PrivateKey(c->ssl, identity->key) != 1))
            die("the client certificate cannot be used");
    }
    if (epoll_ctl(e->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
        die("epoll_ctl: %s", strerror(errno));
}

/* Like read(2) and write(2): -EAGAIN when it would block, 0 at the end of the stream. */
static ssize_t tls_result(SSL *ssl, int r)
{
    switch (SSL_get_error(ssl, r)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        return -EPROTO;
    }
}

static ssize_t receive(struct conn *c, void *data, size_t len)
{
    ssize_t n;

    if (c->ssl) {
        int r;

        ERR_clear_error();
        r = SSL_read(c->ssl, data, (int)len);
        return r > 0 ? r : tls_result(c->ssl, r);
    }
    n = recv(c->fd, data, len, 0);
    return n < 0 ? -errno : n;
}

static ssize_t transmit(struct conn *c, const void *data, size_t len)
{
    ssize_t n;

    if (c->ssl) {
        int r;

        ERR_clear_error();
        r = SSL_write(c->ssl, data, (int)len);
        return r > 0 ? r : tls_result(c->ssl, r);
    }
    n = send(c->fd, data, len, MSG_NOSIGNAL);
    return n < 0 ? -errno : n;
}

void conn_send(struct conn *c, const char *path, const char *body, size_t body_len)
{
    buf_clear(&c->out);
    buf_addf(&c->out, "%s %s HTTP/1.1\r\nHost: seed\r\n", body ? "POST" : "GET", path);
    if (body)
        buf_addf(&c->out, "Content-Length: %zu\r\nContent-Type: application/json\r\n", body_len);
    buf_add_str(&c->out, "\r\n");
    buf_add(&c->out, body, body ? body_len : 0);
    if (buf_check(&c->out) < 0)
        die("a request is too long");
    buf_clear(&c->in);
    c->sent = c->head_len = c->body_len = 0;
    c->state = SENDING;
}

/* Looks for the head's end, then for its status and length. */
static void read_head(struct conn *c)
{
    const char *end = strstr(c->in.data, "\r\n\r\n"), *line;

    if (!end)
        return;
    c->head_len = (size_t)(end - c->in.data) + 4;
    if (sscanf(c->in.data, "HTTP/1.1 %d", &c->status) != 1)
        die("an answer that is no HTTP: %.60s", c->in.data);
    for (line = c->in.data; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            c->body_len = strtoul(line + 15, NULL, 10);
}

/* True when the whole answer is there. */
static bool read_answer(struct conn *c)
{
    char data[65536];

    for (;;) {
        ssize_t n;

        if (c->head_len && c->in.len >= c->head_len + c->body_len)
            return true;
        n = receive(c, data, sizeof(data));
        if (n == -EAGAIN)
            return false;
        if (n <= 0) {
            fail(c, n == 0 ? "the server closed it" : "reading failed");
            return false;
        }
        buf_add(&c->in, data, (size_t)n);
        if (buf_check(&c->in) < 0)
            die("an answer is too long");
        if (!c->head_len)
            read_head(c);
    }
}

/* One step of a connection's life; false when it has to wait for the next event. */
static bool advance(struct conn *c)
{
    int failure = 0;
    socklen_t size = sizeof(failure);
    ssize_t n;

    switch (c->state) {
    case CONNECTING:
        if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0 || failure) {
            fail(c, "connecting failed");
            return false;
        }
        c->state = c->ssl ? HANDSHAKING : IDLE;
        if (!c->ssl)
            c->engine->calls.connected(c);
        return true;
    case HANDSHAKING:
        ERR_clear_error();
        n = SSL_connect(c->ssl);
        if (n != 1) {
            if (tls_result(c->ssl, (int)n) != -EAGAIN)
                fail(c, "the TLS handshake failed");
            return false;
        }
        c->state = IDLE;
        c->engine->calls.connected(c);
        return true;
    case SENDING:
        n = transmit(c, c->out.data + c->sent, c->out.len - c->sent);
        if (n > 0)
            c->sent += (size_t)n;
        else if (n != -EAGAIN)
            fail(c, "writing failed");
        if (n <= 0)
            return false;
        if (c->sent == c->out.len)
            c->state = READING;
        return true;
    case READING:
        if (!read_answer(c))
            return false;
        c->state = IDLE;
        c->engine->calls.answered(c, c->status, c->in.data + c->head_len, c->body_len);
        return c->state == SENDING;
    default:
        return false; /* idle: whatever ends it is noticed with the next request */
    }
}

void conn_go(struct conn *c)
{
    while (c->state != CLOSED && advance(c))
        ;
}

void engine_run(struct engine *e, const bool *stop, uint64_t until_ms)
{
    struct epoll_event events[EVENTS];

    while (!*stop) {
        uint64_t now_ms = clock_monotonic_ms();
        int n;

        if (now_ms >= until_ms)
            return;
        n = epoll_wait(e->epoll, events, EVENTS,
                       until_ms - now_ms > 1000 ? 1000 : (int)(until_ms - now_ms));
        if (n < 0 && errno != EINTR)
            die("epoll_wait: %s", strerror(errno));
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;

            /* The first event may come before the connection stands. */
            if (c->state == CONNECTING && !(events[i].events & EPOLLOUT))
                continue;
            conn_go(c);
        }
    }
}
