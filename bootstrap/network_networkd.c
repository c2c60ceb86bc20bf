/* SPDX-License-Identifier: Apache-2.0 */
#include "network_files.h"

/* systemd.netdev(5), systemd.network(5), from systemd 229 on: keys that a release does not know are
 * ignored there with a line in its log, so newer ones may stand where nothing depends on them.
 *
 * The first file that matches a link is its file. Under systemd before 245 a NIC can only be
 * matched by the address that it has at the moment, which the VLAN on it has as well, and a bond
 * and all its members have the same. So the devices that go by their names come first, and all
 * members' files say the same. */
#define FOLDER "/etc/systemd/network/05-nodeseed-"

static void add_mtu(const struct network *n, struct buf *out)
{
    if (n->mtu)
        buf_addf(out, "MTUBytes=%u\n", n->mtu);
}

/* Only what carries the address is waited for: the cable of a member may be out. */
static void add_link(const struct network *n, bool top, struct buf *out)
{
    if (top && !n->mtu)
        return;
    buf_add_str(out, "\n[Link]\n");
    add_mtu(n, out);
    if (!top)
        buf_add_str(out, "RequiredForOnline=no\n");
}

/* What a link is for: the address, or what is on top of it. */
static void add_network(const struct network *n, const char *device, struct buf *out)
{
    bool is_vlan = strcmp(device, NETWORK_VLAN) == 0, is_bond = strcmp(device, NETWORK_BOND) == 0;

    add_link(n, strcmp(device, network_top(n)) == 0, out);
    buf_add_str(out, "\n[Network]\n");
    if (n->bond && !is_bond && !is_vlan) {
        buf_add_str(out, "Bond=" NETWORK_BOND "\n");
        return;
    }
    if (n->vlan && !is_vlan) {
        buf_add_str(out, "VLAN=" NETWORK_VLAN "\nLinkLocalAddressing=no\n");
        return;
    }
    if (n->dhcp) {
        /* The taskbox's DHCP server knows machines by their cards, whoever asks: firmware,
         * installer or this. */
        buf_add_str(out, "DHCP=ipv4\n\n[DHCP]\nClientIdentifier=mac\n");
        if (n->mtu)
            buf_add_str(out, "UseMTU=false\n");
        return;
    }
    buf_addf(out, "Address=%s\n", n->address);
    if (n->gateway[0])
        buf_addf(out, "Gateway=%s\n", n->gateway);
    for (size_t i = 0; i < n->n_dns; i++)
        buf_addf(out, "DNS=%s\n", n->dns[i]);
}

static void add_device(const struct network *n, const char *number, const char *device,
                       struct network_files *ret)
{
    struct buf *out = network_files_add(ret, 0644, FOLDER "%s-%s.network", number, device);

    buf_addf(out, "[Match]\nName=%s\n", device);
    add_network(n, device, out);
}

static void add_vlan(const struct network *n, struct network_files *ret)
{
    struct buf *out = network_files_add(ret, 0644, FOLDER "1-" NETWORK_VLAN ".netdev");

    buf_add_str(out, "[NetDev]\nName=" NETWORK_VLAN "\nKind=vlan\n");
    add_mtu(n, out);
    buf_addf(out, "\n[VLAN]\nId=%u\n", n->vlan);
    add_device(n, "1", NETWORK_VLAN, ret);
}

static void add_bond(const struct network *n, struct network_files *ret)
{
    struct buf *out = network_files_add(ret, 0644, FOLDER "2-" NETWORK_BOND ".netdev");

    buf_add_str(out, "[NetDev]\nName=" NETWORK_BOND "\nKind=bond\n");
    /* Otherwise that of whichever member was there first. */
    if (n->nics[0].mac[0])
        buf_addf(out, "MACAddress=%s\n", n->nics[0].mac);
    add_mtu(n, out);
    buf_addf(out, "\n[Bond]\nMode=%s\nMIIMonitorSec=%ums\n", bond_mode_name(n->bond), n->miimon);
    if (n->bond == BOND_802_3AD)
        buf_addf(out, "LACPTransmitRate=%s\n", n->lacp_fast ? "fast" : "slow");
    add_device(n, "2", NETWORK_BOND, ret);
}

static void add_nic(const struct network *n, const struct network_image *image, size_t i,
                    struct network_files *ret)
{
    const struct network_nic *nic = &n->nics[i];
    struct buf *out = network_files_add(ret, 0644, FOLDER "3-" NETWORK_WIRE "%zu.network", i);

    buf_add_str(out, "[Match]\n");
    if (!nic->mac[0])
        buf_addf(out, "Name=%s\n", nic->name);
    else
        buf_addf(out, "%sMACAddress=%s\n", image->permanent_mac ? "Permanent" : "", nic->mac);
    add_network(n, "", out);
    /* Read by systemd 238 and later. Before 245 a second start of networkd, when all members have
     * one address, could take each of them for it. */
    if (n->primary == (int)i && (image->permanent_mac || !nic->mac[0]))
        buf_add_str(out, "PrimarySlave=yes\n");
}

int network_networkd(const struct network *n, const struct network_image *image,
                     struct network_files *ret, struct error *e)
{
    (void)e;
    if (n->vlan)
        add_vlan(n, ret);
    if (n->bond)
        add_bond(n, ret);
    for (size_t i = 0; i < n->n_nics; i++)
        add_nic(n, image, i, ret);
    return 0;
}
