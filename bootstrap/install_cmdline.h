/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/error.h"
#include "common/parse.h"

/* What the installer is told on the kernel's command line (the taskbox's iPXE script writes it):
 *   nodeseed.server=https://192.168.0.1:8443 nodeseed.plain=http://192.168.0.1:8080
 *   nodeseed.pin=<64 hex digits>
 *   ip=ADDRESS::GATEWAY:NETMASK:HOSTNAME:DEVICE:off:DNS:DNS   as the kernel's nfsroot.txt has it;
 *                                                             missing, or without address: DHCP
 *   BOOTIF=01-52-54-00-aa-bb-01      the network card that iPXE booted from, as PXELINUX writes it
 *   nodeseed.vlan=ID nodeseed.bond=MODE:MAC,MAC nodeseed.mtu=N
 * Words of others are not looked at. Pure. */

#define INSTALL_BOND_MAX 8
#define INSTALL_DNS_MAX 2

struct install_cmdline {
    char server[256], plain[256], pin[65];
    char bootif[MAC_TEXT_SIZE]; /* "" when not given */
    bool dhcp;
    char address[IP_TEXT_SIZE], gateway[IP_TEXT_SIZE]; /* IPv4; gateway "" when there is none */
    unsigned prefix;
    char dns[INSTALL_DNS_MAX][IP_TEXT_SIZE];
    unsigned vlan, mtu; /* 0: none, the card's own */
    char bond[16];      /* mode, "" without a bond */
    char members[INSTALL_BOND_MAX][MAC_TEXT_SIZE];
    size_t n_members;
    char unknown[64]; /* a nodeseed.… word that nobody knows, for a warning; "" none */
};

#define INSTALL_CMDLINE_MAX 8192 /* bytes; x86 kernels take 2048 */

/* Errors name the word and what to write instead. */
int install_cmdline_parse(const char *text, struct install_cmdline *ret,
                          struct error *e) _must_check_;

/* "255.255.240.0" or "20"; -EINVAL for anything that is no mask. */
int install_parse_netmask(const char *text, unsigned *ret_prefix, struct error *e) _must_check_;
