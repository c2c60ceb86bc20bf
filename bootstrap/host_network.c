/* SPDX-License-Identifier: Apache-2.0 */
#include "common/parse.h"
#include "host.h"
#include "host_card.h"
#include "journal.h"
#include "network_files.h"
#include "report.h"
#include "route.h"
#include "service.h"

#define APPLY_MS 120000
#define ADDRESS_MS 90000 /* LACP takes its time, and DHCP behind it */
#define LOOK_MS 500
#define INTENT "host/network"

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

static int find_address(struct context *c, bool *ret, struct error *e)
{
    char interface[INTERFACE_NAME_SIZE] = "";
    struct ip_address address;
    int r = parse_ip(c->ip, &address, e);

    if (r >= 0)
        r = interface_of_address(&address, interface, e);
    *ret = r >= 0 && interface[0];
    return r;
}

/* By DHCP it may be another one than the inventory's, which is the authority. */
static int wait_for_address(struct context *c, const struct network *n, struct error *e)
{
    char have[256], link[512];
    bool there;

    for (unsigned waited = 0;; waited += LOOK_MS) {
        int r = find_address(c, &there, e);

        if (r < 0 || there)
            return r;
        host_card_describe_link(c, n, link, sizeof(link));
        if (waited >= ADDRESS_MS)
            break;
        if (link[0]) /* somebody's turn, not ours */
            reporter_set(c->reporter, c->step, REPORT_WAITING, -1, link);
        else
            step_progress(c, -1, "waiting for the address %s", c->ip);
        step_wait(c, LOOK_MS);
    }
    if (link[0])
        return error_set(e, -ENETDOWN, "%s is on no interface: %s", c->ip, link);
    interfaces_describe(have, sizeof(have));
    return error_set(e, -EADDRNOTAVAIL,
                     "the network is set up, and %s is on no interface (%s): look at seed_bond, "
                     "seed_vlan, the switch's ports, and the DHCP reservation",
                     c->ip, have);
}

static int make_so(struct context *c, const struct network *n, struct error *e)
{
    struct network_image image;
    enum network_change change;
    bool running = !c->root[0];
    int r = network_image_read(c->root, &image, e);

    if (r < 0)
        return r;
    if (running && image.backend == NETWORK_IFUPDOWN)
        ifupdown_down(c, n);
    r = network_write(c->root, n, true, &change, note, c, e);
    if (r < 0 || !running || image.backend == NETWORK_NOBODY)
        return r;
    remove_devices(c);
    if (n)
        clear_nics(c, n);
    return appliers[image.backend](c, n, e);
}

/* Writes what differs and brings it into force, or does again what a cut or a failure ended. */
static int apply_network(struct context *c, const struct network *n, enum network_change change,
                         struct error *e)
{
    int r = host_card_remember(c, n, e);

    if (r < 0)
        return r;
    if (change != NETWORK_DIFFERS && !journal_intent(c->journal, INTENT))
        return network_write(c->root, n, true, &change, note, c, e);
    r = journal_set_intent(c->journal, INTENT, json_true(), e);
    if (r >= 0)
        r = make_so(c, n, e);
    return r < 0 ? r : journal_remove_intent(c->journal, INTENT, e);
}

int host_network(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    json_t *value = json_object_get(json_object_get(c->config, "system"), "network");
    bool own = json_is_object(value), there = true;
    struct network network = {.primary = -1}, *n = own ? &network : NULL;
    enum network_change change = NETWORK_SAME;
    int r = own ? network_parse(value, n, e) : 0;

    if (r >= 0 && own)
        r = host_card_find(c, n, apply, e);
    if (r >= 0)
        r = network_write(c->root, n, false, &change, NULL, NULL, e);
    if (r == -ENOTSUP)
        return step_refuse(c, r);
    if (r >= 0 && apply)
        r = apply_network(c, n, change, e);
    if (r < 0)
        return r;
    *ret_same = change == NETWORK_SAME && !journal_intent(c->journal, INTENT);
    /* The tree of another machine has none. */
    if (!own || c->root[0])
        return 0;
    /* In force, or on its way: a switch may be slow and a cable out, which files do not change. */
    if (apply)
        return wait_for_address(c, n, e);
    r = find_address(c, &there, e);
    *ret_same = *ret_same && there;
    return r;
}
