/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <ctype.h>
#include <netinet/in.h>

#define MTU_MIN 576
#define MTU_MAX 65535
#define VLAN_MAX 4094
#define MIIMON_DEFAULT 100
#define MIIMON_MAX 10000

static const char *const modes[] = {
    [BOND_NONE] = "none",
    [BOND_BALANCE_RR] = "balance-rr",
    [BOND_ACTIVE_BACKUP] = "active-backup",
    [BOND_BALANCE_XOR] = "balance-xor",
    [BOND_BROADCAST] = "broadcast",
    [BOND_802_3AD] = "802.3ad",
    [BOND_BALANCE_TLB] = "balance-tlb",
    [BOND_BALANCE_ALB] = "balance-alb",
};

const char *bond_mode_name(enum bond_mode mode)
{
    return modes[mode];
}

int bond_mode_parse(const char *name, enum bond_mode *ret, struct error *e)
{
    for (size_t i = BOND_NONE + 1; i < ARRAY_SIZE(modes); i++)
        if (strcmp(name, modes[i]) == 0) {
            *ret = (enum bond_mode)i;
            return 0;
        }
    return error_set(e, -EINVAL, "\"%.40s\" is no mode of bonds that this program knows", name);
}

const char *network_top(const struct network *n)
{
    return n->vlan ? NETWORK_VLAN : n->bond ? NETWORK_BOND : "";
}

/* Files are made of these texts, so each is printed anew from what it means. */
static int read_v4(const char *text, char ret[IP_TEXT_SIZE], struct error *e)
{
    struct ip_address a;
    int r = parse_ip(text, &a, e);

    if (r < 0)
        return r;
    if (a.family != AF_INET)
        return error_set(e, -EINVAL, "\"%s\": expected an IPv4 address", text);
    format_ip(&a, ret);
    return 0;
}

static int read_address(const char *text, char ret[NETWORK_TEXT_SIZE], struct error *e)
{
    const char *slash = strchr(text, '/');
    char address[IP_TEXT_SIZE];
    uint64_t prefix;
    int r;

    if (!slash || (size_t)(slash - text) >= sizeof(address))
        return error_set(e, -EINVAL, "expected an address such as 192.168.0.10/24");
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    r = read_v4(address, address, e);
    if (r >= 0)
        r = parse_uint(slash + 1, 32, &prefix, e);
    if (r < 0)
        return r;
    if (prefix == 0)
        return error_set(e, -EINVAL, "expected a prefix length from 1 to 32");
    (void)snprintf(ret, NETWORK_TEXT_SIZE, "%s/%u", address, (unsigned)prefix);
    return 0;
}

static int read_static(const json_t *value, struct network *n, struct error *e)
{
    const char *address, *gateway;
    json_t *dns = json_object_get(value, "dns"), *server;
    size_t i;
    int r = json_get_string(value, "address", &address, e);

    if (r >= 0)
        r = json_get_string_or(value, "gateway", NULL, &gateway, e);
    if (r < 0)
        return r;
    r = read_address(address, n->address, e);
    if (r < 0)
        return error_wrap(e, "address");
    if (gateway) {
        r = read_v4(gateway, n->gateway, e);
        if (r < 0)
            return error_wrap(e, "gateway");
    }
    if (json_array_size(dns) > NETWORK_DNS_MAX)
        return error_set(e, -EINVAL, "dns: more than %d", NETWORK_DNS_MAX);
    json_array_foreach(dns, i, server)
    {
        r = read_v4(json_is_string(server) ? json_string_value(server) : "", n->dns[i], e);
        if (r < 0)
            return error_wrap(e, "dns");
        n->n_dns++;
    }
    return 0;
}

static int read_number(const json_t *value, const char *key, unsigned min, unsigned max,
                       unsigned otherwise, unsigned *ret, struct error *e)
{
    int64_t number;
    int r = json_get_int_or(value, key, otherwise, &number, e);

    if (r < 0)
        return r;
    if (number != (int64_t)otherwise && (number < (int64_t)min || number > (int64_t)max))
        return error_set(e, -EINVAL, "%s: expected a number from %u to %u", key, min, max);
    *ret = (unsigned)number;
    return 0;
}

static int read_name(const char *text, char ret[INTERFACE_NAME_SIZE], struct error *e)
{
    const char *c;

    for (c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
            break;
    if (*c || c == text || c - text >= INTERFACE_NAME_SIZE || *text == '.' || *text == '-')
        return error_set(e, -EINVAL, "\"%.40s\" is no name of an interface", text);
    memcpy(ret, text, (size_t)(c - text) + 1);
    return 0;
}

static int read_members(const json_t *bond, struct network *n, struct error *e)
{
    json_t *macs = json_object_get(bond, "macs"), *names = json_object_get(bond, "interfaces");
    json_t *list = macs ? macs : names, *member;
    size_t i;

    if (!json_array_size(list) || json_array_size(list) > NETWORK_MEMBERS_MAX || (macs && names))
        return error_set(e, -EINVAL, "expected macs or interfaces, 1 to %d", NETWORK_MEMBERS_MAX);
    json_array_foreach(list, i, member)
    {
        const char *text = json_is_string(member) ? json_string_value(member) : "";
        int r = macs ? parse_mac(text, n->nics[i].mac, e) : read_name(text, n->nics[i].name, e);

        if (r < 0)
            return r;
    }
    n->n_nics = json_array_size(list);
    return 0;
}

static int read_primary(const char *text, struct network *n, struct error *e)
{
    char mac[MAC_TEXT_SIZE] = "";

    if (n->bond != BOND_ACTIVE_BACKUP && n->bond != BOND_BALANCE_TLB && n->bond != BOND_BALANCE_ALB)
        return error_set(e, -EINVAL, "primary does not go with %s", bond_mode_name(n->bond));
    if (parse_mac(text, mac, NULL) < 0)
        mac[0] = '\0';
    for (size_t i = 0; i < n->n_nics && n->primary < 0; i++)
        if (n->nics[i].mac[0] ? strcmp(n->nics[i].mac, mac) == 0
                              : strcmp(n->nics[i].name, text) == 0)
            n->primary = (int)i;
    return n->primary < 0 ? error_set(e, -EINVAL, "primary is none of the members") : 0;
}

static int read_bond(const json_t *bond, struct network *n, struct error *e)
{
    const char *mode, *rate, *primary;
    int r = json_get_string(bond, "mode", &mode, e);

    if (r >= 0)
        r = bond_mode_parse(mode, &n->bond, e);
    if (r >= 0)
        r = json_get_string_or(bond, "lacp_rate", NULL, &rate, e);
    if (r >= 0)
        r = json_get_string_or(bond, "primary", NULL, &primary, e);
    if (r >= 0)
        r = read_number(bond, "miimon", 1, MIIMON_MAX, MIIMON_DEFAULT, &n->miimon, e);
    if (r >= 0)
        r = read_members(bond, n, e);
    if (r < 0)
        return r;
    if (rate &&
        (n->bond != BOND_802_3AD || (strcmp(rate, "fast") != 0 && strcmp(rate, "slow") != 0)))
        return error_set(e, -EINVAL, "lacp_rate: expected slow or fast, with 802.3ad");
    n->lacp_fast = rate && strcmp(rate, "fast") == 0;
    return primary ? read_primary(primary, n, e) : 0;
}

static int read_all(const json_t *value, struct network *n, struct error *e)
{
    json_t *bond = json_object_get(value, "bond");
    int r = json_get_bool_or(value, "dhcp", false, &n->dhcp, e);

    if (r >= 0)
        r = read_number(value, "mtu", MTU_MIN, MTU_MAX, 0, &n->mtu, e);
    if (r >= 0)
        r = read_number(value, "vlan", 1, VLAN_MAX, 0, &n->vlan, e);
    if (r >= 0 && !n->dhcp)
        r = read_static(value, n, e);
    if (r < 0 || !bond || json_is_null(bond))
        return r;
    r = read_bond(bond, n, e);
    return r < 0 ? error_wrap(e, "bond") : 0;
}

int network_parse(const json_t *value, struct network *ret, struct error *e)
{
    struct network n = {.primary = -1};
    int r = read_all(value, &n, e);

    if (r < 0)
        return error_wrap(e, "system.network");
    *ret = n;
    return 0;
}
