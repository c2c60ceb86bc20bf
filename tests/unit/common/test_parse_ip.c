/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/socket.h>

#include "common/parse.h"
#include "tests/unit/test.h"

static struct ip_address ip(const char *s)
{
    struct error e = ERROR_INIT;
    struct ip_address a;

    assert_good(parse_ip(s, &a, &e), &e);
    return a;
}

static struct ip_network network(const char *s)
{
    struct error e = ERROR_INIT;
    struct ip_network n;

    assert_good(parse_network(s, &n, &e), &e);
    return n;
}

static void assert_ip(const struct ip_address *a, const char *expected)
{
    char text[IP_TEXT_SIZE];

    format_ip(a, text);
    assert_string_equal(text, expected);
}

static void test_ip(void **state)
{
    static const char *const good[] = {"0.0.0.0", "192.168.0.10", "255.255.255.255",
                                       "::",      "::1",          "fd00::1:0:0:2"};
    static const char *const bad[] = {
        "",          "1.2.3",    "1.2.3.4.5",    "256.1.1.1", "01.2.3.4",
        "1.2.3.4/8", " 1.2.3.4", "fe80::1%eth0", "[::1]",     "a.b.c.d",
        "1.2.3.4 ",  ":::",      "1::2::3",      "0x7f.1"};
    struct ip_address a = {0}, b;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        a = ip(good[i]);
        assert_ip(&a, good[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (parse_ip(bad[i], &b, NULL) != -EINVAL)
            fail_msg("accepted %s", bad[i]);

    a = ip("fd00:0:0::1");
    b = ip("FD00::1");
    assert_true(ip_equal(&a, &b));
    a = ip("0.0.0.1");
    b = ip("::");
    assert_false(ip_equal(&a, &b));
    a = ip("::");
    b = ip("0.0.0.0");
    assert_false(ip_equal(&a, &b)); /* same bytes, other family */
}

static void test_network(void **state)
{
    static const char *const good[] = {"10.233.64.0/18", "0.0.0.0/0", "10.0.0.1/32", "fd00::/8",
                                       "::1/128"};
    static const char *const bad[] = {"10.0.0.0",     "10.0.0.0/",  "10.0.0.0/33", "10.0.0.0/-1",
                                      "10.0.0.0/8 ",  "/8",         "fd00::/129",  "10.0.0/8",
                                      "10.0.0.0/8/8", "10.0.0.0/ 8"};
    struct error e = ERROR_INIT;
    char text[NETWORK_TEXT_SIZE];
    struct ip_network n;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        n = network(good[i]);
        format_network(&n, text);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (parse_network(bad[i], &n, NULL) != -EINVAL)
            fail_msg("accepted %s", bad[i]);

    assert_int_equal(parse_network("10.233.70.5/18", &n, &e), -EINVAL);
    assert_non_null(strstr(e.message, "write 10.233.64.0/18"));
    assert_int_equal(parse_network("fd00::1/64", &n, &e), -EINVAL);
    assert_non_null(strstr(e.message, "write fd00::/64"));
}

static void test_contains(void **state)
{
    struct ip_network n = network("10.233.64.0/18"), all = network("0.0.0.0/0");
    struct ip_network six = network("fd00:1::/33");
    struct ip_address inside = ip("10.233.127.255"), outside = ip("10.233.128.0");
    struct ip_address six_inside = ip("fd00:1:7fff::1"), six_outside = ip("fd00:1:8000::");

    (void)state;
    assert_true(network_contains(&n, &inside));
    assert_false(network_contains(&n, &outside));
    assert_true(network_contains(&all, &outside));
    assert_true(network_contains(&six, &six_inside));
    assert_false(network_contains(&six, &six_outside));
    assert_false(network_contains(&all, &six_inside));
}

static void test_overlaps(void **state)
{
    struct ip_network a = network("10.233.0.0/18"), b = network("10.233.64.0/18");
    struct ip_network both = network("10.233.0.0/16"), six = network("::/0");

    (void)state;
    assert_false(network_overlaps(&a, &b));
    assert_true(network_overlaps(&a, &both));
    assert_true(network_overlaps(&both, &b));
    assert_true(network_overlaps(&a, &a));
    assert_false(network_overlaps(&a, &six));
}

static void test_subnet(void **state)
{
    struct ip_network pods = network("10.233.64.0/18"), six = network("fd00::/48"), sub;
    char text[NETWORK_TEXT_SIZE];

    (void)state;
    assert_int_equal(network_subnet(&pods, 24, 0, &sub), 0);
    format_network(&sub, text);
    assert_string_equal(text, "10.233.64.0/24");
    assert_int_equal(network_subnet(&pods, 24, 63, &sub), 0);
    format_network(&sub, text);
    assert_string_equal(text, "10.233.127.0/24");
    assert_int_equal(network_subnet(&pods, 24, 64, &sub), -ERANGE);
    assert_int_equal(network_subnet(&pods, 17, 0, &sub), -ERANGE);
    assert_int_equal(network_subnet(&pods, 33, 0, &sub), -ERANGE);
    assert_int_equal(network_subnet(&pods, 18, 0, &sub), 0);
    assert_int_equal(network_subnet(&pods, 18, 1, &sub), -ERANGE);
    assert_int_equal(network_subnet(&six, 64, 65535, &sub), 0);
    format_network(&sub, text);
    assert_string_equal(text, "fd00:0:0:ffff::/64");
    assert_int_equal(network_subnet(&six, 128, UINT64_MAX, &sub), 0);
    format_network(&sub, text);
    assert_string_equal(text, "fd00::ffff:ffff:ffff:ffff/128");
}

static void test_host(void **state)
{
    struct ip_network n = network("10.233.0.0/18"), one = network("10.0.0.1/32");
    struct ip_address a;

    (void)state;
    assert_int_equal(network_host(&n, 0, &a), 0);
    assert_ip(&a, "10.233.0.0");
    assert_int_equal(network_host(&n, 10, &a), 0);
    assert_ip(&a, "10.233.0.10");
    assert_int_equal(network_host(&n, 16383, &a), 0);
    assert_ip(&a, "10.233.63.255");
    assert_int_equal(network_host(&n, 16384, &a), -ERANGE);
    assert_int_equal(network_host(&one, 0, &a), 0);
    assert_int_equal(network_host(&one, 1, &a), -ERANGE);
}

static void test_endpoint(void **state)
{
    static const char *const bad[] = {
        "",        "8080",  "1.2.3.4",      "1.2.3.4:", "1.2.3.4:65536", "::1:80", "[::1]",
        "[::1]80", "[]:80", "[1.2.3.4]:80", "name:80",  "1.2.3.4:-1",    ":80:80", "1.2.3.4 :80"};
    struct ip_address a;
    uint16_t port;

    (void)state;
    assert_int_equal(parse_endpoint("192.168.0.1:8080", &a, &port, NULL), 0);
    assert_ip(&a, "192.168.0.1");
    assert_int_equal(port, 8080);
    assert_int_equal(parse_endpoint("[fd00::1]:65535", &a, &port, NULL), 0);
    assert_ip(&a, "fd00::1");
    assert_int_equal(port, 65535);
    assert_int_equal(parse_endpoint(":0", &a, &port, NULL), 0);
    assert_ip(&a, "0.0.0.0");
    assert_int_equal(port, 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (parse_endpoint(bad[i], &a, &port, NULL) != -EINVAL)
            fail_msg("accepted %s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ip),       cmocka_unit_test(test_network),
        cmocka_unit_test(test_contains), cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_subnet),   cmocka_unit_test(test_host),
        cmocka_unit_test(test_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
