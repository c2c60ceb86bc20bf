/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "common/json.h"
#include "common/parse.h"
#include "route.h"

/* The address of a machine, and what it is on: a NIC, a bond of NICs, a VLAN on either. It is
 * parsed once from config.system.network (node-config(5)), turned into files for whoever manages
 * addresses in the image (network_networkd.c, network_netplan.c, network_ifupdown.c, which are
 * pure), and these are put into a root, running or mounted, by network_write(). */

#define NETWORK_MEMBERS_MAX 8
#define NETWORK_DNS_MAX 8

/* What we call the devices that we make. None of ifenslave's and vlan's hooks takes these names for
 * its own, and bond0 is left to the bonding module, which makes one when it is loaded. In netplan
 * "wire0" comes after both, see network_netplan.c. */
#define NETWORK_BOND "seedbond"
#define NETWORK_VLAN "seedvlan"
#define NETWORK_WIRE "wire" /* wire0, wire1, …: NICs */

enum bond_mode {
    BOND_NONE,
    BOND_BALANCE_RR,
    BOND_ACTIVE_BACKUP,
    BOND_BALANCE_XOR,
    BOND_BROADCAST,
    BOND_802_3AD,
    BOND_BALANCE_TLB,
    BOND_BALANCE_ALB,
};

/* A network card: known by its address, or (seed_bond's interfaces) by the name that it has. */
struct network_nic {
    char mac[MAC_TEXT_SIZE];        /* the one burnt in; "" when it goes by its name */
    char name[INTERFACE_NAME_SIZE]; /* "" when it goes by its address and its name is not known */
};

struct network {
    bool dhcp;
    char address[NETWORK_TEXT_SIZE]; /* "192.168.0.10/24"; "" with dhcp */
    char gateway[IP_TEXT_SIZE];      /* "" for none */
    char dns[NETWORK_DNS_MAX][IP_TEXT_SIZE];
    size_t n_dns;
    unsigned mtu;  /* 0: as it is */
    unsigned vlan; /* 0: none */

    enum bond_mode bond;
    unsigned miimon; /* ms */
    bool lacp_fast;
    int primary; /* index of a NIC; -1 for none */

    struct network_nic nics[NETWORK_MEMBERS_MAX]; /* the bond's members, or the one NIC */
    size_t n_nics;
};

/* From the JSON object system.network. Without a bond n_nics is 0 afterwards: whoever calls it
 * knows which NIC leads to the taskbox. Every value is checked as if nobody had. -EINVAL. */
int network_parse(const json_t *value, struct network *ret, struct error *e) _must_check_;

/* "active-backup", as the kernel, all back ends and the inventory call it. */
const char *bond_mode_name(enum bond_mode mode);
int bond_mode_parse(const char *name, enum bond_mode *ret, struct error *e) _must_check_;

/* The device that carries the address: the VLAN, or the bond, or "" for the NIC itself. */
const char *network_top(const struct network *n);

/* Brings the files in the tree at root ("" for /) into agreement with n (NULL: the image's own
 * network is good): writes ours, removes ours that no longer apply, takes out what others wrote
 * about the same NICs (originals are kept below NETWORK_SET_ASIDE, and put back for NULL), and
 * keeps cloud-init from writing it anew. Nothing is brought into force. note (may be NULL) is told
 * each change in a few words. Without apply nothing is changed. *ret is what was, or would be.
 * -ENOTSUP when the image has nobody who manages addresses, with what it lacks in the error. */
#define NETWORK_SET_ASIDE "/var/lib/nodeseed/set-aside"
enum network_change {
    NETWORK_SAME,
    NETWORK_BESIDE,  /* files that take effect by themselves: resolv.conf, which a DHCP client of
                      * another card may write at each boot, and cloud-init's */
    NETWORK_DIFFERS, /* what manages the addresses has to be told */
};
typedef void network_note(const char *text, void *userdata);
int network_write(const char *root, const struct network *n, bool apply, enum network_change *ret,
                  network_note *note, void *userdata, struct error *e) _must_check_;

/* *ret: do files of ours in the tree at root name the card of this MAC address? */
int network_names_card(const char *root, const char *mac, bool *ret, struct error *e) _must_check_;
