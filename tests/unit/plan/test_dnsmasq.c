/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>

#include "make_plan.h"
#include "seed-server/plan/dnsmasq.h"
#include "tests/unit/test.h"

/* The real dnsmasq reads what is made here in tests/pxe/test_dnsmasq. */

static const struct dnsmasq_options LAB = {
    .networks = {{{AF_INET, {192, 168, 0, 0}}, 24}},
    .n_networks = 1,
    .tftp_root = "/tftp",
    .bios = "b",
    .efi = "e",
};

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ARTIFACT(name, rest) "  - {name: " name ", sha256: " DIGEST ", size: 16777216, " rest "}\n"
static const char VARS[] = "kube_network_plugin: bridge\n"
                           "kube_pods_subnet: 10.233.64.0/18\n"
                           "seed_artifacts:\n" /* without which nothing may boot by PXE */
    ARTIFACT("installer.vmlinuz", "kind: boot") ARTIFACT("installer.initrd", "kind: boot")
        ARTIFACT("grub-local.pxe", "kind: boot") ARTIFACT("grub-local.efi", "kind: boot")
            ARTIFACT("os", "kind: os-image, compression: none, raw_size: 16777216");

static char *rendered(const char *hosts, const struct dnsmasq_options *o, bool hosts_only)
{
    struct made m = make_plan(hosts, VARS, NULL);
    struct buf out = BUF_INIT(1 << 20);
    struct error e = ERROR_INIT;
    char *text;

    if (!m.plan)
        fail_msg("refused: %s", m.problems);
    if ((hosts_only ? plan_render_dnsmasq_hosts : plan_render_dnsmasq)(m.plan, o, &out, &e) < 0)
        buf_clear(&out), buf_addf(&out, "refused: %s", e.message);
    text = buf_take(&out, NULL);
    assert_non_null(text);
    made_done(&m);
    return text;
}

static void assert_has(const char *hosts, const struct dnsmasq_options *o, const char *part)
{
    char *text = rendered(hosts, o, false);

    if (!strstr(text, part))
        fail_msg("no '%s' in:\n%s", part, text);
    free(text);
}

static void hosts_alone(void **state)
{
    char hosts[4096], *text;

    (void)state;
    snprintf(hosts, sizeof(hosts), "%s%s", GUIDE,
             "[all]\n"
             "node1 seed_mac=52-54-00-00-00-0A\n"
             "node2 seed_mac=525400000014 seed_gateway=192.168.0.254\n");
    text = rendered(hosts, &LAB, true);
    assert_string_equal(text, "52:54:00:00:00:0a,192.168.0.10,node1\n"
                              "52:54:00:00:00:14,set:host-node2,192.168.0.20,node2\n"
                              "# node3 (192.168.0.30) has no seed_mac: it gets its address from "
                              "elsewhere\n");
    free(text);
}

static void bonds_and_vlans(void **state)
{
    static const char hosts[] =
        "[all]\n"
        "node1 ip=192.168.0.10 seed_mac=52:54:00:00:00:12 "
        "seed_bond=\"{'mode':'active-backup','macs':['52:54:00:00:00:11','52:54:00:00:00:12']}\"\n"
        "node2 ip=10.7.0.20 seed_prefix=24 seed_vlan=7 seed_gateway=10.7.0.1 seed_boot=pxe "
        "seed_mac=52:54:00:00:00:20 seed_install_disk=\"{'serial':'X'}\"\n"
        "[etcd]\nnode1\n[kube-master]\nnode1\n[kube-node]\nnode2\n"
        "[all:vars]\nseed_pod_gateway=192.168.0.1\n";
    struct dnsmasq_options ranged = LAB;
    char *text;

    (void)state;
    text = rendered(hosts, &LAB, true);
    assert_string_equal(text, "52:54:00:00:00:12,52:54:00:00:00:11,192.168.0.10,node1\n"
                              "52:54:00:00:00:20,10.7.0.20,node2\n");
    free(text);
    assert_has(hosts, &LAB, "# node2 has its address in VLAN 7; to boot from here it needs one of");
    ranged.ranges[0] = (struct dnsmasq_range){
        {AF_INET, {192, 168, 0, 100}},
        {AF_INET, {192, 168, 0, 110}}
    };
    ranged.n_ranges = 1;
    text = rendered(hosts, &ranged, false);
    assert_null(strstr(text, "VLAN"));
    assert_non_null(strstr(text, ",192.168.0.100,192.168.0.110,255.255.255.0,1h\n"));
    free(text);
}

static void what_a_host_has_of_its_own(void **state)
{
    char hosts[4096];

    (void)state;
    snprintf(hosts, sizeof(hosts), "%s%s", GUIDE,
             "seed_dns=192.168.0.1\n"
             "[all]\n"
             "node2 seed_dns= seed_ntp=10.0.0.1,ntp.example.com\n");
    assert_has(hosts, &LAB, "\ndhcp-option=tag:net-192.168.0.0,option:dns-server,192.168.0.1\n");
    assert_has(hosts, &LAB,
               "\ndhcp-option=tag:host-node2,option:dns-server\n"
               "dhcp-option=tag:host-node2,option:ntp-server,10.0.0.1\n"
               "# ntp-server ntp.example.com is a name");
}

static void networks_by_prefix(void **state)
{
    struct dnsmasq_options none = LAB, proxy = LAB;
    char hosts[4096], *text;

    (void)state;
    none.n_networks = 0;
    assert_has(GUIDE, &none, "refused: node1: which network 192.168.0.10 is in is not known");
    /* One host's prefix tells the network of the others, whatever their order. */
    snprintf(hosts, sizeof(hosts), "%s[all]\nnode3 seed_prefix=26\n", GUIDE);
    assert_has(hosts, &none,
               "\ndhcp-range=set:net-192.168.0.0,192.168.0.0,static,"
               "255.255.255.192,12h\n");
    assert_has(hosts, &LAB, "refused: node3: its network 192.168.0.0/26 overlaps 192.168.0.0/24");
    proxy.proxy = true;
    text = rendered(GUIDE, &proxy, false);
    assert_non_null(strstr(text, "\ndhcp-range=192.168.0.0,proxy,255.255.255.0\n"));
    assert_null(strstr(text, "dhcp-host"));
    assert_null(strstr(text, "dhcp-authoritative"));
    free(text);
    proxy.n_networks = 0;
    assert_has(GUIDE, &proxy, "refused: no network is known");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_alone),
        cmocka_unit_test(bonds_and_vlans),
        cmocka_unit_test(what_a_host_has_of_its_own),
        cmocka_unit_test(networks_by_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
