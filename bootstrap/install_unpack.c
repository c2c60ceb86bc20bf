/* SPDX-License-Identifier: Apache-2.0 */
#include "install_unpack.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/process_child.h"

#define STALL_MS (5 * 60 * 1000)
#define PIECE ((size_t)256 * 1024)
#define LOWEST_FD 10 /* as process_child.c keeps its own */
#define WORDS_MAX 4096

static const char *const programs[][5] = {
    [INSTALL_GZIP] = {"gzip", "-d", "-c", NULL},
    [INSTALL_XZ] = { "xz",  "-d", "-c", "-q", NULL},
    [INSTALL_ZSTD] = { "zstd",  "-d", "-c", "-q", NULL},
};

struct unpacker {
    const char *const *argv; /* NULL: not packed */
    unpacker_sink *sink;
    void *userdata;
    pid_t pid;
    int input, output, errors; /* our ends, -1 when closed */
    struct buf words;          /* what it said on stderr */
    uint8_t *piece;
};

static void close_fd(int *fd)
{
    closep(fd);
    *fd = -1;
}

void unpacker_free(struct unpacker *u)
{
    if (!u)
        return;
    close_fd(&u->input);
    close_fd(&u->output);
    close_fd(&u->errors);
    if (u->pid > 0) {
        (void)kill(-u->pid, SIGKILL);   /* gone already is as good */
        (void)waitpid(u->pid, NULL, 0); /* only to leave no zombie */
    }
    buf_done(&u->words);
    free(u->piece);
    free(u);
}

/* A socket instead of a pipe: writing to it never raises SIGPIPE. */
static int make_input(struct child *c, int *ret, struct error *e)
{
    _cleanup_close_ int ours = -1, theirs = -1;
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return error_set_errno(e, -errno, "socketpair");
    ours = fds[0];
    theirs = fds[1];
    close_fd(&c->input);
    c->input = fcntl(theirs, F_DUPFD_CLOEXEC, LOWEST_FD);
    if (c->input < 0 || shutdown(ours, SHUT_RD) < 0)
        return error_set_errno(e, -errno, "the pipe to a program");
    *ret = TAKE_FD(ours);
    return 0;
}

static int start(struct unpacker *u, struct error *e)
{
    struct process p = {.argv = u->argv, .timeout_ms = 1, .errors = &u->words};
    _cleanup_(child_done) struct child c = CHILD_INIT;
    struct child_ends ends = {-1, -1, -1};
    int r = child_prepare(&c, &p, &ends, e);

    if (r == 0)
        r = make_input(&c, &u->input, e);
    if (r == 0)
        r = child_start(&c, &ends, &u->pid, e);
    u->output = ends.output;
    u->errors = ends.errors;
    close_fd(&ends.status);
    return r;
}

int unpacker_new(enum install_compression compression, unpacker_sink *sink, void *userdata,
                 struct unpacker **ret, struct error *e)
{
    _cleanup_(unpacker_freep) struct unpacker *u = calloc(1, sizeof(*u));
    int r;

    if (!u)
        return error_oom(e);
    *u = (struct unpacker){
        .sink = sink, .userdata = userdata, .input = -1, .output = -1, .errors = -1};
    buf_init(&u->words, WORDS_MAX);
    if (compression != INSTALL_RAW) {
        u->argv = programs[compression];
        u->piece = malloc(PIECE);
        if (!u->piece)
            return error_oom(e);
        r = start(u, e);
        if (r < 0)
            return r;
    }
    *ret = TAKE_PTR(u);
    return 0;
}

/* Takes what is there of the output: 0, or what the sink says. */
static int take_output(struct unpacker *u, struct error *e)
{
    ssize_t n = read(u->output, u->piece, PIECE);

    if (n > 0)
        return u->sink(u->piece, (size_t)n, u->userdata, e);
    if (n == 0 || errno != EINTR)
        close_fd(&u->output);
    return 0;
}

static void take_words(struct unpacker *u)
{
    char words[512];
    ssize_t n = read(u->errors, words, sizeof(words));

    if (n > 0 && u->words.len + (size_t)n < WORDS_MAX)
        buf_add(&u->words, words, (size_t)n);
    if (n == 0 || (n < 0 && errno != EINTR))
        close_fd(&u->errors);
}

/* One round: waits for any end, takes output and words. *ret_writable: more input may be sent. */
static int serve(struct unpacker *u, bool *ret_writable, struct error *e)
{
    struct pollfd fds[3] = {
        {.fd = u->input,  .events = POLLOUT},
        {.fd = u->output, .events = POLLIN },
        {.fd = u->errors, .events = POLLIN },
    };
    int n = poll(fds, 3, STALL_MS), r = 0;

    *ret_writable = false;
    if (n < 0)
        return errno == EINTR ? 0 : error_set_errno(e, -errno, "poll");
    if (n == 0)
        return error_set(e, -ETIME, "%s has done nothing for %d minutes", u->argv[0],
                         STALL_MS / 60000);
    if (fds[1].revents)
        r = take_output(u, e);
    if (fds[2].revents)
        take_words(u);
    *ret_writable = fds[0].revents != 0;
    return r;
}

/* Its exit, with its last words. */
static int reap(struct unpacker *u, struct error *e)
{
    char *end, *line;
    int status = 0;

    if (waitpid(u->pid, &status, 0) < 0)
        return error_set_errno(e, -errno, "waiting for %s", u->argv[0]);
    u->pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    line = u->words.data ? u->words.data : (char *)"";
    for (size_t n = strlen(line); n > 0 && line[n - 1] == '\n'; n--)
        line[n - 1] = '\0';
    end = strrchr(line, '\n');
    return error_set(e, -EBADMSG, "%s cannot unpack it: %s", u->argv[0],
                     line[0] ? (end ? end + 1 : line) : "it gave no reason");
}

/* Nothing goes in any more; out comes the rest. */
static int drain(struct unpacker *u, struct error *e)
{
    bool writable;

    close_fd(&u->input);
    while (u->output >= 0 || u->errors >= 0) {
        int r = serve(u, &writable, e);

        if (r < 0)
            return r;
    }
    return reap(u, e);
}

int unpacker_add(struct unpacker *u, const void *data, size_t len, struct error *e)
{
    const uint8_t *bytes = data;

    if (!u->argv)
        return u->sink(data, len, u->userdata, e);
    while (len > 0) {
        bool writable;
        ssize_t n;
        int r = serve(u, &writable, e);

        if (r < 0)
            return r;
        if (!writable)
            continue;
        n = send(u->input, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0) { /* it has gone, and says why; what follows the end of its format is as bad */
            r = drain(u, e);
            return r < 0 ? r
                         : error_set(e, -EBADMSG, "%s found more after the end of what it unpacks",
                                     u->argv[0]);
        }
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

int unpacker_end(struct unpacker *u, struct error *e)
{
    return u->argv ? drain(u, e) : 0;
}
