/* SPDX-License-Identifier: Apache-2.0 */
#include "bootstrap/install_network.h"
#include "tests/unit/test.h"
#include "tree.h"

static const struct install_nic nics[] = {
    {"eno1", "52:54:00:00:00:01"},
    {"eno2", "52:54:00:00:00:02"},
    {"eno3", "52:54:00:00:00:03"},
};

static void test_choose(void **state)
{
    static const struct {
        size_t n; /* cards that are there */
        const char *bootif, *bond, *members[2];
        size_t chosen[2];
        const char *words; /* of the refusal */
    } rows[] = {
        {3, "52:54:00:00:00:02", "",              {NULL},                                     {1},    NULL                                    },
        {1, "",                  "",              {NULL},                                     {0},    NULL                                    },
        {3, "",                  "802.3ad",       {"52:54:00:00:00:03", "52:54:00:00:00:01"}, {2, 0}, NULL                                    },
        {3, "52:54:00:00:00:02", "active-backup", {"52:54:00:00:00:01"},                      {0},    NULL                                    },
        {3, "",                  "",              {NULL},                                     {0},    "3 network cards and nothing says which"},
        {0, "",                  "",              {NULL},                                     {0},    "driver or firmware"                    },
        {2,
         "52:54:00:00:00:03",    "",
         {NULL},
         {0},
         "52:54:00:00:00:03 (BOOTIF); there are: eno1 (52:54:00:00:00:01), eno2"                                                              },
        {2,
         "",                     "802.3ad",
         {"52:54:00:00:00:01", "52:54:00:00:00:03"},
         {0},
         "52:54:00:00:00:03 (nodeseed.bond)"                                                                                                  },
        {2, "",                  "802.3ad",       {"52:54:00:00:00:01", "52:54:00:00:00:01"}, {0},    "twice"                                 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct install_cmdline c = {.dhcp = true};
        size_t chosen[INSTALL_BOND_MAX] = {99, 99}, n;
        struct error e = ERROR_INIT;
        int r;

        (void)snprintf(c.bootif, sizeof(c.bootif), "%s", rows[i].bootif);
        (void)snprintf(c.bond, sizeof(c.bond), "%s", rows[i].bond);
        for (; c.n_members < 2 && rows[i].members[c.n_members]; c.n_members++)
            (void)snprintf(c.members[c.n_members], MAC_TEXT_SIZE, "%s",
                           rows[i].members[c.n_members]);
        r = install_nics_choose(&c, nics, rows[i].n, chosen, &n, &e);
        if (rows[i].words) {
            assert_true(r < 0);
            if (!strstr(e.message, rows[i].words))
                fail_msg("row %zu: %s", i, e.message);
            continue;
        }
        assert_good(r, &e);
        for (size_t k = 0; k < n; k++)
            assert_int_equal(chosen[k], rows[i].chosen[k]);
    }
}

static void test_read(void **state)
{
    struct install_nic found[INSTALL_NICS_MAX];
    struct error e = ERROR_INIT;
    struct tree t;
    size_t n;

    (void)state;
    tree_make(&t, NULL);
    tree_write(&t, "/sys/class/net/eth10/type", "1\n");
    tree_write(&t, "/sys/class/net/eth10/address", "52:54:00:00:00:0a\n");
    tree_write(&t, "/sys/class/net/eth10/bonding_slave/perm_hwaddr", "\n");
    tree_write(&t, "/sys/class/net/eth10/device/vendor", "0x1af4\n");
    tree_write(&t, "/sys/class/net/eth2/type", "1\n");
    tree_write(&t, "/sys/class/net/eth2/address", "52:54:00:00:00:0a\n"); /* the bond's */
    tree_write(&t, "/sys/class/net/eth2/bonding_slave/perm_hwaddr", "52:54:00:00:00:02\n");
    tree_write(&t, "/sys/class/net/eth2/device/vendor", "0x1af4\n");
    tree_write(&t, "/sys/class/net/seedbond/type", "1\n");
    tree_write(&t, "/sys/class/net/seedbond/address", "52:54:00:00:00:0a\n");
    tree_write(&t, "/sys/class/net/lo/type", "772\n");
    tree_write(&t, "/sys/class/net/lo/device/x", "");
    assert_good(install_nics_read(t.root, found, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_string_equal(found[0].name, "eth2");
    assert_string_equal(found[0].mac, "52:54:00:00:00:02");
    assert_string_equal(found[1].name, "eth10");
    tree_remove(&t);
}

static void test_lease(void **state)
{
    static const struct {
        const char *text, *words; /* of the refusal */
    } bad[] = {
        {"",                                 "has no address"     },
        {"ip=192.168.0.9\n",                 "has no netmask"     },
        {"ip=x\nsubnet=255.255.255.0\n",     "\"x\" is no address"},
        {"ip=192.168.0.9\nsubnet=255.0.1.0", "no netmask such as" },
        {"ip=192.168.0.9\nsubnet=24\ndns=a", "dns"                },
    };
    struct install_lease l;
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(
        install_lease_parse("ip=192.168.0.9\nsubnet=255.255.255.0\nrouter=192.168.0.1 10.0.0.1\n"
                            "dns=9.9.9.9 8.8.8.8 1.1.1.1\nmtu=1400\nodd=1\n",
                            &l, &e),
        &e);
    assert_string_equal(l.address, "192.168.0.9");
    assert_int_equal(l.prefix, 24);
    assert_string_equal(l.gateway, "192.168.0.1");
    assert_string_equal(l.dns[1], "8.8.8.8");
    assert_int_equal(l.mtu, 1400);
    assert_good(install_lease_parse("subnet=255.255.0.0\nip=10.1.0.2\nrouter=\nmtu=12", &l, &e),
                &e);
    assert_string_equal(l.gateway, "");
    assert_int_equal(l.mtu, 0);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_true(install_lease_parse(bad[i].text, &l, &e) < 0);
        if (!strstr(e.message, bad[i].words))
            fail_msg("%s: %s", bad[i].text, e.message);
    }
}

/* What udhcpc puts into the environment comes back as a lease. */
static void test_event(void **state)
{
    struct install_lease l;
    struct error e = ERROR_INIT;
    char program[128], *text;
    struct tree t;

    (void)state;
    tree_make(&t, NULL);
    (void)snprintf(program, sizeof(program), "%s/" UDHCPC_EVENT, t.root);
    assert_int_equal(setenv("ip", "10.0.2.15", 1) | setenv("subnet", "255.255.255.0", 1) |
                         setenv("router", "10.0.2.2", 1),
                     0);
    assert_int_equal(udhcpc_event(program, "deconfig"), 0);
    assert_false(tree_has(&t, "/" UDHCPC_EVENT ".lease"));
    assert_int_equal(udhcpc_event(program, "bound"), 0);
    text = tree_read(&t, "/" UDHCPC_EVENT ".lease");
    assert_non_null(text);
    assert_good(install_lease_parse(text, &l, &e), &e);
    assert_string_equal(l.gateway, "10.0.2.2");
    free(text);
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_lease),
        cmocka_unit_test(test_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
