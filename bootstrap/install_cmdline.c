/* SPDX-License-Identifier: Apache-2.0 */
#include "install_cmdline.h"

#include <sys/socket.h>

#define VLAN_MAX 4094
#define MTU_MIN 576
#define MTU_MAX 65535

static int copy(char *ret, size_t size, const char *value, struct error *e)
{
    if (strlen(value) >= size)
        return error_set(e, -E2BIG, "longer than %zu bytes", size - 1);
    memcpy(ret, value, strlen(value) + 1);
    return 0;
}

static int parse_ipv4(const char *text, char ret[IP_TEXT_SIZE], struct error *e)
{
    struct ip_address a;

    if (parse_ip(text, &a, NULL) < 0 || a.family != AF_INET)
        return error_set(e, -EINVAL, "\"%s\" is no IPv4 address", text);
    format_ip(&a, ret);
    return 0;
}

int install_parse_netmask(const char *text, unsigned *ret_prefix, struct error *e)
{
    struct ip_address a;
    uint64_t number;
    uint32_t mask;
    unsigned prefix = 0;

    if (parse_uint(text, 32, &number, NULL) == 0 && number > 0) {
        *ret_prefix = (unsigned)number;
        return 0;
    }
    if (parse_ip(text, &a, NULL) < 0 || a.family != AF_INET)
        return error_set(e, -EINVAL, "\"%s\" is no netmask such as 255.255.255.0", text);
    mask = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 | (uint32_t)a.bytes[2] << 8 |
           a.bytes[3];
    while (prefix < 32 && mask & (UINT32_C(0x80000000) >> prefix))
        prefix++;
    if (prefix == 0 || (prefix < 32 && mask << prefix))
        return error_set(e, -EINVAL, "\"%s\" is no netmask such as 255.255.255.0", text);
    *ret_prefix = prefix;
    return 0;
}

/* ---- one function a word ---- */

static int set_url(char ret[256], const char *scheme, const char *value, struct error *e)
{
    size_t n = strlen(scheme);

    if (strncmp(value, scheme, n) != 0 || !value[n])
        return error_set(e, -EINVAL, "\"%s\" is not of the form %sADDRESS:PORT", value, scheme);
    return copy(ret, 256, value, e);
}

static int set_server(struct install_cmdline *c, const char *value, struct error *e)
{
    return set_url(c->server, "https://", value, e);
}

static int set_plain(struct install_cmdline *c, const char *value, struct error *e)
{
    return set_url(c->plain, "http://", value, e);
}

static int set_pin(struct install_cmdline *c, const char *value, struct error *e)
{
    uint8_t bytes[32];

    if (parse_hex(value, bytes, sizeof(bytes), NULL) < 0)
        return error_set(e, -EINVAL, "expected 64 hex digits");
    format_hex(bytes, sizeof(bytes), c->pin);
    return 0;
}

static int set_bootif(struct install_cmdline *c, const char *value, struct error *e)
{
    /* "01-" is ARP's number for Ethernet. */
    return parse_mac(strncmp(value, "01-", 3) == 0 ? value + 3 : value, c->bootif, e);
}

/* CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:DEVICE:AUTOCONF:DNS:DNS */
static int set_ip(struct install_cmdline *c, const char *value, struct error *e)
{
    enum { CLIENT, SERVER, GATEWAY, NETMASK, HOSTNAME, DEVICE, AUTOCONF, DNS, FIELDS = DNS + 2 };
    char fields[FIELDS][64] = {""};
    const char *p = value;
    size_t n = 0;
    int r;

    for (; n < FIELDS; n++) {
        size_t len = strcspn(p, ":");

        if (len >= sizeof(fields[n]))
            return error_set(e, -EINVAL, "a field of %zu bytes", len);
        memcpy(fields[n], p, len);
        p += len;
        if (!*p++)
            break;
    }
    /* "ip=dhcp" has the method in the first place. */
    if (n == 0 || !fields[CLIENT][0] || strcmp(fields[CLIENT], "0.0.0.0") == 0)
        return 0;
    r = parse_ipv4(fields[CLIENT], c->address, e);
    if (r >= 0)
        r = install_parse_netmask(fields[NETMASK], &c->prefix, e);
    if (r >= 0 && fields[GATEWAY][0] && strcmp(fields[GATEWAY], "0.0.0.0") != 0)
        r = parse_ipv4(fields[GATEWAY], c->gateway, e);
    for (size_t i = 0; i < INSTALL_DNS_MAX && r >= 0; i++)
        if (fields[DNS + i][0] && strcmp(fields[DNS + i], "0.0.0.0") != 0)
            r = parse_ipv4(fields[DNS + i], c->dns[i], e);
    if (r < 0)
        return r;
    c->dhcp = false;
    return 0;
}

static int set_vlan(struct install_cmdline *c, const char *value, struct error *e)
{
    uint64_t number;
    int r = parse_uint(value, VLAN_MAX, &number, e);

    if (r < 0)
        return r;
    if (number == 0)
        return error_set(e, -ERANGE, "VLANs are numbered from 1 to %d", VLAN_MAX);
    c->vlan = (unsigned)number;
    return 0;
}

static int set_mtu(struct install_cmdline *c, const char *value, struct error *e)
{
    uint64_t number;
    int r = parse_uint(value, MTU_MAX, &number, e);

    if (r < 0)
        return r;
    if (number < MTU_MIN)
        return error_set(e, -ERANGE, "an MTU is between %d and %d", MTU_MIN, MTU_MAX);
    c->mtu = (unsigned)number;
    return 0;
}

/* MODE:MAC,MAC; MACs have colons themselves, modes have none. */
static int set_bond(struct install_cmdline *c, const char *value, struct error *e)
{
    static const char *const modes[] = {"balance-rr", "active-backup", "balance-xor", "broadcast",
                                        "802.3ad",    "balance-tlb",   "balance-alb"};
    size_t len = strcspn(value, ":"), i;
    const char *p = value + len;

    for (i = 0; i < ARRAY_SIZE(modes); i++)
        if (strlen(modes[i]) == len && strncmp(modes[i], value, len) == 0)
            break;
    if (i == ARRAY_SIZE(modes) || *p != ':')
        return error_set(e, -EINVAL, "expected MODE:MAC,MAC with a mode such as active-backup");
    memcpy(c->bond, modes[i], len + 1);
    c->n_members = 0;
    while (*p) {
        char mac[32];

        p++;
        len = strcspn(p, ",");
        if (len >= sizeof(mac) || c->n_members == INSTALL_BOND_MAX)
            return error_set(e, -EINVAL, "expected at most %d MAC addresses", INSTALL_BOND_MAX);
        memcpy(mac, p, len);
        mac[len] = '\0';
        if (parse_mac(mac, c->members[c->n_members], NULL) < 0)
            return error_set(e, -EINVAL, "\"%s\" is no MAC address", mac);
        c->n_members++;
        p += len;
    }
    return 0;
}

static const struct word {
    const char *name;
    int (*set)(struct install_cmdline *c, const char *value, struct error *e);
} words[] = {
    {"nodeseed.server", set_server},
    {"nodeseed.plain",  set_plain },
    {"nodeseed.pin",    set_pin   },
    {"nodeseed.vlan",   set_vlan  },
    {"nodeseed.bond",   set_bond  },
    {"nodeseed.mtu",    set_mtu   },
    {"BOOTIF",          set_bootif},
    {"ip",              set_ip    },
};

static int take_word(struct install_cmdline *c, char *word, struct error *e)
{
    char *equals = strchr(word, '=');

    if (equals)
        *equals = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        int r;

        if (strcmp(word, words[i].name) != 0)
            continue;
        r = words[i].set(c, equals ? equals + 1 : "", e);
        return r < 0 ? error_wrap(e, "the kernel's command line: %s", word) : 0;
    }
    if (strncmp(word, "nodeseed.", 9) == 0 && !c->unknown[0])
        (void)snprintf(c->unknown, sizeof(c->unknown), "%.63s", word);
    return 0;
}

int install_cmdline_parse(const char *text, struct install_cmdline *ret, struct error *e)
{
    struct install_cmdline c = {.dhcp = true};
    const char *p = text;
    int r;

    while (*p) {
        char word[1024];
        size_t len = 0, used = 0;
        bool quoted = false;

        /* Double quotes keep blanks together, as the kernel has it. */
        for (; p[used] && (quoted || !strchr(" \t\n", p[used])); used++) {
            if (p[used] == '"')
                quoted = !quoted;
            else if (len < sizeof(word) - 1)
                word[len++] = p[used];
        }
        word[len] = '\0';
        p += used;
        p += *p != '\0';
        if (len == 0)
            continue;
        r = take_word(&c, word, e);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < 3; i++) {
        const char *have = i == 0 ? c.server : i == 1 ? c.plain : c.pin;

        if (!have[0])
            return error_set(e, -EINVAL,
                             "%s= is missing on the kernel's command line: boot this machine by "
                             "the taskbox's /boot.ipxe",
                             words[i].name);
    }
    *ret = c;
    return 0;
}
