/* SPDX-License-Identifier: Apache-2.0 */
#include "waiter.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define EVENTS 128

struct waiter {
    int epoll, stop;
    bool started;
    pthread_t thread;
    void (*readable)(void *userdata);
};

static void *waiter_main(void *userdata)
{
    struct waiter *w = userdata;
    struct epoll_event events[EVENTS];

    for (;;) {
        int n = epoll_wait(w->epoll, events, EVENTS, -1); /* EINTR: once more */

        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr == w)
                return NULL;
            w->readable(events[i].data.ptr);
        }
    }
}

int waiter_new(void (*readable)(void *userdata), struct waiter **ret, struct error *e)
{
    _cleanup_(waiter_freep) struct waiter *w = calloc(1, sizeof(*w));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};
    int r;

    if (!w)
        return error_oom(e);
    w->readable = readable;
    w->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->stop < 0 || w->epoll < 0 || epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->stop, &event) < 0)
        return error_set_errno(e, -errno, "epoll");
    r = -pthread_create(&w->thread, NULL, waiter_main, w);
    if (r < 0)
        return error_set_errno(e, r, "starting a thread");
    w->started = true;
    *ret = TAKE_PTR(w);
    return 0;
}

void waiter_free(struct waiter *w)
{
    static const uint64_t one = 1;

    if (!w)
        return;
    if (w->started && write(w->stop, &one, sizeof(one)) == sizeof(one)) /* an eventfd at 0 */
        (void)pthread_join(w->thread, NULL); /* fails for a wrong thread alone */
    if (w->epoll >= 0)
        (void)close(w->epoll); /* nothing is kept in it, nor in the other */
    if (w->stop >= 0)
        (void)close(w->stop);
    free(w);
}

int waiter_add(struct waiter *w, int fd, void *userdata)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
                                .data.ptr = userdata};

    if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    /* It was here before. */
    return errno == EEXIST && epoll_ctl(w->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : -errno;
}
