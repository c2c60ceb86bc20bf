/* SPDX-License-Identifier: Apache-2.0 */
#include "host_names.h"

#include "common/parse.h"

/* Names that /etc/hosts has as it comes: Debian's and Ubuntu's, Fedora's, SUSE's, and what
 * systemd-resolved answers by itself (RFC 6761). */
static bool is_reserved(const char *name)
{
    static const char *const names[] = {
        "localhost",       "localhost4",      "localhost6",    "ip6-localhost",    "ip6-loopback",
        "ip6-localnet",    "ip6-mcastprefix", "ip6-allnodes",  "ip6-allrouters",   "ip6-allhosts",
        "ipv6-localhost",  "ipv6-loopback",   "ipv6-localnet", "ipv6-mcastprefix", "ipv6-allnodes",
        "ipv6-allrouters", "ipv6-allhosts",   "broadcasthost"};
    static const char *const ends[] = {".localhost", ".localdomain", ".localdomain4",
                                       ".localdomain6"};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    for (i = 0; i < ARRAY_SIZE(ends); i++)
        if (has_ending(name, ends[i]) && (i == 0 || strncmp(name, "localhost", 9) == 0))
            return true;
    return false;
}

void host_name_check(struct reader *r, const struct host *h)
{
    struct inventory_origin where = inventory_host_origin(r->inv, h->inventory_index);
    const char *name = h->pub.name;
    char scratch[VALUE_TEXT_SIZE];
    const char *other;

    if (!is_dns_name(name) || strlen(name) > 63)
        reader_refuse(
            r, where,
            "'%.100s' cannot be a node's name: small letters, digits, '-' and '.' only, at "
            "most 63, beginning and ending with a letter or digit",
            name);
    else if (is_reserved(name))
        reader_refuse(r, where,
                      "'%s' cannot be a node's name: on every machine it means that machine itself "
                      "(/etc/hosts): name the host otherwise, such as node1",
                      name);
    other =
        value_text(reader_host(r, h->inventory_index, VAR_KUBE_OVERRIDE_HOSTNAME, &where), scratch);
    if (other && strcmp(other, name) != 0)
        reader_refuse(
            r, where,
            "kube_override_hostname %.100s: nodes are called as in hosts.ini: rename the host "
            "%s there, or drop the variable",
            other, name);
}

void host_names_check_endpoint(struct reader *r)
{
    const struct plan *p = r->plan;
    const char *name = p->cluster.endpoint_name, *address = p->cluster.lb_address;
    struct inventory_origin where = reader_where(r, VAR_APISERVER_DOMAIN_NAME);
    size_t host = plan_find_host(p, name), i;

    if (is_reserved(name))
        reader_refuse(r, where,
                      "apiserver_loadbalancer_domain_name %s: on every machine it means that "
                      "machine itself (/etc/hosts): write a name of the API's own, such as %s",
                      name, variable(VAR_APISERVER_DOMAIN_NAME)->otherwise);
    for (i = 0; i < p->n_hosts && !address; i++)
        if (p->hosts[i].pub.init_master)
            address = p->hosts[i].pub.ip;
    if (host == SIZE_MAX || !address || !p->hosts[host].pub.ip ||
        strcmp(p->hosts[host].pub.ip, address) == 0)
        return;
    reader_refuse(r, where,
                  "apiserver_loadbalancer_domain_name %s is a host of hosts.ini with another "
                  "address, %s, than the API's, %s: write a name of the API's own, such as %s",
                  name, p->hosts[host].pub.ip, address,
                  variable(VAR_APISERVER_DOMAIN_NAME)->otherwise);
}
