/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/host.h"
#include "bootstrap/route.h"
#include "tests/unit/test.h"
#include "tree.h"

#define CONFIG                                                                                     \
    "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[\"node\"]},"      \
    "\"system\":{\"network\":{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\","             \
    "\"dns\":[\"192.0.2.1\",\"192.0.2.2\"]}}}"

static void make(struct tree *t, const char *program)
{
    tree_make(t, CONFIG);
    /* The taskbox of the tree is at 127.0.0.1, so this is the way to it. */
    tree_write(t, "/sys/class/net/lo/address", "52:54:00:00:00:0A\n");
    if (program)
        tree_write(t, program, "");
}

static void assert_written(const char *program, const char *path, const char *want)
{
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    make(&t, program);
    assert_good(host_network(&t.context, false, &same, &e), &e);
    assert_false(same);
    assert_false(tree_has(&t, path));
    assert_good(host_network(&t.context, true, &same, &e), &e);
    text = tree_read(&t, path);
    assert_non_null(text);
    assert_string_equal(text, want);
    assert_good(host_network(&t.context, true, &same, &e), &e);
    assert_true(same);
    tree_remove(&t);
}

static void test_networkd(void **state)
{
    (void)state;
    assert_written("/lib/systemd/systemd-networkd", "/etc/systemd/network/05-nodeseed.network",
                   "[Match]\nMACAddress=52:54:00:00:00:0a\n\n[Network]\nAddress=192.0.2.7/24\n"
                   "Gateway=192.0.2.1\nDNS=192.0.2.1\nDNS=192.0.2.2\n");
}

static void test_ifupdown(void **state)
{
    (void)state;
    assert_written("/sbin/ifup", "/etc/network/interfaces.d/nodeseed",
                   "auto lo\niface lo inet static\n    address 192.0.2.7/24\n"
                   "    gateway 192.0.2.1\n    dns-nameservers 192.0.2.1 192.0.2.2\n");
}

static void test_netplan(void **state)
{
    (void)state;
    assert_written("/usr/sbin/netplan", "/etc/netplan/99-nodeseed.yaml",
                   "{\n"
                   "    \"network\": {\n"
                   "        \"ethernets\": {\n"
                   "            \"lo\": {\n"
                   "                \"addresses\": [\n"
                   "                    \"192.0.2.7/24\"\n"
                   "                ],\n"
                   "                \"dhcp4\": false,\n"
                   "                \"gateway4\": \"192.0.2.1\",\n"
                   "                \"match\": {\n"
                   "                    \"macaddress\": \"52:54:00:00:00:0a\"\n"
                   "                },\n"
                   "                \"nameservers\": {\n"
                   "                    \"addresses\": [\n"
                   "                        \"192.0.2.1\",\n"
                   "                        \"192.0.2.2\"\n"
                   "                    ]\n"
                   "                }\n"
                   "            }\n"
                   "        },\n"
                   "        \"version\": 2\n"
                   "    }\n"
                   "}\n");
}

static void test_nobody_sets_addresses(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    make(&t, NULL);
    assert_int_equal(host_network(&t.context, true, &same, &e), -ENOTSUP);
    assert_true(t.context.refused);
    tree_remove(&t);
}

static void test_interfaces(void **state)
{
    struct ip_address loopback, nobody;
    char name[INTERFACE_NAME_SIZE];
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(parse_ip("127.0.0.1", &loopback, &e), &e);
    assert_good(parse_ip("192.0.2.77", &nobody, &e), &e);
    assert_good(interface_of_address(&loopback, name, &e), &e);
    assert_string_equal(name, "lo");
    assert_good(interface_towards(&loopback, name, &e), &e);
    assert_string_equal(name, "lo");
    assert_good(interface_of_address(&nobody, name, &e), &e);
    assert_string_equal(name, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networkd),   cmocka_unit_test(test_ifupdown),
        cmocka_unit_test(test_netplan),    cmocka_unit_test(test_nobody_sets_addresses),
        cmocka_unit_test(test_interfaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
