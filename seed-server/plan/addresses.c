/* SPDX-License-Identifier: Apache-2.0 */
#include "addresses.h"

#include <netinet/in.h>

#include "types.h"

/* The variable whose network has this address, or NULL. */
static const char *network_of(const struct cluster *c, const struct ip_address *a)
{
    if (network_contains(&c->pods, a))
        return variable(VAR_KUBE_PODS_SUBNET)->name;
    return network_contains(&c->services, a) ? variable(VAR_KUBE_SERVICE_ADDRESSES)->name : NULL;
}

/* The network that an address of that prefix is in. */
static struct ip_network network_around(const struct ip_address *a, unsigned prefix)
{
    struct ip_network n = {*a, prefix};
    unsigned i, bits;

    for (i = 0; i < 4; i++) {
        bits = prefix > 8 * i ? prefix - 8 * i : 0;
        n.address.bytes[i] &= (uint8_t)(bits >= 8 ? 0xff : 0xff00u >> bits);
    }
    return n;
}

/* "network" or "broadcast" where it is no host's but that of the network itself. A /31 and a /32
 * have neither (RFC 3021). */
static const char *end_of(const struct ip_network *n, const struct ip_address *a)
{
    struct ip_address last;

    if (n->prefix > 30)
        return NULL;
    if (ip_equal(&n->address, a))
        return "network";
    if (network_host(n, ((uint64_t)1 << (32 - n->prefix)) - 1, &last) == 0 && ip_equal(&last, a))
        return "broadcast";
    return NULL;
}

/* A gateway's origin is looked up when there is something to say. */
static struct inventory_origin origin_of(struct reader *r, const struct host *h,
                                         enum variable_id id, struct inventory_origin otherwise)
{
    struct inventory_origin where;

    return reader_host(r, h->inventory_index, id, &where) ? where : otherwise;
}

static void check_gateway(struct reader *r, const struct host *h, const char *text,
                          enum variable_id id, struct inventory_origin where)
{
    const char *name = variable(id)->name, *network;
    struct ip_address a;

    if (!text || parse_ip(text, &a, NULL) < 0)
        return;
    network = network_of(&r->plan->cluster, &a);
    if (network)
        reader_refuse(r, origin_of(r, h, id, where),
                      "%s: %s %s lies in %s: choose networks for pods and services elsewhere",
                      h->pub.name, name, text, network);
    /* The taskbox may be the network's router: nothing goes through the gateway there, unless its
     * address is set (seed_prefix) or pods' packets are routed. */
    if (strcmp(text, h->pub.ip) == 0 &&
        (h->pub.boot != BOOT_LOCAL || h->prefix || r->plan->cluster.is_bridge))
        reader_refuse(r, where, "%s: %s %s is the host's own ip: write the router's address",
                      h->pub.name, name, text);
}

/* With seed_prefix the host's network is known. */
static void check_prefix(struct reader *r, const struct host *h, const struct ip_address *ip,
                         struct inventory_origin where)
{
    struct ip_network net = network_around(ip, h->prefix);
    const char *end = end_of(&net, ip);
    struct ip_address a;

    if (end)
        reader_refuse(r, where,
                      "%s: ip %s is the %s address of its own network, with seed_prefix %u: write "
                      "a host's",
                      h->pub.name, h->pub.ip, end, h->prefix);
    if (!h->gateway || parse_ip(h->gateway, &a, NULL) < 0)
        return;
    where = origin_of(r, h, VAR_SEED_GATEWAY, where);
    end = end_of(&net, &a);
    if (!network_contains(&net, &a))
        reader_refuse(r, where, "%s: seed_gateway %s is not in the network of ip %s/%u",
                      h->pub.name, h->gateway, h->pub.ip, h->prefix);
    else if (end)
        reader_refuse(r, where,
                      "%s: seed_gateway %s is the %s address of the network of ip %s/%u: write "
                      "the router's",
                      h->pub.name, h->gateway, end, h->pub.ip, h->prefix);
}

void addresses_check_host(struct reader *r, const struct host *h, struct inventory_origin where)
{
    struct ip_address a;
    const char *network;

    if (!h->pub.ip || parse_ip(h->pub.ip, &a, NULL) < 0)
        return;
    network = network_of(&r->plan->cluster, &a);
    if (address_fault(&a)) /* not by ip=, whose type says so, but by ansible_host= or the taskbox */
        reader_refuse(
            r, where,
            "%s: its address %s is %s, which other machines cannot reach: write ip=ADDRESS "
            "on its line",
            h->pub.name, h->pub.ip, address_fault(&a));
    else if (network)
        reader_refuse(r, where,
                      "%s: ip %s lies in %s: choose networks for pods and services elsewhere",
                      h->pub.name, h->pub.ip, network);
    if (h->prefix)
        check_prefix(r, h, &a, where);
    check_gateway(r, h, h->gateway, VAR_SEED_GATEWAY, where);
    if (h->pod_gateway && h->pod_gateway != h->gateway)
        check_gateway(r, h, h->pod_gateway, VAR_SEED_POD_GATEWAY, where);
    if (h->access_ip && h->gateway && strcmp(h->access_ip, h->gateway) == 0)
        reader_refuse(r, origin_of(r, h, VAR_ACCESS_IP, where),
                      "%s: access_ip %s is its seed_gateway: write an address of the host's own",
                      h->pub.name, h->access_ip);
}

void addresses_check_loadbalancer(struct reader *r)
{
    const struct cluster *c = &r->plan->cluster;
    struct inventory_origin where = reader_where(r, VAR_LOADBALANCER_APISERVER);
    const struct role_list *masters = role_hosts(r->plan, ROLE_MASTER);
    const char *network;
    struct ip_address a;
    size_t i;

    if (!c->lb_address || parse_ip(c->lb_address, &a, NULL) < 0)
        return;
    network = network_of(c, &a);
    if (network)
        reader_refuse(r, where,
                      "loadbalancer_apiserver: address %s lies in %s, where no machine is: write "
                      "the load balancer's own",
                      c->lb_address, network);
    for (i = 0; i < r->plan->n_hosts; i++) {
        const struct plan_host *h = &r->plan->hosts[i].pub;

        if (!h->ip || strcmp(h->ip, c->lb_address) != 0)
            continue;
        if (!(h->roles & ROLE_MASTER))
            reader_refuse(r, where,
                          "loadbalancer_apiserver: address %s is %s's, which is no master: write "
                          "the load balancer's own",
                          c->lb_address, h->name);
        else if (masters->n == 1 && c->lb_port != c->api_port)
            reader_refuse(r, where,
                          "loadbalancer_apiserver: address %s is the only master's, %s's, whose "
                          "API server has port %u: write port: %u, or drop the variable",
                          c->lb_address, h->name, c->api_port, c->api_port);
    }
}
