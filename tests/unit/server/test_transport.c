/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "seed-server/server/transport.h"
#include "seed-server/server/waiter.h"
#include "tests/unit/test.h"

struct pair {
    int near, far;
    struct transport transport;
    unsigned starved;
};

static void count_starved(void *userdata)
{
    unsigned *n = userdata;

    (*n)++;
    errno = EIO; /* whatever it does, the caller sees EAGAIN */
}

static void pair_open(struct pair *p)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    p->near = fds[0];
    p->far = fds[1];
    p->starved = 0;
    transport_init(&p->transport, p->near, count_starved, &p->starved);
}

static void pair_close(struct pair *p)
{
    transport_done(&p->transport);
    (void)close(p->near);
    if (p->far >= 0)
        (void)close(p->far);
}

static void test_one_read_for_many_records(void **state)
{
    char data[16] = "";
    struct pair p;

    (void)state;
    pair_open(&p);
    transport_greet(&p.transport);
    assert_int_equal(write(p.far, "head1body1head2", 15), 15);
    assert_int_equal(transport_pull(&p.transport, data, 5), 5);
    assert_memory_equal(data, "head1", 5);
    /* All of it was taken from the socket at once. */
    assert_int_equal(recv(p.near, data, sizeof(data), 0), -1);
    assert_int_equal(transport_pull(&p.transport, data, 5), 5);
    assert_memory_equal(data, "body1", 5);
    assert_int_equal(transport_pull(&p.transport, data, sizeof(data)), 5);
    assert_memory_equal(data, "head2", 5);
    assert_null(p.transport.in); /* nothing is held for what is read */
    assert_int_equal(transport_pull(&p.transport, data, 5), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(p.starved, 0); /* the handshake is over */
    assert_int_equal(close(p.far), 0);
    p.far = -1;
    assert_int_equal(transport_pull(&p.transport, data, 5), 0);
    pair_close(&p);
}

/* Data that came after a short read is found by the next one: nobody is told of it again. */
static void test_a_short_read_is_not_the_last(void **state)
{
    char data[8];
    struct pair p;

    (void)state;
    pair_open(&p);
    transport_greet(&p.transport);
    assert_int_equal(write(p.far, "one", 3), 3);
    assert_int_equal(transport_pull(&p.transport, data, sizeof(data)), 3);
    assert_int_equal(write(p.far, "two", 3), 3);
    assert_int_equal(transport_pull(&p.transport, data, sizeof(data)), 3);
    assert_memory_equal(data, "two", 3);
    pair_close(&p);
}

static void test_starving_in_a_handshake(void **state)
{
    char data[8];
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(transport_pull(&p.transport, data, 5), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(p.starved, 1);
    assert_int_equal(write(p.far, "hello", 5), 5);
    assert_int_equal(transport_pull(&p.transport, data, 5), 5);
    assert_int_equal(p.starved, 1);
    pair_close(&p);
}

static void test_gathered_and_sent_at_once(void **state)
{
    const struct iovec head =
                           {
                               (char[]){"head"},
                               4
    },
                       body[2] = {{(char[]){"bo"}, 2}, {(char[]){"dy"}, 2}};
    char data[16];
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(transport_push(&p.transport, &head, 1), 4);
    assert_int_equal(recv(p.far, data, sizeof(data), 0), 4); /* at once without gathering */
    transport_gather(&p.transport);
    assert_int_equal(transport_push(&p.transport, &head, 1), 4);
    assert_int_equal(transport_push(&p.transport, body, 2), 4);
    assert_int_equal(recv(p.far, data, sizeof(data), 0), -1);
    assert_true(transport_flush(&p.transport));
    assert_int_equal(recv(p.far, data, sizeof(data), 0), 8);
    assert_memory_equal(data, "headbody", 8);
    assert_null(p.transport.out.data);
    assert_true(transport_flush(&p.transport)); /* nothing to send */
    pair_close(&p);
}

static void test_gathering_has_an_end(void **state)
{
    static char much[40 * 1024];
    const struct iovec piece = {much, sizeof(much)};
    struct pair p;

    (void)state;
    pair_open(&p);
    transport_gather(&p.transport);
    assert_int_equal(transport_push(&p.transport, &piece, 1), (ssize_t)sizeof(much));
    assert_int_equal(transport_push(&p.transport, &piece, 1), -1);
    assert_int_equal(errno, ENOMEM);
    assert_false(transport_flush(&p.transport)); /* half of an answer is none */
    pair_close(&p);
}

/* ---- the waiter ---- */

static void say_so(void *userdata)
{
    int *fds = userdata;

    assert_int_equal(write(fds[1], "x", 1), 1);
}

static void test_waiter_tells_once(void **state)
{
    struct error e = ERROR_INIT;
    struct waiter *w = NULL;
    int watched[2], told[2];
    char c;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, watched), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, told), 0);
    assert_int_equal(waiter_new(say_so, &w, &e), 0);
    assert_int_equal(waiter_add(w, watched[0], told), 0);
    assert_int_equal(write(watched[1], "a", 1), 1);
    assert_int_equal(read(told[0], &c, 1), 1);
    assert_int_equal(recv(told[0], &c, 1, MSG_DONTWAIT), -1);
    /* Asked once more, what lies there counts, and so does the end. */
    assert_int_equal(waiter_add(w, watched[0], told), 0);
    assert_int_equal(read(told[0], &c, 1), 1);
    assert_int_equal(read(watched[0], &c, 1), 1);
    assert_int_equal(waiter_add(w, watched[0], told), 0);
    assert_int_equal(close(watched[1]), 0);
    assert_int_equal(read(told[0], &c, 1), 1);
    assert_int_equal(waiter_add(w, -1, told), -EBADF);
    waiter_free(w);
    (void)close(watched[0]);
    (void)close(told[0]);
    (void)close(told[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_read_for_many_records),
        cmocka_unit_test(test_a_short_read_is_not_the_last),
        cmocka_unit_test(test_starving_in_a_handshake),
        cmocka_unit_test(test_gathered_and_sent_at_once),
        cmocka_unit_test(test_gathering_has_an_end),
        cmocka_unit_test(test_waiter_tells_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
