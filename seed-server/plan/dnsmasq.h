/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "plan.h"

/* dnsmasq(8)'s configuration for the machines of a plan: DHCP with the inventory's addresses, or
 * proxy DHCP (PXE 2.1, 2.2.3) beside a server that hands out addresses already, TFTP for iPXE, and
 * iPXE's way on to the taskbox. Pure. */

#define DNSMASQ_NETWORKS_MAX 64
#define DNSMASQ_RANGES_MAX 16

struct dnsmasq_range {
    struct ip_address first, last;
};

struct dnsmasq_options {
    bool proxy;
    const char *interface; /* NULL: wherever dnsmasq is in one of the networks */
    /* Networks of hosts that have no seed_prefix. */
    struct ip_network networks[DNSMASQ_NETWORKS_MAX];
    size_t n_networks;
    /* Addresses for machines that the inventory does not have; not in proxy mode. */
    struct dnsmasq_range ranges[DNSMASQ_RANGES_MAX];
    size_t n_ranges;
    const char *tftp_root;  /* folder of the two below */
    const char *bios, *efi; /* names of iPXE's files, by the client's architecture */
    /* Name of a boot script there, as plan_render_ipxe has it, which asks until the taskbox
     * answers. NULL: iPXE fetches it from the taskbox, once. */
    const char *script;
    const char *hosts_file, *hosts_dir; /* instead of the hosts' lines: where dnsmasq reads them */
};

/* The whole configuration. -EINVAL names what keeps it from being written: a host whose network is
 * not known, a value that dnsmasq would read as something else, a plan without the server's URL. */
int plan_render_dnsmasq(const struct plan *p, const struct dnsmasq_options *o, struct buf *out,
                        struct error *e) _must_check_;

/* Only the hosts, a line each, as dhcp-hostsfile and dhcp-hostsdir want them. */
int plan_render_dnsmasq_hosts(const struct plan *p, const struct dnsmasq_options *o,
                              struct buf *out, struct error *e) _must_check_;
