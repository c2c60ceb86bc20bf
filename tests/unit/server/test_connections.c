/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/mem.h"
#include "seed-server/server/connections.h"
#include "tests/unit/test.h"

static const struct sockaddr *v4(struct sockaddr_in *space, uint32_t address)
{
    *space = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(address)}};
    return (const struct sockaddr *)space;
}

static const struct sockaddr *v6(struct sockaddr_in6 *space, const char *text)
{
    *space = (struct sockaddr_in6){.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &space->sin6_addr), 1);
    return (const struct sockaddr *)space;
}

static void test_peers(void **state)
{
    struct sockaddr local = {.sa_family = AF_UNIX};
    struct error e = ERROR_INIT;
    struct peer *a, *b, *many[1000];
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    struct peers *p;
    unsigned n;

    (void)state;
    assert_good(peers_new(&p, &e), &e);
    a = peers_join(p, v4(&four, 0x0a000001), &n);
    assert_int_equal(n, 1);
    assert_ptr_equal(peers_join(p, v4(&four, 0x0a000001), &n), a);
    assert_int_equal(n, 2);
    assert_ptr_equal(peers_join(p, v6(&six, "::ffff:10.0.0.1"), &n), a);
    assert_int_equal(n, 3);
    assert_ptr_not_equal(peers_join(p, v4(&four, 0x20010db8), &n), a);
    assert_int_equal(n, 1);
    b = peers_join(p, v6(&six, "2001:db8::1"), &n);
    assert_int_equal(n, 1); /* not that of 32.1.13.184 */
    assert_ptr_equal(peers_join(p, v6(&six, "2001:db8::ffff:2"), &n), b);
    assert_int_equal(n, 2);
    (void)peers_join(p, v6(&six, "2001:db8:0:1::1"), &n);
    assert_int_equal(n, 1);
    assert_null(peers_join(p, &local, &n));
    assert_int_equal(n, 0);
    assert_null(peers_join(p, NULL, &n));
    peers_leave(p, NULL);
    for (uint32_t i = 0; i < ARRAY_SIZE(many); i++) {
        many[i] = peers_join(p, v4(&four, 0x7f000001 + i), &n);
        assert_int_equal(n, 1);
    }
    for (size_t i = 0; i < ARRAY_SIZE(many); i++)
        peers_leave(p, many[i]);
    peers_leave(p, a);
    assert_ptr_equal(peers_join(p, v4(&four, 0x0a000001), &n), a);
    assert_int_equal(n, 3);
    peers_free(p);
}

/* Whether the other end of a connection sees its end. */
static bool ended(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void test_limits(void **state)
{
    struct connection *c[128];
    int pairs[128][2];
    struct connections all;
    struct error e = ERROR_INIT;
    struct sockaddr_in four;

    (void)state;
    assert_good(connections_init(&all, 20, 4, &e), &e);
    for (size_t i = 0; i < 128; i++)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);

    /* One address: four, then 64 that are told so soon, then none. */
    for (size_t i = 0; i < 6; i++)
        c[i] = connection_open(&all, pairs[i][0], v4(&four, 1), 1000, 30000);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(c[i]->over_limit, i >= 4);
        assert_int_equal(c[i]->deadline_ms, i >= 4 ? 3000 : 31000);
        assert_false(ended(pairs[i][1]));
    }
    c[6] = connection_open(&all, pairs[6][0], v4(&four, 2), 1000, 500);
    assert_false(c[6]->over_limit);
    connections_tick(&all, 2000);
    assert_true(ended(pairs[6][1]));
    connections_tick(&all, 3001);
    assert_true(ended(pairs[5][1]) && !ended(pairs[3][1]));
    for (size_t i = 0; i < 7; i++)
        connection_close(&all, c[i]);
    assert_int_equal(connections_count(&all), 0);

    /* Many addresses: 20, then 42 that are told so, then none. */
    for (uint32_t i = 0; i < 128; i++)
        c[i] = connection_open(&all, pairs[i][0], v4(&four, 10 + i), 1000, 30000);
    for (size_t i = 7; i < 128; i++) {
        assert_int_equal(c[i]->over_limit, i >= 20);
        assert_int_equal(ended(pairs[i][1]), i >= 62);
    }
    assert_true(connections_never(20) > 62);
    for (size_t i = 0; i < 128; i++) {
        connection_close(&all, c[i]);
        (void)close(pairs[i][0]);
        (void)close(pairs[i][1]);
    }
    connections_done(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
