/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "parse.h"

static unsigned bits_of(int family)
{
    return family == AF_INET ? 32 : 128;
}

int parse_ip(const char *s, struct ip_address *ret, struct error *e)
{
    struct ip_address a = {.family = strchr(s, ':') ? AF_INET6 : AF_INET};

    if (inet_pton(a.family, s, a.bytes) != 1)
        return error_set(e, -EINVAL, "\"%s\": expected an IP address such as 192.168.0.10", s);
    *ret = a;
    return 0;
}

void format_ip(const struct ip_address *a, char ret[IP_TEXT_SIZE])
{
    if (!inet_ntop(a->family, a->bytes, ret, IP_TEXT_SIZE))
        ret[0] = '\0'; /* a family that parse_ip never gives */
}

bool ip_equal(const struct ip_address *a, const struct ip_address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, bits_of(a->family) / 8) == 0;
}

static bool bit(const struct ip_address *a, unsigned i)
{
    return a->bytes[i / 8] >> (7 - i % 8) & 1;
}

/* a with all bits from prefix on cleared. */
static struct ip_address masked(const struct ip_address *a, unsigned prefix)
{
    struct ip_address m = *a;

    for (unsigned i = prefix; i < bits_of(a->family); i++)
        m.bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
    return m;
}

static bool same_prefix(const struct ip_address *a, const struct ip_address *b, unsigned prefix)
{
    if (a->family != b->family)
        return false;
    for (unsigned i = 0; i < prefix; i++)
        if (bit(a, i) != bit(b, i))
            return false;
    return true;
}

int parse_network(const char *s, struct ip_network *ret, struct error *e)
{
    const char *slash = strchr(s, '/');
    char address[IP_TEXT_SIZE], own[NETWORK_TEXT_SIZE];
    struct ip_network n, right;
    uint64_t prefix = 0;

    if (!slash || (size_t)(slash - s) >= sizeof(address))
        goto bad;
    memcpy(address, s, (size_t)(slash - s));
    address[slash - s] = '\0';
    if (parse_ip(address, &n.address, NULL) < 0 ||
        parse_uint(slash + 1, bits_of(n.address.family), &prefix, NULL) < 0)
        goto bad;
    n.prefix = (unsigned)prefix;
    right = (struct ip_network){masked(&n.address, n.prefix), n.prefix};
    if (!ip_equal(&right.address, &n.address)) {
        format_network(&right, own);
        return error_set(e, -EINVAL, "\"%s\" is an address inside a network: write %s", s, own);
    }
    *ret = n;
    return 0;
bad:
    return error_set(e, -EINVAL, "\"%s\": expected a network such as 10.233.64.0/18", s);
}

void format_network(const struct ip_network *n, char ret[NETWORK_TEXT_SIZE])
{
    char address[IP_TEXT_SIZE];

    format_ip(&n->address, address);
    (void)snprintf(ret, NETWORK_TEXT_SIZE, "%s/%u", address, n->prefix % 1000); /* fits */
}

bool network_contains(const struct ip_network *n, const struct ip_address *a)
{
    return same_prefix(&n->address, a, n->prefix);
}

bool network_overlaps(const struct ip_network *a, const struct ip_network *b)
{
    return same_prefix(&a->address, &b->address, a->prefix < b->prefix ? a->prefix : b->prefix);
}

/* n's address with index written into the bits between n's prefix and the given one. A network's
 * own address has zeros there, so that setting bits is adding. */
static int numbered(const struct ip_network *n, unsigned prefix, uint64_t index,
                    struct ip_address *ret)
{
    struct ip_address a = n->address;
    unsigned room = prefix - n->prefix;

    if (room < 64 && index >> room)
        return -ERANGE;
    for (unsigned i = 0; i < room && i < 64; i++)
        if (index >> i & 1) {
            unsigned position = prefix - 1 - i;

            a.bytes[position / 8] |= (uint8_t)(0x80 >> position % 8);
        }
    *ret = a;
    return 0;
}

int network_subnet(const struct ip_network *n, unsigned prefix, uint64_t index,
                   struct ip_network *ret)
{
    struct ip_network subnet = {.prefix = prefix};

    if (prefix < n->prefix || prefix > bits_of(n->address.family) ||
        numbered(n, prefix, index, &subnet.address) < 0)
        return -ERANGE;
    *ret = subnet;
    return 0;
}

int network_host(const struct ip_network *n, uint64_t index, struct ip_address *ret)
{
    return numbered(n, bits_of(n->address.family), index, ret);
}

int parse_endpoint(const char *s, struct ip_address *ret_address, uint16_t *ret_port,
                   struct error *e)
{
    const char *colon = strrchr(s, ':'), *host = s;
    size_t len = colon ? (size_t)(colon - s) : 0;
    struct ip_address a = {.family = AF_INET};
    char address[IP_TEXT_SIZE];
    uint64_t port = 0;
    bool bracketed = len >= 2 && s[0] == '[' && s[len - 1] == ']';

    if (!colon)
        goto bad;
    if (bracketed) {
        host++;
        len -= 2;
    }
    if (len >= sizeof(address))
        goto bad;
    memcpy(address, host, len);
    address[len] = '\0';
    /* Brackets just for what needs them, so that one address has one spelling. */
    if (len > 0 && (parse_ip(address, &a, NULL) < 0 || bracketed != (a.family == AF_INET6)))
        goto bad;
    if ((bracketed && len == 0) || parse_uint(colon + 1, UINT16_MAX, &port, NULL) < 0)
        goto bad;
    *ret_address = a;
    *ret_port = (uint16_t)port;
    return 0;
bad:
    return error_set(e, -EINVAL,
                     "\"%s\": expected an address and a port such as 192.168.0.1:8080, "
                     "[fd00::1]:8080 or :8080",
                     s);
}
