/* SPDX-License-Identifier: Apache-2.0 */
#include "transport.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* A request and what goes with it, in one call. */
#define READ_SIZE 16384

void transport_init(struct transport *t, int fd, void (*starved)(void *userdata), void *userdata)
{
    *t = (struct transport){
        .fd = fd, .out = BUF_INIT(TRANSPORT_OUT_MAX), .starved = starved, .userdata = userdata};
}

void transport_done(struct transport *t)
{
    buf_done(&t->out);
    free(t->in);
    t->in = NULL;
}

void transport_greet(struct transport *t)
{
    __atomic_store_n(&t->greeted, true, __ATOMIC_RELAXED);
}

bool transport_greeted(const struct transport *t)
{
    return __atomic_load_n(&t->greeted, __ATOMIC_RELAXED);
}

static size_t take_kept(struct transport *t, void *data, size_t len)
{
    size_t n = t->in_len - t->in_at;

    if (n > len)
        n = len;
    memcpy(data, t->in + t->in_at, n);
    t->in_at += n;
    if (t->in_at == t->in_len) {
        free(t->in);
        t->in = NULL;
    }
    return n;
}

static int keep(struct transport *t, const char *data, size_t len)
{
    t->in = malloc(len);
    if (!t->in) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(t->in, data, len);
    t->in_at = 0;
    t->in_len = len;
    return 0;
}

ssize_t transport_pull(void *transport, void *data, size_t len)
{
    struct transport *t = transport;
    char space[READ_SIZE];
    ssize_t n;

    if (t->in)
        return (ssize_t)take_kept(t, data, len);
    n = recv(t->fd, space, sizeof(space), 0);
    if (n < 0 && errno == EAGAIN && !transport_greeted(t)) {
        t->starved(t->userdata);
        errno = EAGAIN;
    }
    if (n <= 0)
        return n;
    if ((size_t)n > len) {
        if (keep(t, space + len, (size_t)n - len) < 0)
            return -1;
        n = (ssize_t)len;
    }
    memcpy(data, space, (size_t)n);
    return n;
}

ssize_t transport_push(void *transport, const struct iovec *pieces, int n)
{
    struct transport *t = transport;
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = (size_t)n};
    size_t before = t->out.len;

    if (!t->gathering)
        return sendmsg(t->fd, &message, MSG_NOSIGNAL);
    for (int i = 0; i < n; i++)
        buf_add(&t->out, pieces[i].iov_base, pieces[i].iov_len);
    if (buf_check(&t->out) < 0) {
        errno = ENOMEM;
        return -1;
    }
    return (ssize_t)(t->out.len - before);
}

void transport_gather(struct transport *t)
{
    t->gathering = true;
}

bool transport_flush(struct transport *t)
{
    static const int off;
    bool sent = true;

    t->gathering = false;
    /* libmicrohttpd corks the socket before it writes a head, and asks for a push when the body is
     * written, which is before this: what we send now would lie there for 200 ms. A socket that is
     * not TCP is not corked either. */
    (void)setsockopt(t->fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
    if (t->out.len > 0)
        sent = buf_check(&t->out) == 0 &&
               send(t->fd, t->out.data, t->out.len, MSG_NOSIGNAL) == (ssize_t)t->out.len;
    buf_done(&t->out);
    buf_init(&t->out, TRANSPORT_OUT_MAX);
    return sent;
}
