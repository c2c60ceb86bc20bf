/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "common/file.h"
#include "common/parse.h"
#include "host.h"
#include "journal.h"
#include "network_files.h"
#include "nic.h"
#include "route.h"
#include "service.h"
#include "settings.h"

#define APPLY_MS 120000
#define ADDRESS_MS 90000 /* LACP takes its time, and DHCP behind it */
#define LOOK_MS 500
#define INTENT "host/network"

/* ---- which NIC ------------------------------------------------------------------------------- */

/* The interface by which the taskbox is reached; on the taskbox itself the one that has the host's
 * address. "" when there is none. */
static int find_way(struct context *c, char ret[INTERFACE_NAME_SIZE], struct error *e)
{
    struct ip_address address;
    uint16_t port;
    int r = parse_endpoint(c->settings->plain + strlen("http://"), &address, &port, e);

    if (r >= 0)
        r = interface_towards(&address, ret, e);
    if (r < 0 || strcmp(ret, "lo") != 0)
        return r;
    r = parse_ip(c->ip, &address, e);
    return r < 0 ? r : interface_of_address(&address, ret, e);
}

/* Ours on top of a NIC have its address. */
static int use_way(struct context *c, const char *way, const struct nics *nics, struct network *n,
                   struct error *e)
{
    const struct network_nic *nic = nics_find_name(nics, way);
    char path[128], mac[MAC_TEXT_SIZE];
    bool ours = strcmp(way, NETWORK_BOND) == 0 || strcmp(way, NETWORK_VLAN) == 0;
    _cleanup_free_ char *full = NULL, *text = NULL;
    size_t len;

    if (ours) {
        (void)snprintf(path, sizeof(path), "/sys/class/net/%s/address", way);
        full = context_path(c, path);
        if (!full)
            return error_oom(e);
        if (file_read(AT_FDCWD, full, 64, &text, &len, NULL) >= 0) {
            text[strcspn(text, "\n")] = '\0';
            nic = parse_mac(text, mac, NULL) < 0 ? NULL : nics_find_mac(nics, mac);
        }
    }
    if (ours && !nic)
        return error_set(e, -ENODEV, "which network card %s is on cannot be told", way);
    if (nic)
        n->nics[0] = *nic;
    else /* a bridge, or what else the image makes: only its name is its own */
        (void)snprintf(n->nics[0].name, sizeof(n->nics[0].name), "%s", way);
    n->n_nics = 1;
    return 0;
}

/* Without a way to the taskbox: the NIC that our files are for already, or the only one. */
static int use_any(struct context *c, const struct nics *nics, struct network *n, struct error *e)
{
    char all[512];

    n->n_nics = 1;
    for (size_t i = 0; i < nics->n; i++) {
        bool same;
        int r;

        n->nics[0] = nics->items[i];
        r = nics->n == 1 ? 0 : network_write(c->root, n, false, &same, NULL, NULL, e);
        if (r < 0 || nics->n == 1 || same)
            return r;
    }
    nics_describe(nics, all, sizeof(all));
    return error_set(e, -ENETUNREACH,
                     "no interface leads to the taskbox, so which of them the address is for "
                     "cannot be told: there are %s",
                     all);
}

/* Members go by their addresses; ifupdown wants the names that they have. */
static int name_members(struct context *c, const struct nics *nics, struct network *n, bool apply,
                        struct error *e)
{
    size_t found = 0;
    char all[512];

    nics_describe(nics, all, sizeof(all));
    for (size_t i = 0; i < n->n_nics; i++) {
        struct network_nic *member = &n->nics[i];
        const struct network_nic *nic =
            member->mac[0] ? nics_find_mac(nics, member->mac) : nics_find_name(nics, member->name);

        if (nic) {
            memcpy(member->name, nic->name, sizeof(member->name));
            found++;
        } else if (apply) {
            step_note(c, "no network card %s for the bond, ignoring it; there are %s",
                      member->mac[0] ? member->mac : member->name, all);
        }
    }
    if (!found)
        return error_set(e, -ENODEV,
                         "this machine has none of the network cards in seed_bond; it has %s", all);
    return 0;
}

static int find_nics(struct context *c, struct network *n, bool apply, struct error *e)
{
    char way[INTERFACE_NAME_SIZE];
    struct nics nics;
    int r = nics_read(c->root, &nics, e);

    if (r < 0)
        return r;
    if (n->bond)
        return name_members(c, &nics, n, apply, e);
    r = find_way(c, way, e);
    if (r < 0)
        return r;
    return way[0] && strcmp(way, "lo") != 0 ? use_way(c, way, &nics, n, e)
                                            : use_any(c, &nics, n, e);
}

/* ---- bringing it into force ------------------------------------------------------------------ */

/* Best effort: what this is to remove may not be there, and what counts is tried afterwards. */
static void try(struct context *c, const char *const *argv)
{
    if (step_run_program(c, argv, APPLY_MS, NULL, NULL) < 0)
        step_note(c, "%s %s failed, ignoring", argv[0], argv[1]);
}

static bool is_there(struct context *c, const char *device)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s", device);
    return host_has(c, path);
}

/* Devices of ours may be of another mode or VLAN than they are to be, which nobody changes on an
 * existing one. */
static void remove_devices(struct context *c)
{
    static const char *const devices[] = {NETWORK_VLAN, NETWORK_BOND};

    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        const char *const argv[] = {"ip", "link", "delete", "dev", devices[i], NULL};

        if (is_there(c, devices[i]))
            try(c, argv);
    }
}

/* What is to carry something loses the address that it had, and a member must be down to join. */
static void clear_nics(struct context *c, const struct network *n)
{
    for (size_t i = 0; (n->bond || n->vlan) && i < n->n_nics; i++) {
        const char *name = n->nics[i].name;
        const char *const flush[] = {"ip", "address", "flush", "dev", name, NULL};
        const char *const down[] = {"ip", "link", "set", "dev", name, "down", NULL};

        if (!name[0] || !is_there(c, name))
            continue;
        try(c, flush);
        if (n->bond)
            try(c, down);
    }
}

static int netplan_apply(struct context *c, const struct network *n, struct error *e)
{
    const char *const argv[] = {"netplan", "apply", NULL};

    (void)n;
    return step_run_program(c, argv, APPLY_MS, NULL, e);
}

static int networkd_apply(struct context *c, const struct network *n, struct error *e)
{
    (void)n;
    return service_restart(c, "systemd-networkd.service", APPLY_MS, e);
}

static int if_up(struct context *c, const char *device, struct error *e)
{
    const char *const argv[] = {"ifup", "--force", device, NULL};

    return step_run_program(c, argv, APPLY_MS, NULL, e);
}

static int ifupdown_apply(struct context *c, const struct network *n, struct error *e)
{
    int r;

    if (!n)
        return if_up(c, "--all", e);
    r = if_up(c, n->bond ? NETWORK_BOND : n->nics[0].name, e);
    if (r >= 0 && n->vlan)
        r = if_up(c, NETWORK_VLAN, e);
    return r;
}

/* By what was configured before, while that can be read: otherwise its DHCP client stays. */
static void ifupdown_down(struct context *c, const struct network *n)
{
    const char *devices[NETWORK_MEMBERS_MAX + 2] = {NETWORK_VLAN, NETWORK_BOND};
    size_t count = 2;

    for (size_t i = 0; n && i < n->n_nics; i++)
        devices[count++] = n->nics[i].name;
    for (size_t i = 0; i < count; i++) {
        const char *const argv[] = {"ifdown", "--force", devices[i], NULL};

        if (devices[i][0] && is_there(c, devices[i]))
            try(c, argv);
    }
}

static int (*const appliers[])(struct context *, const struct network *, struct error *) = {
    [NETWORK_NETPLAN] = netplan_apply,
    [NETWORK_IFUPDOWN] = ifupdown_apply,
    [NETWORK_NETWORKD] = networkd_apply,
};

static void note(const char *text, void *userdata)
{
    step_note(userdata, "%s", text);
}

/* By DHCP it may be another one than the inventory's, which is the authority. */
static int wait_for_address(struct context *c, struct error *e)
{
    char interface[INTERFACE_NAME_SIZE], have[256];
    struct ip_address address;
    int r = parse_ip(c->ip, &address, e);

    for (unsigned waited = 0; r >= 0; waited += LOOK_MS) {
        r = interface_of_address(&address, interface, e);
        if (r < 0 || interface[0])
            return r;
        if (waited >= ADDRESS_MS)
            break;
        step_progress(c, -1, "waiting for the address %s", c->ip);
        step_wait(c, LOOK_MS);
    }
    interfaces_describe(have, sizeof(have));
    return r < 0 ? r
                 : error_set(e, -EADDRNOTAVAIL,
                             "the network is set up, and %s is on no interface (%s): look at "
                             "seed_bond, seed_vlan, the switch's ports, and the DHCP reservation",
                             c->ip, have);
}

static int make_so(struct context *c, const struct network *n, struct error *e)
{
    struct network_image image;
    bool running = !c->root[0], same;
    int r = network_image_read(c->root, &image, e);

    if (r < 0)
        return r;
    if (running && image.backend == NETWORK_IFUPDOWN)
        ifupdown_down(c, n);
    r = network_write(c->root, n, true, &same, note, c, e);
    if (r < 0 || !running || image.backend == NETWORK_NOBODY)
        return r;
    remove_devices(c);
    if (n)
        clear_nics(c, n);
    r = appliers[image.backend](c, n, e);
    return r < 0 || !n ? r : wait_for_address(c, e);
}

int host_network(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    json_t *value = json_object_get(json_object_get(c->config, "system"), "network");
    bool own = json_is_object(value);
    struct network n;
    int r = own ? network_parse(value, &n, e) : 0;

    *ret_same = true;
    if (r >= 0 && own)
        r = find_nics(c, &n, apply, e);
    if (r < 0)
        return r;
    r = network_write(c->root, own ? &n : NULL, false, ret_same, NULL, NULL, e);
    if (r == -ENOTSUP)
        return step_refuse(c, r);
    if (r < 0)
        return r;
    /* Written, but not brought into force: a cut or a failure came between. */
    *ret_same = *ret_same && !journal_intent(c->journal, INTENT);
    if (*ret_same || !apply)
        return 0;
    r = journal_set_intent(c->journal, INTENT, json_true(), e);
    if (r >= 0)
        r = make_so(c, own ? &n : NULL, e);
    return r < 0 ? r : journal_remove_intent(c->journal, INTENT, e);
}
