/* SPDX-License-Identifier: Apache-2.0 */
#include "dnsmasq_layout.h"

#include <ctype.h>
#include <netinet/in.h>

/* dnsmasq's files have no quoting that all its options share: everything that is written is plain
 * by its kind (an address, a MAC, a host's name) or is held against the characters that are. */

#define BOOT_FILE_MAX 127 /* of DHCP's "file" field, RFC 2131 */

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
int dnsmasq_check_host_name(const char *name, struct error *e)
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

/* iPXE takes a proxy's boot file only with a "next server" (siaddr), be it a URL that needs none.
 */
static int read_server(struct dnsmasq_layout *l, struct error *e)
{
    const char *host = l->plan->server_url + strlen("http://");
    size_t len = strcspn(host, ":/");
    struct ip_address a;

    if (len < sizeof(l->server)) {
        memcpy(l->server, host, len);
        l->server[len] = '\0';
        if (parse_ip(l->server, &a, NULL) == 0 && a.family == AF_INET)
            return 0;
    }
    return error_set(e, -EINVAL,
                     "%s: with --proxy the taskbox is told by its address: give --server "
                     "http://ADDRESS:PORT",
                     l->plan->server_url);
}

int dnsmasq_check_options(struct dnsmasq_layout *l, struct error *e)
{
    const struct dnsmasq_options *o = l->options;
    const struct {
        const char *value, *more, *what;
    } texts[] = {
        {o->interface,        "_.-",   "--interface" },
        {o->tftp_root,        "/_.+-", "--tftp-root" },
        {o->bios,             "/_.+-", "--bios"      },
        {o->efi,              "/_.+-", "--efi"       },
        {o->script,           "_.-",   "a script"    },
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
    return l->options->proxy ? read_server(l, e) : 0;
}

/* ---- networks -------------------------------------------------------------------------------- */

static void mask(struct ip_network *net)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned bits = net->prefix > 8 * i ? net->prefix - 8 * i : 0;

        net->address.bytes[i] &= (uint8_t)(bits >= 8 ? 0xff : 0xff00u >> bits);
    }
}

static struct dnsmasq_network *find_network(struct dnsmasq_layout *l, const struct ip_address *a)
{
    for (size_t i = 0; i < l->n; i++)
        if (network_contains(&l->networks[i].net, a))
            return &l->networks[i];
    return NULL;
}

static int add_network(struct dnsmasq_layout *l, const struct ip_network *net, const char *whose,
                       struct dnsmasq_network **ret, struct error *e)
{
    char text[NETWORK_TEXT_SIZE], other[NETWORK_TEXT_SIZE];

    for (size_t i = 0; i < l->n; i++) {
        struct dnsmasq_network *x = &l->networks[i];

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
    l->networks[l->n] = (struct dnsmasq_network){.net = *net};
    *ret = &l->networks[l->n++];
    return 0;
}

/* The network of a host's address; NULL where nobody says how long its prefix is. */
int dnsmasq_place_host(struct dnsmasq_layout *l, const struct host *h, struct dnsmasq_network **ret,
                       struct error *e)
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

int dnsmasq_lay_out(struct dnsmasq_layout *l, struct error *e)
{
    struct dnsmasq_network *net;
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
            r = dnsmasq_place_host(l, h, &net, e);
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

bool dnsmasq_knows_host(const struct host *h)
{
    return h->pub.mac || h->pub.n_bond_macs;
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
static int check_range(const struct dnsmasq_layout *l, const struct dnsmasq_range *range,
                       const char *text, struct error *e)
{
    for (size_t i = 0; i < l->plan->n_hosts; i++) {
        const struct host *h = &l->plan->hosts[i];

        if (in_range(range, h->gateway))
            return error_set(e, -EINVAL, "--range %s: the gateway %s of %s lies in it", text,
                             h->gateway, h->pub.name);
        if (!dnsmasq_knows_host(h) && in_range(range, h->pub.ip))
            return error_set(e, -EINVAL,
                             "--range %s: %s of %s lies in it, and without seed_mac it cannot be "
                             "kept for that host",
                             text, h->pub.ip, h->pub.name);
    }
    return 0;
}

int dnsmasq_place_range(struct dnsmasq_layout *l, const struct dnsmasq_range *range,
                        const struct dnsmasq_network **ret, struct error *e)
{
    char first[IP_TEXT_SIZE], last[IP_TEXT_SIZE], both[2 * IP_TEXT_SIZE];
    const struct dnsmasq_network *net = find_network(l, &range->first);

    format_ip(&range->first, first);
    format_ip(&range->last, last);
    (void)snprintf(both, sizeof(both), "%s,%s", first, last);
    if (memcmp(range->first.bytes, range->last.bytes, 4) > 0)
        return error_set(e, -EINVAL, "--range %s: write the lower address first", both);
    if (!net || !network_contains(&net->net, &range->last))
        return error_set(e, -EINVAL, "--range %s lies in none of the networks: give --network",
                         both);
    *ret = net;
    return check_range(l, range, both, e);
}
