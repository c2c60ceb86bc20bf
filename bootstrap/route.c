/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/route.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "common/file.h"

_Static_assert(INTERFACE_NAME_SIZE == IF_NAMESIZE, "interface names are that long");

static in_addr_t mask_of(unsigned prefix)
{
    return prefix ? htonl(UINT32_MAX << (32 - prefix)) : 0;
}

static in_addr_t v4(const struct ip_address *a)
{
    in_addr_t bits;

    memcpy(&bits, a->bytes, sizeof(bits));
    return bits;
}

static int check_v4(const struct ip_network *to, const struct ip_address *via, struct error *e)
{
    if (to->address.family != AF_INET || via->family != AF_INET || to->prefix > 32)
        return error_set(e, -EAFNOSUPPORT, "only IPv4 routes are supported");
    return 0;
}

/* Each line has destination, gateway and mask as the kernel prints them: the
 * four bytes as they lie in memory, read as one hexadecimal number. */
static int find_route(const struct ip_network *to, in_addr_t *ret_gateway, bool *ret_found,
                      struct error *e)
{
    char line[256];
    FILE *f = fopen("/proc/net/route", "re");
    unsigned destination, gateway, mask;

    *ret_found = false;
    if (!f)
        return error_set_errno(e, -errno, "/proc/net/route");
    while (!*ret_found && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%*s %x %x %*s %*s %*s %*s %x", &destination, &gateway, &mask) != 3)
            continue; /* the header */
        *ret_found = destination == v4(&to->address) && mask == mask_of(to->prefix);
        *ret_gateway = gateway;
    }
    (void)fclose(f); /* was only read */
    return 0;
}

int route_exists(const struct ip_network *to, const struct ip_address *via, bool *ret,
                 struct error *e)
{
    in_addr_t gateway = 0;
    bool found;
    int r = check_v4(to, via, e);

    if (r >= 0)
        r = find_route(to, &gateway, &found, e);
    if (r < 0)
        return r;
    *ret = found && gateway == v4(via);
    return 0;
}

static struct sockaddr socket_address(in_addr_t bits)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = bits};
    struct sockaddr any;

    memcpy(&any, &in, sizeof(any));
    return any;
}

static int change_route(unsigned long request, const struct ip_network *to, in_addr_t gateway)
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct rtentry entry = {
        .rt_dst = socket_address(v4(&to->address)),
        .rt_gateway = socket_address(gateway),
        .rt_genmask = socket_address(mask_of(to->prefix)),
        .rt_flags = RTF_UP | RTF_GATEWAY,
    };

    /* musl's request is an int. */
    if (fd < 0 || ioctl(fd, (__typeof__(SIOCADDRT))request, &entry) < 0)
        return -errno;
    return 0;
}

int route_add(const struct ip_network *to, const struct ip_address *via, struct error *e)
{
    char network[NETWORK_TEXT_SIZE], address[IP_TEXT_SIZE];
    in_addr_t gateway = 0;
    bool found;
    int r = check_v4(to, via, e);

    if (r >= 0)
        r = find_route(to, &gateway, &found, e);
    if (r < 0)
        return r;
    if (found && gateway == v4(via))
        return 0;
    if (found)
        (void)change_route(SIOCDELRT, to, gateway); /* the next call says what is wrong */
    r = change_route(SIOCADDRT, to, v4(via));
    if (r == 0 || r == -EEXIST)
        return 0;
    format_network(to, network);
    format_ip(via, address);
    return error_set_errno(e, r, "route to %s by %s", network, address);
}

static bool read_address(const struct sockaddr *from, struct ip_address *ret)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    *ret = (struct ip_address){0};
    if (!from)
        return false;
    ret->family = from->sa_family;
    if (from->sa_family == AF_INET) {
        memcpy(&in, from, sizeof(in));
        memcpy(ret->bytes, &in.sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        memcpy(&in6, from, sizeof(in6));
        memcpy(ret->bytes, &in6.sin6_addr, 16);
    } else {
        return false;
    }
    return true;
}

int interface_of_address(const struct ip_address *address, char ret[INTERFACE_NAME_SIZE],
                         struct error *e)
{
    struct ifaddrs *list;

    ret[0] = '\0';
    if (getifaddrs(&list) < 0)
        return error_set_errno(e, -errno, "listing interfaces");
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        struct ip_address have;

        if (read_address(i->ifa_addr, &have) && ip_equal(&have, address))
            (void)snprintf(ret, INTERFACE_NAME_SIZE, "%s", i->ifa_name);
    }
    freeifaddrs(list);
    return 0;
}

int interface_towards(const struct ip_address *address, char ret[INTERFACE_NAME_SIZE],
                      struct error *e)
{
    _cleanup_close_ int fd = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    bool is_v4 = address->family == AF_INET;
    struct sockaddr_storage own;
    socklen_t len = sizeof(own);
    struct ip_address source;

    ret[0] = '\0';
    if (fd < 0)
        return error_set_errno(e, -errno, "socket");
    memcpy(&in.sin_addr, address->bytes, 4);
    memcpy(&in6.sin6_addr, address->bytes, 16);
    /* Sends nothing: connecting a datagram socket makes the kernel choose the way. */
    if (connect(fd, is_v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
                is_v4 ? sizeof(in) : sizeof(in6)) < 0)
        return 0;
    if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
        return error_set_errno(e, -errno, "getsockname");
    if (!read_address((struct sockaddr *)&own, &source))
        return 0;
    return interface_of_address(&source, ret, e);
}

int interface_towards_host(const char *host, char ret[INTERFACE_NAME_SIZE], struct error *e)
{
    /* One kind of socket: otherwise each address comes once for each. */
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list;
    int code = getaddrinfo(host, NULL, &hints, &list), r = 0;

    ret[0] = '\0';
    if (code == EAI_MEMORY)
        return error_oom(e);
    if (code != 0)
        return error_set(e, -EHOSTUNREACH, "\"%s\": %s", host, gai_strerror(code));
    for (struct addrinfo *i = list; i && r >= 0 && !ret[0]; i = i->ai_next) {
        struct ip_address address;

        if (read_address(i->ai_addr, &address))
            r = interface_towards(&address, ret, e);
    }
    freeaddrinfo(list);
    return r;
}

void interfaces_describe(char *ret, size_t size)
{
    struct ifaddrs *list;
    size_t len = 0;

    ret[0] = '\0';
    if (getifaddrs(&list) < 0)
        return;
    for (struct ifaddrs *i = list; i && len < size; i = i->ifa_next) {
        char text[IP_TEXT_SIZE];
        struct ip_address have;

        if (!read_address(i->ifa_addr, &have) || (i->ifa_flags & IFF_LOOPBACK))
            continue;
        format_ip(&have, text);
        len +=
            (size_t)snprintf(ret + len, size - len, "%s%s %s", len ? ", " : "", i->ifa_name, text);
    }
    freeifaddrs(list);
    if (!ret[0])
        (void)snprintf(ret, size, "no interface has an address");
}
