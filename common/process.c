/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "clock.h"
#include "process_child.h"

/* After SIGKILL a process can stay only in an uninterruptible wait, on a dying disk for instance;
 * it is left to init then. */
#define KILL_GRACE_MS 5000

/* How often the end of a process is looked for that closed its output, or left it to a child. */
#define WAIT_STEP_MAX_MS 50

/* One captured stream: what goes to the caller's buffer, and the end of it for the error's words.
 */
struct stream {
    int fd; /* -1 at its end */
    struct buf *to;
    char tail[512];
    size_t tail_len;
};

static void stream_add(struct stream *s, const char *data, size_t len)
{
    size_t keep;

    if (s->to && !s->to->failure) {
        size_t room = s->to->limit - s->to->len;

        buf_add(s->to, data, len < room ? len : room);
    }
    if (len >= sizeof(s->tail)) {
        data += len - sizeof(s->tail);
        len = sizeof(s->tail);
    }
    keep = s->tail_len + len > sizeof(s->tail) ? sizeof(s->tail) - len : s->tail_len;
    memmove(s->tail, s->tail + s->tail_len - keep, keep);
    memcpy(s->tail + keep, data, len);
    s->tail_len = keep + len;
}

/* The last line that is not blank; "" when there is none. */
static void last_line(const struct stream *s, char ret[sizeof(s->tail) + 1])
{
    size_t end = s->tail_len, start;

    while (end > 0 && (unsigned char)s->tail[end - 1] <= ' ')
        end--;
    start = end;
    while (start > 0 && s->tail[start - 1] != '\n')
        start--;
    memcpy(ret, s->tail + start, end - start);
    ret[end - start] = '\0';
}

static void stream_close(struct stream *s)
{
    closep(&s->fd);
    s->fd = -1;
}

/* Takes what is there; closes at the stream's end. */
static void stream_read(struct stream *s)
{
    char piece[16384];
    ssize_t n = read(s->fd, piece, sizeof(piece));

    if (n > 0)
        stream_add(s, piece, (size_t)n);
    else if (n == 0 || errno != EINTR)
        stream_close(s);
}

/* What an ended process left in the pipe. Whoever inherited the pipe may go on writing: a full pipe
 * (1 MiB at most) is all that is waited for. */
static void stream_drain(struct stream *s)
{
    for (int i = 0; i < 64 && s->fd >= 0; i++) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};

        if (poll(&p, 1, 0) != 1)
            return;
        stream_read(s);
    }
}

/* True once pid has ended; it is reaped then. */
static bool has_ended(pid_t pid, int *ret_status)
{
    return waitpid(pid, ret_status, WNOHANG) == pid;
}

/* Captures output until the process has ended (true) or the deadline (false). */
static bool follow(const struct process *p, pid_t pid, struct stream streams[2], uint64_t deadline,
                   int *ret_status)
{
    uint64_t last_tick = clock_monotonic_ms();
    int step = 1;

    while (!has_ended(pid, ret_status)) {
        uint64_t now = clock_monotonic_ms();
        struct pollfd fds[2];
        int n;

        if (now >= deadline)
            return false;
        if (p->tick && now - last_tick >= p->tick_ms) {
            p->tick(p->tick_data);
            last_tick = now;
        }
        for (int i = 0; i < 2; i++)
            fds[i] = (struct pollfd){.fd = streams[i].fd, .events = POLLIN};
        n = poll(fds, 2, (uint64_t)step < deadline - now ? step : (int)(deadline - now));
        for (int i = 0; n > 0 && i < 2; i++)
            if (fds[i].revents)
                stream_read(&streams[i]);
        if (n > 0)
            step = 1;
        else if (step < WAIT_STEP_MAX_MS)
            step *= 2;
    }
    stream_drain(&streams[0]);
    stream_drain(&streams[1]);
    return true;
}

static void kill_group(pid_t pid, int *ret_status)
{
    uint64_t give_up = clock_monotonic_ms() + KILL_GRACE_MS;

    (void)kill(-pid, SIGKILL); /* gone already is as good */
    while (!has_ended(pid, ret_status) && clock_monotonic_ms() < give_up)
        clock_sleep_ms(5);
}

static int explain(const struct process *p, const struct stream streams[2], int status,
                   struct error *e)
{
    char line[sizeof(streams[0].tail) + 1];
    char how[64];

    last_line(&streams[1], line);
    if (!*line)
        last_line(&streams[0], line);
    if (WIFSIGNALED(status))
        (void)snprintf(how, sizeof(how), "was ended by signal %d", WTERMSIG(status));
    else
        (void)snprintf(how, sizeof(how), "failed with exit code %d", WEXITSTATUS(status));
    return error_set(e, -ECHILD, "%s %s%s%s", p->argv[0], how, *line ? ": " : "", line);
}

int process_run(const struct process *p, int *ret_status, struct error *e)
{
    _cleanup_(child_done) struct child c = CHILD_INIT;
    struct child_ends ends = {-1, -1, -1};
    struct stream streams[2] = {{.fd = -1}, {.fd = -1}};
    uint64_t deadline = clock_monotonic_ms() + p->timeout_ms;
    int status = 0, r;
    pid_t pid = -1;

    r = child_prepare(&c, p, &ends, e);
    if (r == 0)
        r = child_start(&c, &ends, &pid, e);
    closep(&ends.status);
    streams[0] = (struct stream){.fd = ends.output, .to = p->output};
    streams[1] = (struct stream){.fd = ends.errors, .to = p->errors};
    if (r == 0 && !follow(p, pid, streams, deadline, &status)) {
        kill_group(pid, &status);
        r = error_set(e, -ETIME, "%s was ended at its limit of %llu ms", p->argv[0],
                      (unsigned long long)p->timeout_ms);
    } else if (r == 0) {
        r = status == 0 ? 0 : explain(p, streams, status, e);
        if (ret_status)
            *ret_status = status;
    }
    stream_close(&streams[0]);
    stream_close(&streams[1]);
    return r;
}
