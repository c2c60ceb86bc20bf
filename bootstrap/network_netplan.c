/* SPDX-License-Identifier: Apache-2.0 */
#include "network_files.h"

/* netplan(5), version 2 of its format, as JSON, which is YAML. It becomes files for
 * systemd-networkd (10-netplan-ID.network in /run), where network_networkd.c's remark on the order
 * of files holds as well: "wire0" comes after the devices that are on it. */
#define FILE_PATH "/etc/netplan/99-nodeseed.yaml"

static void wire(const struct network *n, size_t i, char ret[INTERFACE_NAME_SIZE])
{
    /* With a match the key is only a key; without, it is the interface's name. */
    if (n->nics[i].mac[0])
        (void)snprintf(ret, INTERFACE_NAME_SIZE, NETWORK_WIRE "%zu", i);
    else
        (void)snprintf(ret, INTERFACE_NAME_SIZE, "%s", n->nics[i].name);
}

static int add_default_route(const struct network *n, const struct network_image *image,
                             json_t *device)
{
    if (!n->gateway[0])
        return 0;
    /* 16.04's knows no other form, and later ones complain about it. */
    if (!image->netplan_routes)
        return json_object_set_new(device, "gateway4", json_string(n->gateway));
    return json_object_set_new(device, "routes",
                               json_pack("[{s:s, s:s}]", "to", "0.0.0.0/0", "via", n->gateway));
}

static int add_name_servers(const struct network *n, json_t *device)
{
    json_t *servers = json_array();
    int r = 0;

    for (size_t i = 0; i < n->n_dns; i++)
        r |= json_array_append_new(servers, json_string(n->dns[i]));
    if (r < 0 || !n->n_dns) {
        json_decref(servers);
        return r;
    }
    return json_object_set_new(device, "nameservers", json_pack("{s:o}", "addresses", servers));
}

/* The address on top; below it only what a device needs to be there. */
static int fill_in(const struct network *n, const struct network_image *image, bool top,
                   json_t *device)
{
    int r = 0;

    if (n->mtu)
        r |= json_object_set_new(device, "mtu", json_integer(n->mtu));
    r |= json_object_set_new(device, "dhcp4", json_boolean(top && n->dhcp));
    if (!top)
        return r;
    if (n->dhcp)
        return image->netplan_routes
                   ? r | json_object_set_new(device, "dhcp-identifier", json_string("mac"))
                   : r;
    r |= json_object_set_new(device, "addresses", json_pack("[s]", n->address));
    r |= add_default_route(n, image, device);
    return r | add_name_servers(n, device);
}

static json_t *make_wires(const struct network *n, const struct network_image *image)
{
    bool top = !n->bond && !n->vlan;
    json_t *all = json_object();
    char id[INTERFACE_NAME_SIZE];
    int r = 0;

    for (size_t i = 0; i < n->n_nics && r == 0; i++) {
        json_t *device = json_object();

        if (n->nics[i].mac[0])
            r |= json_object_set_new(device, "match",
                                     json_pack("{s:s}", "macaddress", n->nics[i].mac));
        r |= fill_in(n, image, top, device);
        /* A member's cable may be out when the machine starts. */
        if (n->bond && image->netplan_routes)
            r |= json_object_set_new(device, "optional", json_true());
        wire(n, i, id);
        r |= json_object_set_new(all, id, device);
    }
    if (r < 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

static json_t *make_bond(const struct network *n, const struct network_image *image)
{
    json_t *device = json_object(), *members = json_array();
    json_t *parameters = json_pack("{s:s, s:i}", "mode", bond_mode_name(n->bond),
                                   "mii-monitor-interval", (int)n->miimon);
    char id[INTERFACE_NAME_SIZE];
    int r = 0;

    for (size_t i = 0; i < n->n_nics; i++) {
        wire(n, i, id);
        r |= json_array_append_new(members, json_string(id));
    }
    if (n->bond == BOND_802_3AD)
        r |= json_object_set_new(parameters, "lacp-rate",
                                 json_string(n->lacp_fast ? "fast" : "slow"));
    if (n->primary >= 0 && image->netplan_routes) {
        wire(n, (size_t)n->primary, id);
        r |= json_object_set_new(parameters, "primary", json_string(id));
    }
    if (n->nics[0].mac[0])
        r |= json_object_set_new(device, "macaddress", json_string(n->nics[0].mac));
    r |= fill_in(n, image, !n->vlan, device);
    r |= json_object_set_new(device, "interfaces", members);
    r |= json_object_set_new(device, "parameters", parameters);
    if (r < 0) {
        json_decref(device);
        return NULL;
    }
    return json_pack("{s:o}", NETWORK_BOND, device);
}

static json_t *make_vlan(const struct network *n, const struct network_image *image)
{
    char id[INTERFACE_NAME_SIZE] = NETWORK_BOND;
    json_t *device = json_object();
    int r;

    if (!n->bond)
        wire(n, 0, id);
    r = fill_in(n, image, true, device);
    r |= json_object_set_new(device, "id", json_integer(n->vlan));
    r |= json_object_set_new(device, "link", json_string(id));
    if (r < 0) {
        json_decref(device);
        return NULL;
    }
    return json_pack("{s:o}", NETWORK_VLAN, device);
}

int network_netplan(const struct network *n, const struct network_image *image,
                    struct network_files *ret, struct error *e)
{
    _cleanup_json_ json_t *document = NULL;
    json_t *network = json_pack("{s:i, s:o}", "version", 2, "ethernets", make_wires(n, image));
    int r = network ? 0 : -1;

    if (r == 0 && n->bond)
        r = json_object_set_new(network, "bonds", make_bond(n, image));
    if (r == 0 && n->vlan)
        r = json_object_set_new(network, "vlans", make_vlan(n, image));
    document = json_pack("{s:o}", "network", network);
    if (r < 0 || !document)
        return error_oom(e);
    return json_print_pretty(document, network_files_add(ret, 0600, FILE_PATH), e);
}
