/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <netinet/in.h>

#include "dnsmasq.h"
#include "model.h"

/* dnsmasq's files have no quoting that all its options share: everything that is written is plain
 * by its kind (an address, a MAC, a host's name) or is held against the characters that are. */

#define LEASE_KNOWN "12h"
#define LEASE_STRANGER "1h"
#define BOOT_FILE_MAX 127 /* of DHCP's "file" field, RFC 2131 */

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

struct network {
    struct ip_network net;
    const struct host *speaker; /* what it says of router, DNS and NTP holds for the network */
};

/* What is gathered before the first line is written. */
struct layout {
    const struct plan *plan;
    const struct dnsmasq_options *options;
    struct network networks[DNSMASQ_NETWORKS_MAX];
    size_t n;
};

/* ---- what may be written --------------------------------------------------------------------- */

static int check_plain(const char *value, const char *more, const char *what, struct error *e)
{
    const char *c;

    for (c = value; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(more, *c))
            return error_set(e, -EINVAL,
                             "%s '%.100s': dnsmasq's file can hold letters, digits and %s there",
                             what, value, more);
    return *value ? 0 : error_set(e, -EINVAL, "%s is empty", what);
}

/* In dhcp-host a word is read by what it looks like: an address, a lease time ("12h"), a keyword,
 * and only then a name. */
static int check_host_name(const char *name, struct error *e)
{
    size_t digits = strspn(name, "0123456789");
    struct ip_address a;

    if ((digits && (!name[digits] || (strchr("smhdw", name[digits]) && !name[digits + 1]))) ||
        strcmp(name, "infinite") == 0 || strcmp(name, "ignore") == 0 ||
        parse_ip(name, &a, NULL) == 0)
        return error_set(e, -EINVAL,
                         "dnsmasq would not read '%s' as a host's name (an address, a lease time "
                         "or a keyword looks like that): rename the host in hosts.ini",
                         name);
    return 0;
}

static int check_options(const struct layout *l, struct error *e)
{
    const struct dnsmasq_options *o = l->options;
    const struct {
        const char *value, *more, *what;
    } texts[] = {
        {o->interface,        "_.-",   "--interface" },
        {o->tftp_root,        "/_.+-", "--tftp-root" },
        {o->bios,             "/_.+-", "--bios"      },
        {o->efi,              "/_.+-", "--efi"       },
        {o->hosts_file,       "/_.+-", "--hosts-file"},
        {o->hosts_dir,        "/_.+-", "--hosts-dir" },
        {l->plan->server_url, "/_.:-", "--server"    },
    };
    size_t i;
    int r;

    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        r = texts[i].value ? check_plain(texts[i].value, texts[i].more, texts[i].what, e) : 0;
        if (r < 0)
            return r;
    }
    if (!l->plan->server_url)
        return error_set(e, -EINVAL,
                         "where machines reach the taskbox is not known, since no seed-server "
                         "answers here: give --server http://ADDRESS:PORT");
    if (strncmp(l->plan->server_url, "http://", 7) != 0)
        return error_set(e, -EINVAL, "--server %.100s: expected http://ADDRESS:PORT",
                         l->plan->server_url);
    if (strlen(l->plan->server_url) + strlen("/boot.ipxe") > BOOT_FILE_MAX)
        return error_set(e, -EINVAL, "--server %.40s…: with /boot.ipxe it is longer than %d bytes",
                         l->plan->server_url, BOOT_FILE_MAX);
    return 0;
}

/* ---- networks -------------------------------------------------------------------------------- */

static void mask(struct ip_network *net)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned bits = net->prefix > 8 * i ? net->prefix - 8 * i : 0;

        net->address.bytes[i] &= (uint8_t)(bits >= 8 ? 0xff : 0xff00u >> bits);
    }
}

static struct network *find_network(struct layout *l, const struct ip_address *a)
{
    for (size_t i = 0; i < l->n; i++)
        if (network_contains(&l->networks[i].net, a))
            return &l->networks[i];
    return NULL;
}

static int add_network(struct layout *l, const struct ip_network *net, const char *whose,
                       struct network **ret, struct error *e)
{
    char text[NETWORK_TEXT_SIZE], other[NETWORK_TEXT_SIZE];

    for (size_t i = 0; i < l->n; i++) {
        struct network *x = &l->networks[i];

        if (!network_overlaps(&x->net, net))
            continue;
        if (x->net.prefix == net->prefix) {
            *ret = x;
            return 0;
        }
        format_network(net, text);
        format_network(&x->net, other);
        return error_set(e, -EINVAL,
                         "%s: its network %s overlaps %s: one network has one prefix length "
                         "(seed_prefix, --network)",
                         whose, text, other);
    }
    if (l->n == DNSMASQ_NETWORKS_MAX)
        return error_set(e, -E2BIG, "%s: more than %d networks", whose, DNSMASQ_NETWORKS_MAX);
    l->networks[l->n] = (struct network){.net = *net};
    *ret = &l->networks[l->n++];
    return 0;
}

/* The network of a host's address; NULL where nobody says how long its prefix is. */
static int place_host(struct layout *l, const struct host *h, struct network **ret, struct error *e)
{
    struct ip_network net = {.prefix = h->prefix};
    int r = parse_ip(h->pub.ip, &net.address, e);

    if (r < 0)
        return error_wrap(e, "%s: ip", h->pub.name);
    if (!h->prefix) {
        *ret = find_network(l, &net.address);
        return 0;
    }
    mask(&net);
    return add_network(l, &net, h->pub.name, ret, e);
}

static int lay_out(struct layout *l, struct error *e)
{
    struct network *net;
    int r;

    for (size_t i = 0; i < l->options->n_networks; i++) {
        r = add_network(l, &l->options->networks[i], "--network", &net, e);
        if (r < 0)
            return r;
    }
    /* Those with a prefix first: it tells the network of others as well. */
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < l->plan->n_hosts; i++) {
            const struct host *h = &l->plan->hosts[i];

            if ((h->prefix == 0) != (pass == 1))
                continue;
            r = place_host(l, h, &net, e);
            if (r < 0)
                return r;
            if (net && !net->speaker)
                net->speaker = h;
            if (!net && !l->options->proxy)
                return error_set(e, -EINVAL,
                                 "%s: which network %s is in is not known: give --network, such "
                                 "as 192.168.0.0/24 (or set seed_prefix, which makes it static)",
                                 h->pub.name, h->pub.ip);
        }
    return l->n ? 0
                : error_set(e, -EINVAL,
                            "no network is known: give --network ADDRESS/PREFIX, or "
                            "set seed_prefix");
}

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
static int host_tag(struct layout *l, const struct host *h, char *ret, size_t size, struct error *e)
{
    struct network *net;
    int r = place_host(l, h, &net, e);

    *ret = '\0';
    if (r == 0 && net && net->speaker && differs(h, net->speaker))
        (void)snprintf(ret, size, "host-%s", h->pub.name);
    return r;
}

static bool has_mac(const struct host *h)
{
    return h->pub.mac || h->pub.n_bond_macs;
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

static int add_host(struct layout *l, const struct host *h, const char *before, struct buf *out,
                    struct error *e)
{
    char tag[300];
    int r = check_host_name(h->pub.name, e);

    if (r == 0)
        r = host_tag(l, h, tag, sizeof(tag), e);
    if (r < 0)
        return r;
    if (!has_mac(h)) {
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

static int add_hosts(struct layout *l, const char *before, struct buf *out, struct error *e)
{
    int r = 0;

    for (size_t i = 0; i < l->plan->n_hosts && r == 0; i++)
        r = add_host(l, &l->plan->hosts[i], before, out, e);
    return r;
}

/* ---- addresses for machines that the inventory does not have --------------------------------- */

static bool in_range(const struct dnsmasq_range *range, const char *text)
{
    struct ip_address a;

    return text && parse_ip(text, &a, NULL) == 0 && a.family == AF_INET &&
           memcmp(a.bytes, range->first.bytes, 4) >= 0 &&
           memcmp(a.bytes, range->last.bytes, 4) <= 0;
}

/* dnsmasq itself leaves out the addresses of dhcp-host lines and its own. */
static int check_range(const struct layout *l, const struct dnsmasq_range *range, const char *text,
                       struct error *e)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const struct host *h = &l->plan->hosts[i];

        if (in_range(range, h->gateway))
            return error_set(e, -EINVAL, "--range %s: the gateway %s of %s lies in it", text,
                             h->gateway, h->pub.name);
        if (!has_mac(h) && in_range(range, h->pub.ip))
            return error_set(e, -EINVAL,
                             "--range %s: %s of %s lies in it, and without seed_mac it cannot be "
                             "kept for that host",
                             text, h->pub.ip, h->pub.name);
    }
    return 0;
}

static void format_mask(const struct ip_network *net, char ret[IP_TEXT_SIZE])
{
    struct ip_network all = {.address.family = AF_INET, .prefix = net->prefix};

    memset(all.address.bytes, 0xff, 4);
    mask(&all);
    format_ip(&all.address, ret);
}

static int add_range(struct layout *l, const struct dnsmasq_range *range, struct buf *out,
                     struct error *e)
{
    char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE], both[2 * IP_TEXT_SIZE], net_mask[IP_TEXT_SIZE],
        base[IP_TEXT_SIZE];
    const struct network *net = find_network(l, &range->first);
    int r;

    format_ip(&range->first, first);
    format_ip(&range->last, last);
    (void)snprintf(both, sizeof(both), "%s,%s", first, last);
    if (memcmp(range->first.bytes, range->last.bytes, 4) > 0)
        return error_set(e, -EINVAL, "--range %s: write the lower address first", both);
    if (!net || !network_contains(&net->net, &range->last))
        return error_set(e, -EINVAL, "--range %s lies in none of the networks: give --network",
                         both);
    r = check_range(l, range, both, e);
    format_mask(&net->net, net_mask);
    format_ip(&net->net.address, base);
    buf_addf(out, "dhcp-range=set:net-%s,%s,%s,%s," LEASE_STRANGER "\n", base, first, last,
             net_mask);
    return r;
}

/* ---- the parts of the file ------------------------------------------------------------------- */

/* Firmware sends no VLAN tags: before the OS runs such a host is a stranger in another network. */
static void add_vlan_notes(const struct layout *l, struct buf *out)
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

static void add_head(const struct layout *l, struct buf *out)
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
    buf_addf(out, "dhcp-boot=tag:ipxe,%s/boot.ipxe\n", l->plan->server_url);
}

static const char *boot_file(const struct dnsmasq_options *o, const char *tag)
{
    return strcmp(tag, "bios") == 0 ? o->bios : o->efi;
}

/* An architecture goes as a number: dnsmasq's names for 7 and 9 changed places between releases. */
static void add_proxy(const struct layout *l, struct buf *out)
{
    char base[IP_TEXT_SIZE], net_mask[IP_TEXT_SIZE];

    for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
        buf_addf(out, "pxe-service=tag:!ipxe,%u,\"nodeseed\",%s\n", clients[i].architecture,
                 boot_file(l->options, clients[i].tag));
    buf_add_str(out, "\n# Another server hands out the addresses.\n");
    for (size_t i = 0; i < l->n; i++) {
        format_ip(&l->networks[i].net.address, base);
        format_mask(&l->networks[i].net, net_mask);
        buf_addf(out, "dhcp-range=%s,proxy,%s\n", base, net_mask);
    }
}

static int add_networks(struct layout *l, struct buf *out, struct error *e)
{
    char base[IP_TEXT_SIZE], net_mask[IP_TEXT_SIZE], tag[IP_TEXT_SIZE + 8];
    int r;

    buf_addf(out, "dhcp-boot=tag:!ipxe,tag:bios,%s\ndhcp-boot=tag:!ipxe,tag:efi,%s\n",
             l->options->bios, l->options->efi);
    buf_add_str(out, "\n# Nobody else hands out addresses here.\ndhcp-authoritative\n");
    for (size_t i = 0; i < l->n; i++) {
        format_ip(&l->networks[i].net.address, base);
        format_mask(&l->networks[i].net, net_mask);
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

static int add_own_options(struct layout *l, struct buf *out, struct error *e)
{
    char tag[300];

    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const struct host *h = &l->plan->hosts[i];
        struct network *net;
        int r = place_host(l, h, &net, e);

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
    struct layout l = {.plan = p, .options = o};
    int r = check_options(&l, e);

    if (r == 0)
        r = lay_out(&l, e);
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
    struct layout l = {.plan = p, .options = o};
    int r = lay_out(&l, e);

    if (r == 0)
        r = add_hosts(&l, "", out, e);
    return r < 0 ? r : buf_check(out) < 0 ? error_oom(e) : 0;
}
