/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>

#include "common/parse.h"
#include "types.h"

/* The IANA's special-purpose addresses (RFC 6890) that are never one machine's on a network. */
const char *address_fault(const struct ip_address *a)
{
    if (a->family != AF_INET)
        return "no IPv4 address";
    if (a->bytes[0] == 0)
        return "an address of no host";
    if (a->bytes[0] == 127)
        return "a loopback address";
    if (a->bytes[0] >= 224 && a->bytes[0] < 240)
        return "a multicast address";
    return a->bytes[0] >= 240 ? "a reserved or broadcast address" : NULL;
}

static int check_ip(const char *text, struct ip_address *ret, struct error *e)
{
    if (parse_ip(text, ret, NULL) < 0 || ret->family != AF_INET)
        return error_set(e, -EINVAL, "expected an IPv4 address such as 192.168.0.10");
    return 0;
}

int type_ip(const struct variable *v, const char *text, struct error *e)
{
    struct ip_address a;
    int r = check_ip(text, &a, e);

    (void)v;
    if (r == 0 && address_fault(&a))
        return error_set(e, -EINVAL, "expected the address of one machine, such as 192.168.0.10");
    return r;
}

/* Of a name server, which may be the machine itself. */
static int check_server(const struct variable *v, const char *text, struct error *e)
{
    struct ip_address a;
    int r = check_ip(text, &a, e);

    (void)v;
    if (r == 0 && a.bytes[0] != 127 && address_fault(&a))
        return error_set(e, -EINVAL, "%.40s is %s: expected a name server's such as 192.168.0.1",
                         text, address_fault(&a));
    return r;
}

int type_network(const struct variable *v, const char *text, struct error *e)
{
    struct ip_network n;

    (void)v;
    if (parse_network(text, &n, NULL) < 0 || n.address.family != AF_INET)
        return error_set(e, -EINVAL,
                         "expected an IPv4 network such as 10.233.64.0/18, without host bits");
    return 0;
}

int type_url(const struct variable *v, const char *text, struct error *e)
{
    const char *c = text, *bad;

    (void)v;
    for (bad = text; *bad; bad++) /* RFC 3986: printable ASCII without these */
        if ((unsigned char)*bad <= ' ' || (unsigned char)*bad >= 0x7f ||
            strchr("\"'\\<>^`{|}", *bad))
            break;
    if (strncmp(c, "http://", 7) == 0)
        c += 7;
    else if (strncmp(c, "https://", 8) == 0)
        c += 8;
    else
        c = "";
    if (*bad || !*c || *c == '/')
        return error_set(e, -EINVAL, "expected a URL such as http://192.168.0.4:8080");
    return 0;
}

int type_ips(const struct variable *v, const json_t *value, struct error *e)
{
    return type_items(v, value, check_server, e);
}

int type_address(const struct variable *v, const char *text, struct error *e)
{
    struct ip_address a;

    (void)v;
    if (parse_ip(text, &a, NULL) < 0 && !is_dns_name(text))
        return error_set(e, -EINVAL, "expected addresses or DNS names");
    return 0;
}

int type_addresses(const struct variable *v, const json_t *value, struct error *e)
{
    return type_items(v, value, type_address, e);
}

int type_endpoint(const struct variable *v, const char *text, struct error *e)
{
    const char *colon = strrchr(text, ':');
    char host[256];
    uint64_t port;

    if (colon && (size_t)(colon - text) < sizeof(host)) {
        memcpy(host, text, (size_t)(colon - text));
        host[colon - text] = '\0';
        if (parse_uint(colon + 1, 65535, &port, NULL) == 0 && port > 0 &&
            type_address(v, host, NULL) == 0)
            return 0;
    }
    return error_set(e, -EINVAL, "expected ADDRESS:PORT such as 172.24.0.1:6789");
}

int type_endpoints(const struct variable *v, const json_t *value, struct error *e)
{
    return type_items(v, value, type_endpoint, e);
}

int type_loadbalancer(const struct variable *v, const json_t *value, struct error *e)
{
    static const char *const known[] = {"address", "port"};
    char scratch[VALUE_TEXT_SIZE];
    const char *address, *port, *key, *near;
    const json_t *member;
    uint64_t n;

    json_object_foreach((json_t *)value, key, member)
    {
        if (strcmp(key, known[0]) == 0 || strcmp(key, known[1]) == 0)
            continue;
        near = nearest_name(key, known, ARRAY_SIZE(known));
        return error_set(e, -EINVAL, "unknown member '%.40s': %s%s%s", key,
                         near ? "did you mean " : "address and port are known", near ? near : "",
                         near ? "?" : "");
    }
    address = value_text(json_object_get(value, "address"), scratch);
    if (!address)
        return error_set(e, -EINVAL, "expected {address: IPv4 address, port: number}");
    if (type_ip(v, address, NULL) < 0)
        return error_set(e, -EINVAL,
                         "expected {address: IPv4 address, port: number}, the address of one "
                         "machine or load balancer, not '%.60s'",
                         address);
    port = value_text(json_object_get(value, "port"), scratch);
    if (json_object_get(value, "port") &&
        (!port || parse_uint(port, 65535, &n, NULL) < 0 || n == 0))
        return error_set(e, -EINVAL, "expected a port from 1 to 65535");
    return 0;
}
