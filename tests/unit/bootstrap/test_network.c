/* SPDX-License-Identifier: Apache-2.0 */
/* The network in a tree: which NIC, who is in charge there, what becomes of what others wrote. */
#include <sys/stat.h>

#include "bootstrap/host.h"
#include "bootstrap/network_foreign.h"
#include "bootstrap/nic.h"
#include "bootstrap/route.h"
#include "tests/unit/test.h"
#include "tree.h"

#define CONFIG(network)                                                                            \
    "{\"version\":1,\"host\":{\"name\":\"node1\",\"ip\":\"192.0.2.7\",\"roles\":[\"node\"]},"      \
    "\"system\":{\"network\":" network "}}"
#define STATIC CONFIG("{\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\",\"dns\":[]}")
#define BOND                                                                                       \
    CONFIG("{\"dhcp\":true,\"bond\":{\"mode\":\"active-backup\",\"macs\":"                         \
           "[\"52:54:00:00:00:0a\",\"52:54:00:00:00:0b\"]}}")

#define NETWORKD "/lib/systemd/systemd-networkd"
#define NETWORKD_FILE "/etc/systemd/network/05-nodeseed-3-wire0.network"
#define IFUPDOWN_FILE "/etc/network/interfaces.d/nodeseed"
#define NETPLAN_FILE "/etc/netplan/99-nodeseed.yaml"
#define ASIDE(path) "/var/lib/nodeseed/set-aside" path

static void add_nic(const struct tree *t, const char *name, const char *mac)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/device/uevent", name);
    tree_write(t, path, "");
    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/type", name);
    tree_write(t, path, "1\n");
    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", name);
    tree_write(t, path, mac);
}

/* The taskbox of the tree is at 127.0.0.1, to which no NIC leads: the only one is taken. */
static void make(struct tree *t, const char *config, const char *program)
{
    tree_make(t, config);
    add_nic(t, "ens3", "52:54:00:00:00:0A\n");
    if (program)
        tree_write(t, program, "");
}

static void put(struct tree *t)
{
    struct error e = ERROR_INIT;
    bool same;

    assert_good(host_network(&t->context, false, &same, &e), &e);
    assert_false(same);
    assert_good(host_network(&t->context, true, &same, &e), &e);
    assert_good(host_network(&t->context, true, &same, &e), &e);
    assert_true(same);
}

static void assert_text(const struct tree *t, const char *path, const char *want)
{
    _cleanup_free_ char *text = tree_read(t, path);

    if (!want) {
        assert_false(tree_has(t, path));
        return;
    }
    assert_non_null(text);
    assert_string_equal(text, want);
}

static void set_config(struct tree *t, const char *config)
{
    _cleanup_json_ json_t *json = NULL;
    struct error e = ERROR_INIT;

    assert_good(json_parse(config, strlen(config), 1 << 20, &json, &e), &e);
    assert_good(context_set_config(&t->context, json, &e), &e);
}

static void test_networkd(void **state)
{
    struct tree t;

    (void)state;
    make(&t, STATIC, NETWORKD);
    tree_write(&t, "/etc/systemd/network/05-nodeseed.network", "of a former release");
    tree_write(&t, "/etc/systemd/network/10-others.network", "[Match]\nName=*\n");
    put(&t);
    assert_text(&t, NETWORKD_FILE,
                "[Match]\nMACAddress=52:54:00:00:00:0a\n\n[Network]\nAddress=192.0.2.7/24\n"
                "Gateway=192.0.2.1\n");
    assert_text(&t, "/etc/systemd/network/05-nodeseed.network", NULL);
    assert_true(tree_has(&t, "/etc/systemd/network/10-others.network"));
    assert_true(
        tree_has(&t, "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"));

    /* Another kind of network, and none: nothing of the old one stays. */
    set_config(&t, BOND);
    put(&t);
    assert_true(tree_has(&t, "/etc/systemd/network/05-nodeseed-2-seedbond.netdev"));
    assert_text(&t, NETWORKD_FILE,
                "[Match]\nMACAddress=52:54:00:00:00:0a\n\n[Link]\nRequiredForOnline=no\n\n"
                "[Network]\nBond=seedbond\n");
    set_config(&t, CONFIG("null"));
    put(&t);
    assert_text(&t, NETWORKD_FILE, NULL);
    assert_text(&t, "/etc/systemd/network/05-nodeseed-2-seedbond.netdev", NULL);
    assert_true(tree_has(&t, "/etc/systemd/network/10-others.network"));
    tree_remove(&t);
}

static void test_releases(void **state)
{
    _cleanup_free_ char *text = NULL;
    struct tree t;

    (void)state;
    make(&t, STATIC, NETWORKD);
    tree_write(&t, "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so", "");
    put(&t);
    text = tree_read(&t, NETWORKD_FILE);
    assert_non_null(strstr(text, "[Match]\nPermanentMACAddress=52:54:00:00:00:0a\n"));
    tree_remove(&t);
}

/* Several are installed: who is in charge? */
static void test_who_is_in_charge(void **state)
{
    struct error e = ERROR_INIT;
    static const struct {
        const char *more, *file;
    } cases[] = {
        {NETWORKD,                                                               IFUPDOWN_FILE},
        {"/etc/systemd/system/multi-user.target.wants/systemd-networkd.service", NETWORKD_FILE},
        {"/usr/sbin/netplan",                                                    NETPLAN_FILE },
    };
    struct tree t;
    bool same;

    (void)state;
    make(&t, STATIC, "/sbin/ifup");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tree_write(&t, cases[i].more, "");
        put(&t);
        for (size_t k = 0; k < ARRAY_SIZE(cases); k++)
            assert_int_equal(tree_has(&t, cases[k].file), k == i);
    }
    tree_remove(&t);

    make(&t, STATIC, NULL);
    assert_int_equal(host_network(&t.context, true, &same, &e), -ENOTSUP);
    assert_true(t.context.refused);
    tree_remove(&t);
}

static void test_resolv_conf(void **state)
{
    static const char config[] = CONFIG("{\"address\":\"192.0.2.7/24\",\"dns\":[\"192.0.2.1\"]}");
    struct tree t;

    (void)state;
    make(&t, config, NETWORKD);
    put(&t);
    assert_text(&t, "/etc/resolv.conf",
                "# Written by seed-bootstrap, changes are lost.\nnameserver 192.0.2.1\n");
    tree_remove(&t);

    make(&t, config, NETWORKD);
    tree_write(&t, "/etc/systemd/system/dbus-org.freedesktop.resolve1.service", "");
    put(&t);
    assert_text(&t, "/etc/resolv.conf", NULL);
    tree_remove(&t);
}

/* A DHCP client of another card writes it at each boot: no reason to start the network anew. */
static void test_beside(void **state)
{
    static const char config[] = CONFIG("{\"address\":\"192.0.2.7/24\",\"dns\":[\"192.0.2.1\"]}");
    struct network n = {.primary = -1,
                        .address = "192.0.2.7/24",
                        .dns = {"192.0.2.1"},
                        .n_dns = 1,
                        .nics = {{"52:54:00:00:00:0a", "ens3"}},
                        .n_nics = 1};
    enum network_change change;
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    make(&t, config, NETWORKD);
    put(&t);
    assert_good(network_write(t.root, &n, false, &change, NULL, NULL, &e), &e);
    assert_int_equal(change, NETWORK_SAME);
    tree_write(&t, "/etc/resolv.conf", "nameserver 198.51.100.1\n");
    assert_good(network_write(t.root, &n, false, &change, NULL, NULL, &e), &e);
    assert_int_equal(change, NETWORK_BESIDE);
    put(&t);
    n.mtu = 1400;
    assert_good(network_write(t.root, &n, false, &change, NULL, NULL, &e), &e);
    assert_int_equal(change, NETWORK_DIFFERS);
    tree_remove(&t);
}

static void test_ifupdown(void **state)
{
    static const char interfaces[] = "source-directory interfaces.d\n"
                                     "auto lo\niface lo inet loopback\n"
                                     "auto ens3 ens4\n# The primary interface\n"
                                     "iface ens3 inet dhcp\n    metric 100 \\\n        101\n\n"
                                     "iface ens4 inet dhcp\n";
    static const char cloud[] = "auto ens3\niface ens3 inet dhcp\n";
    struct tree t;

    (void)state;
    make(&t, STATIC, "/sbin/ifup");
    tree_write(&t, "/etc/cloud/cloud.cfg", "");
    tree_write(&t, "/etc/network/interfaces", interfaces);
    tree_write(&t, "/etc/network/interfaces.d/50-cloud-init.cfg", cloud);
    put(&t);
    assert_text(&t, IFUPDOWN_FILE,
                "# Written by seed-bootstrap, changes are lost.\n\nauto ens3\n"
                "iface ens3 inet static\n    address 192.0.2.7/24\n    gateway 192.0.2.1\n");
    assert_text(&t, "/etc/network/interfaces",
                "source-directory interfaces.d\n"
                "auto lo\niface lo inet loopback\n"
                "auto ens4\n# by nodeseed: auto ens3 ens4\n# The primary interface\n"
                "# by nodeseed: iface ens3 inet dhcp\n# by nodeseed:     metric 100 \n"
                "# by nodeseed:         101\n\n"
                "iface ens4 inet dhcp\n");
    assert_text(&t, "/etc/network/interfaces.d/50-cloud-init.cfg",
                "# by nodeseed: auto ens3\n# by nodeseed: iface ens3 inet dhcp\n");
    assert_text(&t, ASIDE("/etc/network/interfaces"), interfaces);
    assert_text(&t, "/etc/cloud/cloud.cfg.d/99-nodeseed-network.cfg",
                "network: {config: disabled}\n");

    /* The image's own network is good again. */
    set_config(&t, CONFIG("null"));
    put(&t);
    assert_text(&t, "/etc/network/interfaces", interfaces);
    assert_text(&t, "/etc/network/interfaces.d/50-cloud-init.cfg", cloud);
    assert_text(&t, IFUPDOWN_FILE, NULL);
    assert_text(&t, ASIDE("/etc/network/interfaces"), NULL);
    assert_text(&t, "/etc/cloud/cloud.cfg.d/99-nodeseed-network.cfg", NULL);
    tree_remove(&t);
}

/* Nobody would read our file. */
static void test_ifupdown_reads_it(void **state)
{
    static const char want[] = "auto lo\niface lo inet loopback\n"
                               "# BEGIN nodeseed: written by seed-bootstrap, changes are lost\n"
                               "source /etc/network/interfaces.d/nodeseed\n# END nodeseed\n";
    struct tree t;

    (void)state;
    make(&t, STATIC, "/sbin/ifup");
    tree_write(&t, "/etc/network/interfaces", "auto lo\niface lo inet loopback\n");
    put(&t);
    assert_text(&t, "/etc/network/interfaces", want);
    set_config(&t, CONFIG("null"));
    put(&t);
    assert_text(&t, "/etc/network/interfaces", "auto lo\niface lo inet loopback\n");
    tree_remove(&t);

    make(&t, STATIC, "/sbin/ifup"); /* and no such file at all */
    put(&t);
    assert_text(&t, "/etc/network/interfaces", want);
    tree_remove(&t);
}

static void test_netplan(void **state)
{
    static const char own[] = "network:\n  version: 2\n  ethernets:\n    ens3:\n      dhcp4: true\n"
                              "      match: {macaddress: '52:54:00:00:00:0A'}\n"
                              "      set-name: ens3\n";
    static const char other[] = "network:\n  ethernets:\n    ens3: {dhcp4: true}\n"
                                "    ens4: {dhcp4: true}\n";
    struct stat st;
    char path[128];
    struct tree t;

    (void)state;
    make(&t, STATIC, "/usr/sbin/netplan");
    tree_write(&t, "/etc/netplan/50-cloud-init.yaml", own);
    tree_write(&t, "/etc/netplan/60-other.yaml", other);
    tree_write(&t, "/etc/netplan/70-not-ours.yaml", "network: {ethernets: {ens9: {}}}\n");
    put(&t);
    assert_true(tree_has(&t, NETPLAN_FILE));
    (void)snprintf(path, sizeof(path), "%s" NETPLAN_FILE, t.root);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_text(&t, "/etc/netplan/50-cloud-init.yaml", NULL);
    assert_text(&t, ASIDE("/etc/netplan/50-cloud-init.yaml"), own);
    assert_text(&t, "/etc/netplan/60-other.yaml",
                "{\n    \"network\": {\n        \"ethernets\": {\n            \"ens4\": {\n"
                "                \"dhcp4\": true\n            }\n        }\n    }\n}\n");
    assert_text(&t, "/etc/netplan/70-not-ours.yaml", "network: {ethernets: {ens9: {}}}\n");
    set_config(&t, CONFIG("null"));
    put(&t);
    assert_text(&t, "/etc/netplan/50-cloud-init.yaml", own);
    assert_text(&t, "/etc/netplan/60-other.yaml", other);
    assert_text(&t, NETPLAN_FILE, NULL);
    tree_remove(&t);
}

/* Each row: a netplan file beside ens3 52:54:00:00:00:0a, and what becomes of it. */
static const struct {
    const char *text;
    enum foreign_result known, unknown; /* with and without knowing what the NIC is called */
} netplans[] = {
    {"network: {ethernets: {ens3: {dhcp4: true}}}",                                     FOREIGN_REMOVE, FOREIGN_REMOVE},
    {"network: {ethernets: {ens4: {dhcp4: true}}}",                                     FOREIGN_KEEP,   FOREIGN_REMOVE},
    {"network: {ethernets: {all-en: {match: {name: 'en*'}}}}",                          FOREIGN_REMOVE, FOREIGN_REMOVE},
    {"network: {ethernets: {all: {match: {name: ['eth*', 'e*3']}}}}",                   FOREIGN_REMOVE,
     FOREIGN_REMOVE                                                                                                   },
    {"network: {ethernets: {all-eth: {match: {name: 'eth*'}}}}",                        FOREIGN_KEEP,   FOREIGN_REMOVE},
    {"network: {ethernets: {x: {match: {driver: virtio_net}}}}",                        FOREIGN_REMOVE, FOREIGN_REMOVE},
    {"network: {ethernets: {ens3: {match: {macaddress: '52:54:00:00:00:0b'}}}}",        FOREIGN_KEEP,
     FOREIGN_KEEP                                                                                                     },
    {"network: {ethernets: {ens3: {}, b: {match: {macaddress: '52:54:00:00:00:0b'}}}}",
     FOREIGN_CHANGE,                                                                                    FOREIGN_CHANGE},
    {"network: {ethernets: {ens3: {}, ens4: {match: {macaddress: '52:54:00:00:00:0b'}}}, "
     "bonds: {bond0: {interfaces: [ens3]}}}",                                      FOREIGN_REMOVE, FOREIGN_REMOVE},
    {"network: {ethernets: {ens3: {}, ens4: {match: {macaddress: '52:54:00:00:00:0b'}, mtu: "
     "[.nan]}}}",                                                                  FOREIGN_REMOVE, FOREIGN_REMOVE},
    {"network: {bonds: {bond0: {}}}",                                                   FOREIGN_KEEP,   FOREIGN_KEEP  },
    {"",                                                                                FOREIGN_KEEP,   FOREIGN_KEEP  },
    {"[]",                                                                              FOREIGN_KEEP,   FOREIGN_KEEP  },
    {"network: [",                                                                      FOREIGN_REMOVE, FOREIGN_REMOVE},
};

static void test_foreign_netplan(void **state)
{
    struct network n = {.n_nics = 1, .nics = {{"52:54:00:00:00:0a", "ens3"}}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(netplans); i++)
        for (int known = 0; known < 2; known++) {
            _cleanup_buf_ struct buf rest = BUF_INIT(1 << 20);
            enum foreign_result result;
            struct error e = ERROR_INIT;

            (void)snprintf(n.nics[0].name, sizeof(n.nics[0].name), "%s", known ? "ens3" : "");
            assert_good(
                foreign_netplan(netplans[i].text, strlen(netplans[i].text), &n, &rest, &result, &e),
                &e);
            if (result != (known ? netplans[i].known : netplans[i].unknown))
                fail_msg("%s: %d", netplans[i].text, result);
        }
}

/* Each row: interfaces(5) beside ens3, and what remains; NULL: all of it. */
static const struct {
    const char *text, *rest;
} interfaces[] = {
    {"auto lo\niface lo inet loopback\n",                        NULL                                                                 },
    {"iface ens30 inet dhcp\niface ens inet dhcp\n",             NULL                                                                 },
    {"allow-hotplug ens3\niface ens3 inet dhcp",                 "# by nodeseed: allow-hotplug ens3\n"
                                                 "# by nodeseed: iface ens3 inet dhcp"},
    {"  auto\tens3\\\n ens4\n",                                  "auto ens4\n# by nodeseed:   auto\tens3\n# by nodeseed:  ens4\n"     },
    {"auto /en*\n",                                              "# by nodeseed: auto /en*\n"                                         },
    {"auto ens3=home\niface home inet dhcp\n",                   "# by nodeseed: auto ens3=home\n"
                                               "iface home inet dhcp\n"                 },
    {"mapping e*\n  script x\n  map y\nno-scripts ens3\n",
     "# by nodeseed: mapping e*\n# by nodeseed:   script x\n# by nodeseed:   map y\n"
     "no-scripts ens3\n"                                                                                                              },
    {"iface ens3 inet6 auto\n\n  # why \\\n  mtu 9\nsource x\n",
     "# by nodeseed: iface ens3 inet6 auto\n\n  # why \\\n# by nodeseed:   mtu 9\nsource x\n"                                         },
    {"iface seedbond inet manual\n",                             "# by nodeseed: iface seedbond inet manual\n"                        },
};

static void test_foreign_interfaces(void **state)
{
    struct network n = {.n_nics = 1, .nics = {{"52:54:00:00:00:0a", "ens3"}}};
    static const char all[] = "auto lo eth0\niface lo inet loopback\niface eth0 inet dhcp\n";

    (void)state;
    for (size_t i = 0; i <= ARRAY_SIZE(interfaces); i++) {
        bool last = i == ARRAY_SIZE(interfaces);
        const char *text = last ? all : interfaces[i].text;
        const char *want = last ? "auto lo\n# by nodeseed: auto lo eth0\niface lo inet loopback\n"
                                  "# by nodeseed: iface eth0 inet dhcp\n"
                                : interfaces[i].rest;
        _cleanup_buf_ struct buf rest = BUF_INIT(1 << 20);
        enum foreign_result result;
        struct error e = ERROR_INIT;

        if (last) /* no name: everything but lo */
            n.nics[0].name[0] = '\0';
        assert_good(foreign_interfaces(text, &n, &rest, &result, &e), &e);
        assert_int_equal(result, want ? FOREIGN_CHANGE : FOREIGN_KEEP);
        assert_string_equal(rest.data, want ? want : text);
    }
}

static void test_interfaces_reads(void **state)
{
    static const char path[] = IFUPDOWN_FILE;

    (void)state;
    assert_true(foreign_interfaces_reads("source /etc/network/interfaces.d/*\n", path));
    assert_true(foreign_interfaces_reads("  source x \\\n interfaces.d/*", path));
    assert_true(foreign_interfaces_reads("source-directory interfaces.d\n", path));
    assert_true(foreign_interfaces_reads("source-directory /etc/network/interfaces.d\n", path));
    assert_false(foreign_interfaces_reads("source /etc/network/interfaces.d/*.cfg\n", path));
    assert_false(foreign_interfaces_reads("source-directory /run/network/interfaces.d\n", path));
    assert_false(foreign_interfaces_reads("# source /etc/network/interfaces.d/*\n", path));
    assert_false(foreign_interfaces_reads("", path));
}

/* Members of a bond that is up have the bond's address: theirs is elsewhere. */
static void test_nics(void **state)
{
    struct error e = ERROR_INIT;
    struct nics nics;
    char text[128];
    struct tree t;

    (void)state;
    make(&t, BOND, NETWORKD);
    add_nic(&t, "ens4", "52:54:00:00:00:0a\n");
    tree_write(&t, "/sys/class/net/ens4/bonding_slave/perm_hwaddr", "52:54:00:00:00:0b\n");
    tree_write(&t, "/sys/class/net/seedbond/type", "1\n");
    tree_write(&t, "/sys/class/net/seedbond/address", "52:54:00:00:00:0a\n");
    assert_good(nics_read(t.root, &nics, &e), &e);
    assert_int_equal(nics.n, 2);
    assert_string_equal(nics_find_mac(&nics, "52:54:00:00:00:0b")->name, "ens4");
    assert_null(nics_find_mac(&nics, "52:54:00:00:00:0c"));
    assert_null(nics_find_name(&nics, "seedbond"));
    nics_describe(&nics, text, sizeof(text));
    assert_string_equal(text, "ens3 52:54:00:00:00:0a, ens4 52:54:00:00:00:0b");
    tree_remove(&t);
}

/* A bond needs one of its members; an address without a way to the taskbox the only NIC there is,
 * or the one that has it already. */
static void test_which_nic(void **state)
{
    struct error e = ERROR_INIT;
    struct tree t;
    bool same;

    (void)state;
    make(&t,
         CONFIG("{\"dhcp\":true,\"bond\":{\"mode\":\"802.3ad\",\"macs\":[\"52:54:00:00:00:0c\"]}}"),
         NETWORKD);
    assert_int_equal(host_network(&t.context, true, &same, &e), -ENODEV);
    assert_non_null(strstr(e.message, "it has ens3 52:54:00:00:00:0a"));
    tree_remove(&t);

    make(&t, STATIC, NETWORKD);
    put(&t);
    add_nic(&t, "ens4", "52:54:00:00:00:0b\n");
    assert_good(host_network(&t.context, false, &same, &e), &e);
    assert_true(same);
    tree_write(&t, "/sys/class/net/ens3/address", "52:54:00:00:00:0c\n");
    assert_int_equal(host_network(&t.context, false, &same, &e), -ENETUNREACH);
    assert_non_null(strstr(e.message, "there are ens3 52:54:00:00:00:0c, ens4"));
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
    assert_good(interface_towards_host("127.0.0.1", name, &e), &e);
    assert_string_equal(name, "lo");
    assert_int_equal(interface_towards_host("no such host", name, &e), -EHOSTUNREACH);
    assert_non_null(strstr(e.message, "\"no such host\": "));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networkd),
        cmocka_unit_test(test_releases),
        cmocka_unit_test(test_who_is_in_charge),
        cmocka_unit_test(test_resolv_conf),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_ifupdown),
        cmocka_unit_test(test_ifupdown_reads_it),
        cmocka_unit_test(test_netplan),
        cmocka_unit_test(test_foreign_netplan),
        cmocka_unit_test(test_foreign_interfaces),
        cmocka_unit_test(test_interfaces_reads),
        cmocka_unit_test(test_nics),
        cmocka_unit_test(test_which_nic),
        cmocka_unit_test(test_interfaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
