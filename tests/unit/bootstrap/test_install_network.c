/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to bring the network up, by an ip and a busybox that only write down what they were
 * told (and do to the tree what the kernel would). */
#include <sys/stat.h>

#include "bootstrap/install.h"
#include "bootstrap/install_network.h"
#include "bootstrap/settings.h"
#include "common/file.h"
#include "tests/unit/test.h"
#include "tree.h"

static const char fake_ip[] = "#!/bin/sh\n"
                              "root=${0%/bin/ip}\n"
                              "echo \"ip $*\" >>$root/said\n"
                              "case \"$1 $2\" in\n"
                              "\"link add\")\n"
                              "    while [ $1 != name ]; do shift; done\n"
                              "    mkdir -p $root/sys/class/net/$2\n"
                              "    echo 1 >$root/sys/class/net/$2/carrier ;;\n"
                              "\"link delete\") rm -r $root/sys/class/net/$4 ;;\n"
                              "esac\n";

/* Its event program is this test under another name, and is not started: the answer is put there.
 */
static const char fake_busybox[] = "#!/bin/sh\n"
                                   "root=${0%/bin/busybox}\n"
                                   "echo \"busybox $*\" >>$root/said\n"
                                   "[ -e $root/answer ] || exit 1\n"
                                   "while [ $1 != -s ]; do shift; done\n"
                                   "cp $root/answer $2.lease\n";

static void add_program(const struct tree *t, const char *path, const char *text)
{
    char full[128];

    tree_write(t, path, text);
    (void)snprintf(full, sizeof(full), "%s%s", t->root, path);
    assert_int_equal(chmod(full, 0755), 0);
}

static void add_card(const struct tree *t, int n)
{
    char path[64], mac[32];

    (void)snprintf(mac, sizeof(mac), "52:54:00:00:00:%02x\n", (unsigned)n);
    (void)snprintf(path, sizeof(path), "/sys/class/net/eth%d/address", n);
    tree_write(t, path, mac);
    (void)snprintf(path, sizeof(path), "/sys/class/net/eth%d/type", n);
    tree_write(t, path, "1\n");
    (void)snprintf(path, sizeof(path), "/sys/class/net/eth%d/carrier", n);
    tree_write(t, path, "1\n");
    (void)snprintf(path, sizeof(path), "/sys/class/net/eth%d/device/vendor", n);
    tree_write(t, path, "0x1af4\n");
}

static void make(struct tree *t, struct install *install)
{
    char path[256];
    struct error e = ERROR_INIT;

    tree_make(t, NULL);
    add_program(t, "/bin/ip", fake_ip);
    add_program(t, "/bin/busybox", fake_busybox);
    add_card(t, 1);
    add_card(t, 2);
    (void)snprintf(path, sizeof(path), "%s/bin:/usr/bin:/bin", t->root);
    assert_int_equal(setenv("PATH", path, 1), 0);
    assert_good(file_make_folders(t->settings->state, 0700, &e), &e);
    t->context.install = install;
}

static void check_said(const struct tree *t, const char *wanted)
{
    _cleanup_free_ char *said = tree_read(t, "/said");

    assert_string_equal(said ? said : "", wanted);
}

static void test_plain(void **state)
{
    struct install install = {
        .cmdline = {.bootif = "52:54:00:00:00:02",
                    .address = "192.168.0.20",
                    .prefix = 24,
                    .gateway = "192.168.0.1",
                    .dns = {"9.9.9.9"}}
    };
    struct error e = ERROR_INIT;
    struct tree t;
    char *text;

    (void)state;
    make(&t, &install);
    assert_good(install_network_bring_up(&t.context, &install.cmdline, &e), &e);
    check_said(&t, "ip link set dev eth2 up\n"
                   "ip address replace 192.168.0.20/24 dev eth2\n"
                   "ip route replace default via 192.168.0.1 dev eth2 onlink\n");
    assert_string_equal(install.nic, "52:54:00:00:00:02");
    text = tree_read(&t, "/etc/resolv.conf");
    assert_string_equal(text, "nameserver 9.9.9.9\n");
    free(text);
    tree_remove(&t);
}

static void test_bonded_vlan(void **state)
{
    struct install install = {
        .cmdline = {.bond = "active-backup",
                    .members = {"52:54:00:00:00:02", "52:54:00:00:00:01"},
                    .n_members = 2,
                    .vlan = 42,
                    .mtu = 9000,
                    .address = "10.0.0.2",
                    .prefix = 8}
    };
    static const char first[] =
        "ip link add name seedbond type bond mode active-backup miimon 100\n"
        "ip link set dev eth2 down\n"
        "ip link set dev eth2 master seedbond\n"
        "ip link set dev eth1 down\n"
        "ip link set dev eth1 master seedbond\n"
        "ip link set dev seedbond mtu 9000 up\n"
        "ip link add link seedbond name seedvlan type vlan id 42\n"
        "ip link set dev seedvlan mtu 9000 up\n"
        "ip address replace 10.0.0.2/8 dev seedvlan\n";
    static const char undo[] = "ip link delete dev seedvlan\nip link delete dev seedbond\n";
    char all[2 * sizeof(first) + sizeof(undo)];
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    make(&t, &install);
    assert_good(install_network_bring_up(&t.context, &install.cmdline, &e), &e);
    check_said(&t, first);
    assert_string_equal(install.nic, "52:54:00:00:00:02");
    /* once more: what is there is taken apart first */
    assert_good(install_network_bring_up(&t.context, &install.cmdline, &e), &e);
    (void)snprintf(all, sizeof(all), "%s%s%s", first, undo, first);
    check_said(&t, all);
    tree_remove(&t);
}

static void test_dhcp(void **state)
{
    struct install install = {
        .cmdline = {.bootif = "52:54:00:00:00:01", .dhcp = true}
    };
    struct error e = ERROR_INIT;
    _cleanup_free_ char *said = NULL;
    struct tree t;

    (void)state;
    make(&t, &install);
    assert_int_equal(install_network_bring_up(&t.context, &install.cmdline, &e), -ETIMEDOUT);
    assert_non_null(strstr(e.message, "no DHCP answer on eth1 (52:54:00:00:00:01): is there a DHCP "
                                      "server on this network? \"seedctl dnsmasq\""));
    tree_write(&t, "/answer", "ip=10.0.2.15\nsubnet=255.255.255.0\nrouter=10.0.2.2\nmtu=1400\n");
    assert_good(install_network_bring_up(&t.context, &install.cmdline, &e), &e);
    said = tree_read(&t, "/said");
    assert_non_null(strstr(said, "busybox udhcpc -i eth1 -f -n -q"));
    assert_non_null(strstr(said, "ip address replace 10.0.2.15/24 dev eth1\n"
                                 "ip link set dev eth1 mtu 1400\n"
                                 "ip route replace default via 10.0.2.2 dev eth1 onlink\n"));
    tree_remove(&t);
}

static void test_no_card(void **state)
{
    struct install install = {
        .cmdline = {.bootif = "52:54:00:00:00:09", .dhcp = true}
    };
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    make(&t, &install);
    assert_int_equal(install_network_bring_up(&t.context, &install.cmdline, &e), -ENODEV);
    check_said(&t, "");
    tree_remove(&t);
}

static void test_no_link(void **state)
{
    struct install install = {
        .cmdline = {.bootif = "52:54:00:00:00:01", .dhcp = true},
          .link_ms = 600
    };
    struct error e = ERROR_INIT;
    struct tree t;

    (void)state;
    make(&t, &install);
    tree_write(&t, "/sys/class/net/eth1/carrier", "0\n");
    assert_int_equal(install_network_bring_up(&t.context, &install.cmdline, &e), -ENETDOWN);
    assert_non_null(
        strstr(e.message, "no link on eth1 (52:54:00:00:00:01): is the cable plugged in"));
    tree_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),   cmocka_unit_test(test_bonded_vlan),
        cmocka_unit_test(test_dhcp),    cmocka_unit_test(test_no_card),
        cmocka_unit_test(test_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
