/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_cmdline.h"
#include "tests/unit/test.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define BASE                                                                                       \
    "nodeseed.server=https://192.168.0.1:8443 nodeseed.plain=http://192.168.0.1:8080 "             \
    "nodeseed.pin=" PIN

static void test_whole(void **state)
{
    struct install_cmdline c;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(install_cmdline_parse(
                    "BOOT_IMAGE=x " BASE
                    " ip=192.168.0.20::192.168.0.1:255.255.240.0::eth7:off:9.9.9.9:8.8.8.8"
                    "  BOOTIF=01-52-54-00-AA-bb-01 quiet\nnodeseed.vlan=42 "
                    "nodeseed.bond=802.3ad:52:54:00:aa:bb:01,52-54-00-aa-bb-02 "
                    "nodeseed.mtu=9000 \"nodeseed.odd=a b\" nodeseed.odder",
                    &c, &e),
                &e);
    assert_string_equal(c.server, "https://192.168.0.1:8443");
    assert_string_equal(c.plain, "http://192.168.0.1:8080");
    assert_string_equal(c.pin, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    assert_string_equal(c.bootif, "52:54:00:aa:bb:01");
    assert_false(c.dhcp);
    assert_string_equal(c.address, "192.168.0.20");
    assert_int_equal(c.prefix, 20);
    assert_string_equal(c.gateway, "192.168.0.1");
    assert_string_equal(c.dns[0], "9.9.9.9");
    assert_string_equal(c.dns[1], "8.8.8.8");
    assert_int_equal(c.vlan, 42);
    assert_int_equal(c.mtu, 9000);
    assert_string_equal(c.bond, "802.3ad");
    assert_int_equal(c.n_members, 2);
    assert_string_equal(c.members[1], "52:54:00:aa:bb:02");
    assert_string_equal(c.unknown, "nodeseed.odd");
}

static void test_dhcp(void **state)
{
    static const char *const lines[] = {BASE, BASE " ip=dhcp", BASE " ip=::::::dhcp",
                                        BASE " ip=0.0.0.0::0.0.0.0:0.0.0.0:::off:"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct install_cmdline c;
        struct error e = ERROR_INIT;

        assert_good(install_cmdline_parse(lines[i], &c, &e), &e);
        assert_true(c.dhcp);
        assert_string_equal(c.gateway, "");
    }
}

/* What iPXE leaves empty: no gateway, no name server. */
static void test_bare_address(void **state)
{
    struct install_cmdline c;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(install_cmdline_parse(BASE " ip=10.0.0.2:::255.0.0.0:::off:", &c, &e), &e);
    assert_false(c.dhcp);
    assert_int_equal(c.prefix, 8);
    assert_string_equal(c.gateway, "");
    assert_string_equal(c.dns[0], "");
}

static void test_refused(void **state)
{
    static const struct {
        const char *line, *words;
    } rows[] = {
        {"",                                                      "nodeseed.server= is missing"},
        {"nodeseed.server=https://x:1 nodeseed.plain=http://x:1", "nodeseed.pin= is missing"   },
        {BASE " nodeseed.server=http://192.168.0.1",              "not of the form https://"   },
        {BASE " nodeseed.plain=https://192.168.0.1",              "not of the form http://"    },
        {BASE " nodeseed.pin=00",                                 "64 hex digits"              },
        {BASE " nodeseed.vlan=0",                                 "from 1 to 4094"             },
        {BASE " nodeseed.vlan=4095",                              "nodeseed.vlan"              },
        {BASE " nodeseed.mtu=100",                                "between 576 and 65535"      },
        {BASE " nodeseed.bond=active-backup",                     "MODE:MAC,MAC"               },
        {BASE " nodeseed.bond=fast:52:54:00:00:00:01",            "MODE:MAC,MAC"               },
        {BASE " nodeseed.bond=802.3ad:52:54:00:00:00:01,x",       "\"x\" is no MAC address"    },
        {BASE " nodeseed.bond=802.3ad:",                          "\"\" is no MAC address"     },
        {BASE " BOOTIF=01-ff-ff-ff-ff-ff-ff",                     "BOOTIF"                     },
        {BASE " ip=192.168.0.300::::::off",                       "no IPv4 address"            },
        {BASE " ip=fe80::1",                                      "\"fe80\" is no IPv4 address"},
        {BASE " ip=192.168.0.20::192.168.0.1:255.0.255.0:::off",  "no netmask such as"         },
        {BASE " ip=192.168.0.20::192.168.0.1::::off",             "no netmask such as"         },
        {BASE " ip=192.168.0.20::x:255.255.255.0:::off",          "\"x\" is no IPv4 address"   },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct install_cmdline c;
        struct error e = ERROR_INIT;

        assert_true(install_cmdline_parse(rows[i].line, &c, &e) < 0);
        if (!strstr(e.message, rows[i].words))
            fail_msg("%s: \"%s\", wanted \"%s\"", rows[i].line, e.message, rows[i].words);
    }
}

static void test_netmask(void **state)
{
    static const struct {
        const char *text;
        int prefix; /* -1: refused */
    } rows[] = {
        {"255.255.255.0",   24},
        {"255.255.255.255", 32},
        {"128.0.0.0",       1 },
        {"255.255.240.0",   20},
        {"16",              16},
        {"0.0.0.0",         -1},
        {"0",               -1},
        {"33",              -1},
        {"255.255.0.255",   -1},
        {"0.0.0.255",       -1},
        {"",                -1},
        {"ff00::",          -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned prefix = 99;
        int r = install_parse_netmask(rows[i].text, &prefix, NULL);

        assert_int_equal(r < 0, rows[i].prefix < 0);
        assert_int_equal(prefix, rows[i].prefix < 0 ? 99 : rows[i].prefix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),        cmocka_unit_test(test_dhcp),
        cmocka_unit_test(test_bare_address), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_netmask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
