/* SPDX-License-Identifier: Apache-2.0 */
#include "network_files.h"

/* interfaces(5), from ifupdown 0.8 (Ubuntu 16.04) on. Bonds and VLANs are made by ip(8), which
 * every image has, and not by the options of ifenslave's and vlan's hooks, which many lack; where
 * these are installed they have nothing to do with our names and options. */
#define FILE_PATH "/etc/network/interfaces.d/nodeseed"
/* After 70-persistent-net.rules, before 80-net-setup-link.rules, which leaves a name that is set
 * alone. */
#define RULES_PATH "/etc/udev/rules.d/75-nodeseed-net.rules"

/* This back end knows interfaces by name alone: it is the one that it has, or one of ours, and udev
 * sees to it that it has that at each boot. */
static void name_of(const struct network *n, size_t i, char ret[INTERFACE_NAME_SIZE])
{
    if (n->nics[i].name[0])
        (void)snprintf(ret, INTERFACE_NAME_SIZE, "%s", n->nics[i].name);
    else
        (void)snprintf(ret, INTERFACE_NAME_SIZE, NETWORK_WIRE "%zu", i);
}

static void add_stanza(const struct network *n, const char *device, struct buf *out)
{
    bool top = strcmp(device, network_top(n)) == 0 || (!n->bond && !n->vlan);

    buf_addf(out, "\nauto %s\niface %s inet %s\n", device, device,
             !top      ? "manual"
             : n->dhcp ? "dhcp"
                       : "static");
}

static void add_top(const struct network *n, const char *device, struct buf *out)
{
    if (n->dhcp) {
        if (n->mtu) /* again: the server may have said otherwise */
            buf_addf(out, "    up ip link set dev %s mtu %u\n", device, n->mtu);
        return;
    }
    buf_addf(out, "    address %s\n", n->address);
    if (n->gateway[0])
        buf_addf(out, "    gateway %s\n", n->gateway);
    if (n->n_dns)
        buf_add_str(out, "    dns-nameservers");
    for (size_t i = 0; i < n->n_dns; i++)
        buf_addf(out, " %s", n->dns[i]);
    if (n->n_dns)
        buf_add_char(out, '\n');
}

/* "manual" brings nothing up by itself in older releases. */
static void add_rest(const struct network *n, const char *device, struct buf *out)
{
    if (n->mtu)
        buf_addf(out, "    pre-up ip link set dev %s mtu %u\n", device, n->mtu);
    if (strcmp(device, network_top(n)) == 0 || (!n->bond && !n->vlan))
        add_top(n, device, out);
    else
        buf_addf(out, "    up ip link set dev %s up\n    down ip link set dev %s down\n", device,
                 device);
}

static void add_member(const char *name, struct buf *out)
{
    /* A member that is missing is no reason to have no network. */
    buf_addf(out,
             "    pre-up ip link set dev %s down || true\n"
             "    pre-up ip link set dev %s master " NETWORK_BOND " || true\n",
             name, name);
}

static void add_bond(const struct network *n, struct buf *out)
{
    char name[INTERFACE_NAME_SIZE];

    for (size_t i = 0; i < n->n_nics; i++) {
        name_of(n, i, name);
        buf_addf(out, "\niface %s inet manual\n", name);
    }
    add_stanza(n, NETWORK_BOND, out);
    buf_addf(out,
             "    pre-up ip link show dev " NETWORK_BOND " >/dev/null 2>&1 || "
             "ip link add name " NETWORK_BOND " type bond mode %s miimon %u%s\n",
             bond_mode_name(n->bond), n->miimon,
             n->bond != BOND_802_3AD ? ""
             : n->lacp_fast          ? " lacp_rate fast"
                                     : " lacp_rate slow");
    /* Otherwise that of whichever member was there first. */
    if (n->nics[0].mac[0])
        buf_addf(out, "    pre-up ip link set dev " NETWORK_BOND " address %s\n", n->nics[0].mac);
    for (size_t i = 0; i < n->n_nics; i++) {
        name_of(n, i, name);
        add_member(name, out);
    }
    if (n->primary >= 0) {
        name_of(n, (size_t)n->primary, name);
        buf_addf(out, "    pre-up ip link set dev " NETWORK_BOND " type bond primary %s || true\n",
                 name);
    }
    add_rest(n, NETWORK_BOND, out);
    buf_add_str(out, "    post-down ip link delete dev " NETWORK_BOND " || true\n");
}

static void add_vlan(const struct network *n, const char *below, struct buf *out)
{
    add_stanza(n, NETWORK_VLAN, out);
    buf_addf(out,
             "    pre-up ip link show dev " NETWORK_VLAN " >/dev/null 2>&1 || "
             "ip link add link %s name " NETWORK_VLAN " type vlan id %u\n",
             below, n->vlan);
    add_rest(n, NETWORK_VLAN, out);
    buf_add_str(out, "    post-down ip link delete dev " NETWORK_VLAN " || true\n");
}

static void add_rules(const struct network *n, struct network_files *ret)
{
    char name[INTERFACE_NAME_SIZE];
    struct buf *out = NULL;

    for (size_t i = 0; i < n->n_nics; i++) {
        if (!n->nics[i].mac[0])
            continue;
        if (!out) {
            out = network_files_add(ret, 0644, RULES_PATH);
            buf_add_str(out, "# Written by seed-bootstrap, changes are lost.\n");
        }
        name_of(n, i, name);
        /* With a driver: a card, and not what is on it and has the same address. */
        buf_addf(out,
                 "SUBSYSTEM==\"net\", ACTION==\"add\", DRIVERS==\"?*\", "
                 "ATTR{address}==\"%s\", ATTR{type}==\"1\", NAME=\"%s\"\n",
                 n->nics[i].mac, name);
    }
}

int network_ifupdown(const struct network *n, const struct network_image *image,
                     struct network_files *ret, struct error *e)
{
    struct buf *out = network_files_add(ret, 0644, FILE_PATH);
    char below[INTERFACE_NAME_SIZE] = NETWORK_BOND;

    (void)image;
    (void)e;
    buf_add_str(out, "# Written by seed-bootstrap, changes are lost.\n");
    if (n->bond) {
        add_bond(n, out);
    } else {
        name_of(n, 0, below);
        add_stanza(n, below, out);
        add_rest(n, below, out);
    }
    if (n->vlan)
        add_vlan(n, below, out);
    add_rules(n, ret);
    return 0;
}
