/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "install_cmdline.h"
#include "route.h"
#include "step.h"

/* The installer's own network: what iPXE or the taskbox says on the kernel's command line, brought
 * up with ip(8), and DHCP by busybox's udhcpc where no address was passed. */

#define INSTALL_NICS_MAX 64

struct install_nic {
    char name[INTERFACE_NAME_SIZE];
    char mac[MAC_TEXT_SIZE]; /* its own, also while it is in a bond */
};

/* Ethernet cards below ROOT/sys/class/net, in order of name; what has no device behind it (bridges,
 * VLANs, bonds) is left out. */
int install_nics_read(const char *root, struct install_nic *ret, size_t *ret_n,
                      struct error *e) _must_check_;

/* The card that the command line means, or the bond's members: indices into nics. Without BOOTIF
 * only a machine's one card is taken. -ENODEV with what is there. Pure. */
int install_nics_choose(const struct install_cmdline *cmdline, const struct install_nic *nics,
                        size_t n, size_t ret[INSTALL_BOND_MAX], size_t *ret_n,
                        struct error *e) _must_check_;

/* A DHCP answer as udhcpc_event() leaves it: "ip=…\nsubnet=…\nrouter=…\ndns=…\nmtu=…\n". Pure. */
struct install_lease {
    char address[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE];
    char dns[INSTALL_DNS_MAX][IP_TEXT_SIZE];
    unsigned prefix, mtu; /* mtu 0: not said */
};
int install_lease_parse(const char *text, struct install_lease *ret, struct error *e) _must_check_;

/* udhcpc tells a program of what it got, in the environment, with the event's name as its argument.
 * That program is this one, under the name UDHCPC_EVENT; it writes the file beside the link it was
 * called by. Returns an exit code. */
#define UDHCPC_EVENT "udhcpc-event"
int udhcpc_event(const char *program, const char *event);

/* Card, bond, VLAN and address by ip(8); what an earlier try made of bond and VLAN is taken apart
 * first. c->install->nic is the card that was chosen. */
int install_network_bring_up(struct context *c, const struct install_cmdline *cmdline,
                             struct error *e) _must_check_;

/* Brings the network up and reaches the taskbox. Failures say which of the two it was, and what to
 * look at: no link, no DHCP answer, taskbox unreachable. */
int install_network_run(struct context *c, struct error *e) _must_check_;
