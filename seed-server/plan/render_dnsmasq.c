/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>

#include "dnsmasq_layout.h"

#define LEASE_KNOWN "12h"
#define LEASE_STRANGER "1h"

/* The tags that PXE clients are told apart by. Client architectures: RFC 4578, 2.1 and its erratum:
 * 7 is what x86-64 UEFI sends, 9 what some send that were built by the RFC's letter. */
static const struct {
    unsigned architecture;
    const char *tag;
} clients[] = {
    {0, "bios"},
    {7, "efi" },
    {9, "efi" },
};

/* ---- router, DNS, NTP ------------------------------------------------------------------------ */

/* A list of addresses as an option. DHCP has no place for the names of time servers. */
static int add_list(const char *tag, const char *option, const json_t *list, struct buf *out,
                    struct error *e)
{
    char text[IP_TEXT_SIZE];
    struct ip_address a;
    const json_t *item;
    bool begun = false;
    size_t i;

    json_array_foreach((json_t *)list, i, item)
    {
        const char *s = json_string_value(item);

        if (!s || parse_ip(s, &a, NULL) < 0 || a.family != AF_INET) {
            if (!s || !is_dns_name(s))
                return error_set(e, -EINVAL, "%s: '%.60s' is no address", option, s ? s : "?");
            continue;
        }
        format_ip(&a, text);
        if (!begun)
            buf_addf(out, "dhcp-option=tag:%s,option:%s", tag, option);
        begun = true;
        buf_addf(out, ",%s", text);
    }
    if (begun)
        buf_add_char(out, '\n');
    json_array_foreach((json_t *)list, i, item) if (parse_ip(json_string_value(item), &a, NULL) < 0)
        buf_addf(out, "# %s %s is a name, and DHCP hands out addresses only\n", option,
                 json_string_value(item));
    return 0;
}

static bool equal_texts(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool equal_lists(const json_t *a, const json_t *b)
{
    return a == b || (a && b && json_equal((json_t *)a, (json_t *)b));
}

/* Does it need options of its own, beside those of its network? */
static bool differs(const struct host *h, const struct host *from)
{
    return !equal_texts(h->gateway, from->gateway) || !equal_lists(h->dns, from->dns) ||
           !equal_lists(h->ntp, from->ntp);
}

static int add_option_list(const char *tag, const char *option, const json_t *list, bool said,
                           struct buf *out, struct error *e)
{
    if (list)
        return add_list(tag, option, list, out, e);
    if (said)
        buf_addf(out, "dhcp-option=tag:%s,option:%s\n", tag, option);
    return 0;
}

/* What differs from the network's options, or the network's own where network is NULL. An option
 * without a value is not told: dnsmasq would otherwise name itself as the router, and the network's
 * would stand for a host that has none. */
static int add_options(const char *tag, const struct host *h, const struct host *network,
                       struct buf *out, struct error *e)
{
    int r = 0;

    if (!network || !equal_texts(h->gateway, network->gateway))
        buf_addf(out, "dhcp-option=tag:%s,option:router%s%s\n", tag, h->gateway ? "," : "",
                 h->gateway ? h->gateway : "");
    if (!network || !equal_lists(h->dns, network->dns))
        r = add_option_list(tag, "dns-server", h->dns, network != NULL, out, e);
    if (r == 0 && (!network || !equal_lists(h->ntp, network->ntp)))
        r = add_option_list(tag, "ntp-server", h->ntp, network != NULL, out, e);
    return r < 0 ? error_wrap(e, "%s", h->pub.name) : 0;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

/* The tag of what a host has of its own; "" where its network's options hold. */
static int host_tag(struct dnsmasq_layout *l, const struct host *h, char *ret, size_t size,
                    struct error *e)
{
    struct dnsmasq_network *net;
    int r = dnsmasq_place_host(l, h, &net, e);

    *ret = '\0';
    if (r == 0 && net && net->speaker && differs(h, net->speaker))
        (void)snprintf(ret, size, "host-%s", h->pub.name);
    return r;
}

/* Firmware and iPXE ask over one member of a bond, and the OS over the bond, which has the MAC of
 * one: all are the same host. dnsmasq moves the lease from one to the other. */
static void add_macs(const struct host *h, struct buf *out)
{
    const char *comma = "";

    if (h->pub.mac) {
        buf_add_str(out, h->pub.mac);
        comma = ",";
    }
    for (size_t i = 0; i < h->pub.n_bond_macs; i++) {
        if (h->pub.mac && strcmp(h->pub.bond_macs[i], h->pub.mac) == 0)
            continue;
        buf_addf(out, "%s%s", comma, h->pub.bond_macs[i]);
        comma = ",";
    }
}

static int add_host(struct dnsmasq_layout *l, const struct host *h, const char *before,
                    struct buf *out, struct error *e)
{
    char tag[300];
    int r = dnsmasq_check_host_name(h->pub.name, e);

    if (r == 0)
        r = host_tag(l, h, tag, sizeof(tag), e);
    if (r < 0)
        return r;
    if (!dnsmasq_knows_host(h)) {
        buf_addf(out, "# %s (%s) has no seed_mac: it gets its address from elsewhere\n",
                 h->pub.name, h->pub.ip);
        return 0;
    }
    buf_add_str(out, before);
    add_macs(h, out);
    if (*tag)
        buf_addf(out, ",set:%s", tag);
    buf_addf(out, ",%s,%s\n", h->pub.ip, h->pub.name);
    return 0;
}

static int add_hosts(struct dnsmasq_layout *l, const char *before, struct buf *out, struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < l->plan->n_hosts && r == 0; i++)
        r = add_host(l, &l->plan->hosts[i], before, out, e);
    return r;
}

/* ---- the parts of the file ------------------------------------------------------------------- */

static void format_mask(unsigned prefix, char ret[IP_TEXT_SIZE])
{
    struct ip_address a = {.family = AF_INET};

    for (unsigned i = 0; i < prefix && i < 32; i++)
        a.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
    format_ip(&a, ret);
}

static int add_range(struct dnsmasq_layout *l, const struct dnsmasq_range *range, struct buf *out,
                     struct error *e)
{
    char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE], net_mask[IP_TEXT_SIZE], base[IP_TEXT_SIZE];
    const struct dnsmasq_network *net;
    int r = dnsmasq_place_range(l, range, &net, e);

    if (r < 0)
        return r;
    format_ip(&range->first, first);
    format_ip(&range->last, last);
    format_ip(&net->net.address, base);
    format_mask(net->net.prefix, net_mask);
    buf_addf(out, "dhcp-range=set:net-%s,%s,%s,%s," LEASE_STRANGER "\n", base, first, last,
             net_mask);
    return 0;
}

/* Firmware sends no VLAN tags: before the OS runs such a host is a stranger in another network. */
static void add_vlan_notes(const struct dnsmasq_layout *l, struct buf *out)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const struct plan_host *h = &l->plan->hosts[i].pub;

        if (h->boot == BOOT_PXE && h->vlan)
            buf_addf(out,
                     "# %s has its address in VLAN %u; to boot from here it needs one of a "
                     "--range.\n",
                     h->name, h->vlan);
    }
}

static void add_head(const struct dnsmasq_layout *l, struct buf *out)
{
    const struct dnsmasq_options *o = l->options;

    buf_add_str(out,
                "# dnsmasq(8) for nodeseed, made by `seedctl dnsmasq`: make it anew, do not edit.\n"
                "# No DNS.\n"
                "port=0\n");
    if (o->interface)
        buf_addf(out, "interface=%s\nbind-dynamic\n", o->interface);
    buf_addf(out,
             "\n# iPXE by TFTP.\n"
             "enable-tftp\n"
             "tftp-root=%s\n"
             "\n# Option 175 is iPXE's own mark; firmware says its architecture in option 93.\n"
             "dhcp-match=set:ipxe,175\n",
             o->tftp_root);
    if (!o->proxy)
        for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
            buf_addf(out, "dhcp-match=set:%s,option:client-arch,%u\n", clients[i].tag,
                     clients[i].architecture);
    if (o->script)
        buf_addf(out, "dhcp-boot=tag:ipxe,%s", o->script);
    else
        buf_addf(out,
                 "# Without --boot-dir a machine that finds no seed-server running gives up.\n"
                 "dhcp-boot=tag:ipxe,%s/boot.ipxe",
                 l->plan->server_url);
    buf_addf(out, "%s%s\n", *l->server ? ",," : "", l->server);
}

static const char *boot_file(const struct dnsmasq_options *o, const char *tag)
{
    return strcmp(tag, "bios") == 0 ? o->bios : o->efi;
}

/* An architecture goes as a number: dnsmasq's names for 7 and 9 changed places between releases. */
static void add_proxy(const struct dnsmasq_layout *l, struct buf *out)
{
    char base[IP_TEXT_SIZE], net_mask[IP_TEXT_SIZE];

    for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
        buf_addf(out, "pxe-service=tag:!ipxe,%u,\"nodeseed\",%s\n", clients[i].architecture,
                 boot_file(l->options, clients[i].tag));
    buf_add_str(out, "\n# Another server hands out the addresses.\n");
    for (size_t i = 0; i < l->n; i++) {
        format_ip(&l->networks[i].net.address, base);
        format_mask(l->networks[i].net.prefix, net_mask);
        buf_addf(out, "dhcp-range=%s,proxy,%s\n", base, net_mask);
    }
}

static int add_networks(struct dnsmasq_layout *l, struct buf *out, struct error *e)
{
    char base[IP_TEXT_SIZE], net_mask[IP_TEXT_SIZE], tag[IP_TEXT_SIZE + 8];
    int r;

    buf_addf(out, "dhcp-boot=tag:!ipxe,tag:bios,%s\ndhcp-boot=tag:!ipxe,tag:efi,%s\n",
             l->options->bios, l->options->efi);
    buf_add_str(out, "\n# Nobody else hands out addresses here.\ndhcp-authoritative\n");
    for (size_t i = 0; i < l->n; i++) {
        format_ip(&l->networks[i].net.address, base);
        format_mask(l->networks[i].net.prefix, net_mask);
        (void)snprintf(tag, sizeof(tag), "net-%s", base);
        buf_addf(out, "dhcp-range=set:%s,%s,static,%s," LEASE_KNOWN "\n", tag, base, net_mask);
        r = 0;
        if (l->networks[i].speaker)
            r = add_options(tag, l->networks[i].speaker, NULL, out, e);
        else
            buf_addf(out, "dhcp-option=tag:%s,option:router\n", tag);
        if (r < 0)
            return r;
    }
    if (l->options->n_ranges)
        buf_add_str(out, "\n# For machines that the inventory does not have.\n");
    else
        add_vlan_notes(l, out);
    for (size_t i = 0; i < l->options->n_ranges; i++) {
        r = add_range(l, &l->options->ranges[i], out, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_own_options(struct dnsmasq_layout *l, struct buf *out, struct error *e)
{
    char tag[300];

    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const struct host *h = &l->plan->hosts[i];
        struct dnsmasq_network *net;
        int r = dnsmasq_place_host(l, h, &net, e);

        if (r == 0)
            r = host_tag(l, h, tag, sizeof(tag), e);
        if (r == 0 && *tag)
            r = add_options(tag, h, net->speaker, out, e);
        if (r < 0)
            return r;
    }
    return 0;
}

int plan_render_dnsmasq(const struct plan *p, const struct dnsmasq_options *o, struct buf *out,
                        struct error *e)
{
    struct dnsmasq_layout l = {.plan = p, .options = o};
    int r = dnsmasq_check_options(&l, e);

    if (r == 0)
        r = dnsmasq_lay_out(&l, e);
    if (r < 0)
        return r;
    add_head(&l, out);
    if (o->proxy) {
        add_proxy(&l, out);
        return buf_check(out) < 0 ? error_oom(e) : 0;
    }
    r = add_networks(&l, out, e);
    if (r < 0)
        return r;
    buf_add_str(out, "\n# The inventory's hosts.\n");
    r = add_own_options(&l, out, e);
    if (r < 0)
        return r;
    if (o->hosts_file)
        buf_addf(out, "dhcp-hostsfile=%s\n", o->hosts_file);
    else if (o->hosts_dir)
        buf_addf(out, "dhcp-hostsdir=%s\n", o->hosts_dir);
    else
        r = add_hosts(&l, "dhcp-host=", out, e);
    return r < 0 ? r : buf_check(out) < 0 ? error_oom(e) : 0;
}

int plan_render_dnsmasq_hosts(const struct plan *p, const struct dnsmasq_options *o,
                              struct buf *out, struct error *e)
{
    struct dnsmasq_layout l = {.plan = p, .options = o};
    int r = dnsmasq_lay_out(&l, e);

    if (r == 0)
        r = add_hosts(&l, "", out, e);
    return r < 0 ? r : buf_check(out) < 0 ? error_oom(e) : 0;
}
