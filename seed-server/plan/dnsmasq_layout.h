/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "dnsmasq.h"
#include "model.h"

/* What plan_render_dnsmasq gathers and checks before it writes the first line; for its two files
 * alone. */

struct dnsmasq_network {
    struct ip_network net;
    const struct host *speaker; /* what it says of router, DNS and NTP holds for the network */
};

struct dnsmasq_layout {
    const struct plan *plan;
    const struct dnsmasq_options *options;
    struct dnsmasq_network networks[DNSMASQ_NETWORKS_MAX];
    size_t n;
    char server[IP_TEXT_SIZE]; /* the taskbox in proxy mode, or "" */
};

/* Everything from options and inventory that goes into the file; not the hosts' names. */
int dnsmasq_check_options(struct dnsmasq_layout *l, struct error *e) _must_check_;
int dnsmasq_check_host_name(const char *name, struct error *e) _must_check_;

/* Every network of a host or of --network, once. -EINVAL names the host whose network nobody tells.
 */
int dnsmasq_lay_out(struct dnsmasq_layout *l, struct error *e) _must_check_;

/* The network of a host's address; NULL where nobody says how long its prefix is. */
int dnsmasq_place_host(struct dnsmasq_layout *l, const struct host *h, struct dnsmasq_network **ret,
                       struct error *e) _must_check_;

/* The network that a range of addresses is in, where nothing speaks against handing those out. */
int dnsmasq_place_range(struct dnsmasq_layout *l, const struct dnsmasq_range *range,
                        const struct dnsmasq_network **ret, struct error *e) _must_check_;

/* Whether the inventory gives a MAC by which DHCP can know the host. */
bool dnsmasq_knows_host(const struct host *h);
