/* SPDX-License-Identifier: Apache-2.0 */
#include "host_card.h"

#include <fcntl.h>

#include "common/file.h"
#include "common/parse.h"
#include "host.h"
#include "journal.h"
#include "nic.h"
#include "route.h"
#include "settings.h"

/* In the journal: {"mac": "52:…", "name": "eth0", "beside": ["52:…"]}. mac is "" for what goes by
 * its name alone; beside are the cards that were in use as well. */
#define CARD "host/card"
/* Of a bond: {"52:…": "eth0"}, what its members were called last. */
#define MEMBERS "host/members"

/* The first line of a file of a device's in sysfs; "" when it cannot be read. */
static void read_attribute(struct context *c, const char *device, const char *name, char *ret,
                           size_t size)
{
    _cleanup_free_ char *full = NULL;
    char path[128];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", device, name);
    full = context_path(c, path);
    if (!full || !file_read_line(AT_FDCWD, full, ret, size))
        ret[0] = '\0';
}

static bool is_there(struct context *c, const char *device)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s", device);
    return host_has(c, path);
}

/* "eth0 (52:54:00:00:00:0a)" */
#define CARD_TEXT_SIZE 48
static const char *card_text(const char *name, const char *mac, char ret[CARD_TEXT_SIZE])
{
    (void)snprintf(ret, CARD_TEXT_SIZE, "%s%s%s%s", name, mac[0] && name[0] ? " (" : "", mac,
                   mac[0] && name[0] ? ")" : "");
    return ret;
}

/* ---- what was chosen ------------------------------------------------------------------------- */

static const char *member(const json_t *card, const char *name)
{
    const char *text = json_string_value(json_object_get(card, name));

    return text ? text : "";
}

/* Two cards may have one address, as a virtual machine's and the physical function behind it. */
static const struct network_nic *find_card(const struct nics *nics, const char *mac,
                                           const char *name)
{
    const struct network_nic *nic = nics_find_name(nics, name);

    return nic && strcmp(nic->mac, mac) == 0 ? nic : nics_find_mac(nics, mac);
}

static void use_name(const char *name, struct network *n)
{
    n->nics[0].mac[0] = '\0';
    (void)snprintf(n->nics[0].name, sizeof(n->nics[0].name), "%s", name);
    n->n_nics = 1;
}

static void use_nic(const struct network_nic *nic, struct network *n)
{
    n->nics[0] = *nic;
    n->n_nics = 1;
}

/* False when it is gone from the machine. */
static bool use_remembered(struct context *c, const json_t *card, const struct nics *nics,
                           struct network *n)
{
    const char *mac = member(card, "mac"), *name = member(card, "name");
    const struct network_nic *nic = mac[0] ? find_card(nics, mac, name) : NULL;

    if (nic)
        use_nic(nic, n);
    else if (!mac[0] && name[0] && is_there(c, name))
        use_name(name, n);
    else
        return false;
    return true;
}

/* The installer wrote the files, or the journal was lost: they say which one it was, unless they
 * are a former bond's. Two cards of one address: any of them. */
static int use_written(struct context *c, const struct nics *nics, struct network *n,
                       bool *ret_found, struct error *e)
{
    const struct network_nic *which = NULL;

    *ret_found = false;
    for (size_t i = 0; i < nics->n; i++) {
        const struct network_nic *nic = &nics->items[i];
        bool named;
        int r = network_names_card(c->root, nic->mac, &named, e);

        if (r < 0)
            return r;
        if (!named || (which && strcmp(which->mac, nic->mac) == 0))
            continue;
        if (which)
            return 0;
        which = nic;
    }
    if (which)
        use_nic(which, n);
    *ret_found = which;
    return 0;
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* Of "http://HOST", "http://HOST:PORT" or "http://[ADDRESS]:PORT", as libcurl takes them. */
static void taskbox_host(const struct context *c, char *ret, size_t size)
{
    const char *host = c->settings->plain + strlen("http://");
    bool brackets = *host == '[';

    host += brackets;
    (void)snprintf(ret, size, "%.*s", (int)strcspn(host, brackets ? "]" : ":"), host);
}

/* The interface that has the host's address already, else the one by which the taskbox is reached.
 * "" when there is none, and -EHOSTUNREACH when the taskbox's name says nothing now. */
static int find_way(struct context *c, char ret[INTERFACE_NAME_SIZE], struct error *e)
{
    struct ip_address address;
    char host[256];
    int r = parse_ip(c->ip, &address, e);

    if (r >= 0)
        r = interface_of_address(&address, ret, e);
    if (r < 0 || (ret[0] && strcmp(ret, "lo") != 0))
        return r;
    taskbox_host(c, host, sizeof(host));
    r = interface_towards_host(host, ret, e);
    if (r >= 0 && strcmp(ret, "lo") == 0) /* this is the taskbox */
        ret[0] = '\0';
    return r;
}

/* The NIC that ours is on: it has its address. NULL when it cannot be told. */
static const struct network_nic *nic_below(struct context *c, const char *device,
                                           const struct nics *nics)
{
    char line[64], mac[MAC_TEXT_SIZE];

    read_attribute(c, device, "address", line, sizeof(line));
    return parse_mac(line, mac, NULL) < 0 ? NULL : nics_find_mac(nics, mac);
}

static int use_way(struct context *c, const char *way, const struct nics *nics, struct network *n,
                   struct error *e)
{
    bool ours = strcmp(way, NETWORK_BOND) == 0 || strcmp(way, NETWORK_VLAN) == 0;
    const struct network_nic *nic = ours ? nic_below(c, way, nics) : nics_find_name(nics, way);

    if (ours && !nic)
        return error_set(e, -ENODEV, "which network card %s is on cannot be told", way);
    if (nic)
        use_nic(nic, n);
    else /* a bridge, or what else the image makes: only its name is its own */
        use_name(way, n);
    return 0;
}

static int choose(struct context *c, const struct nics *nics, struct network *n, struct error *e)
{
    char way[INTERFACE_NAME_SIZE], all[512];
    struct error why = ERROR_INIT;
    int r = find_way(c, way, &why);

    if (r < 0 && r != -EHOSTUNREACH)
        return error_set(e, r, "%s", why.message);
    if (r >= 0 && way[0])
        return use_way(c, way, nics, n, e);
    if (nics->n == 1) {
        use_nic(&nics->items[0], n);
        return 0;
    }
    nics_describe(nics, all, sizeof(all));
    return error_set(e, -ENETUNREACH,
                     "no interface leads to the taskbox%s%s%s, so which of them the address is for "
                     "cannot be told: there are %s",
                     r < 0 ? " (" : "", r < 0 ? why.message : "", r < 0 ? ")" : "", all);
}

/* Was it in use while the chosen one was there? */
static bool was_beside(const json_t *card, const char *mac)
{
    return mac[0] && json_has_text(json_object_get(card, "beside"), mac);
}

static int replace(struct context *c, const json_t *card, const struct nics *nics,
                   struct network *n, bool apply, struct error *e)
{
    char gone[CARD_TEXT_SIZE], next[CARD_TEXT_SIZE];
    int r = choose(c, nics, n, e);

    (void)card_text(member(card, "name"), member(card, "mac"), gone);
    if (r < 0)
        return error_wrap(e, "the network card %s, which %s is for, is gone", gone, c->ip);
    (void)card_text(n->nics[0].name, n->nics[0].mac, next);
    if (was_beside(card, n->nics[0].mac))
        return error_set(e, -ENODEV,
                         "the network card %s, which %s is for, is gone, and %s had a network of "
                         "its own beside it: look at the card; a new one takes its place by itself",
                         gone, c->ip, next);
    if (apply)
        step_note(c, "the network card %s is gone, %s takes its place", gone, next);
    return 0;
}

/* What a member is called that is not there now: as it was when it was there last, so that a card
 * that dies is no reason to make the bond anew; and never nothing, which would be any card's name
 * to what looks for others' configuration of ours. */
static void name_absent(struct context *c, const struct nics *nics, size_t i, struct network_nic *m)
{
    const char *name = member(journal_intent(c->journal, MEMBERS), m->mac);

    if (name[0] && !nics_find_name(nics, name))
        (void)snprintf(m->name, sizeof(m->name), "%s", name);
    else
        (void)snprintf(m->name, sizeof(m->name), NETWORK_WIRE "%zu", i);
}

/* Members go by their addresses; ifupdown wants the names that they have. */
static int name_members(struct context *c, const struct nics *nics, struct network *n, bool apply,
                        struct error *e)
{
    size_t found = 0;
    char all[512];

    nics_describe(nics, all, sizeof(all));
    for (size_t i = 0; i < n->n_nics; i++) {
        struct network_nic *m = &n->nics[i];
        const struct network_nic *nic =
            m->mac[0] ? nics_find_mac(nics, m->mac) : nics_find_name(nics, m->name);

        if (nic) {
            memcpy(m->name, nic->name, sizeof(m->name));
            found++;
            continue;
        }
        if (apply)
            step_note(c, "no network card %s for the bond, ignoring it; there are %s",
                      m->mac[0] ? m->mac : m->name, all);
        if (m->mac[0])
            name_absent(c, nics, i, m);
    }
    if (!found)
        return error_set(e, -ENODEV,
                         "this machine has none of the network cards in seed_bond; it has %s", all);
    return 0;
}

int host_card_find(struct context *c, struct network *n, bool apply, struct error *e)
{
    const json_t *card = journal_intent(c->journal, CARD);
    struct nics nics;
    bool found;
    int r = nics_read(c->root, &nics, e);

    if (r < 0)
        return r;
    if (n->bond)
        return name_members(c, &nics, n, apply, e);
    if (card)
        return use_remembered(c, card, &nics, n) ? 0 : replace(c, card, &nics, n, apply, e);
    r = use_written(c, &nics, n, &found, e);
    return r < 0 || found ? r : choose(c, &nics, n, e);
}

/* ---- keeping it ------------------------------------------------------------------------------ */

/* Those that were in use once stay in the list: one of them may be without its cable now. */
static int list_beside(struct context *c, const json_t *old, const struct network_nic *chosen,
                       json_t *ret, struct error *e)
{
    bool same = old && strcmp(member(old, "mac"), chosen->mac) == 0;
    struct nics nics;
    int r = nics_read(c->root, &nics, e);

    for (size_t i = 0; r >= 0 && i < nics.n; i++) {
        const char *mac = nics.items[i].mac;
        char state[16];

        read_attribute(c, nics.items[i].name, "operstate", state, sizeof(state));
        if (strcmp(mac, chosen->mac) == 0 ||
            (strcmp(state, "up") != 0 && !(same && was_beside(old, mac))))
            continue;
        if (json_array_append_new(ret, json_string(mac)) < 0)
            r = error_oom(e);
    }
    return r;
}

/* NULL without memory. */
static json_t *describe_members(const struct network *n)
{
    json_t *names = json_object();
    int r = names ? 0 : -1;

    for (size_t i = 0; i < n->n_nics && r == 0; i++)
        if (n->nics[i].mac[0])
            r = json_object_set_new(names, n->nics[i].mac, json_string(n->nics[i].name));
    if (r == 0)
        return names;
    json_decref(names);
    return NULL;
}

static int describe_card(struct context *c, const struct network *n, json_t **ret, struct error *e)
{
    json_t *beside = json_array();

    *ret = json_pack("{s:s, s:s, s:o}", "mac", n->nics[0].mac, "name", n->nics[0].name, "beside",
                     beside);
    if (!*ret)
        return error_oom(e);
    /* What goes by its name alone may be on any of them. */
    return n->nics[0].mac[0]
               ? list_beside(c, journal_intent(c->journal, CARD), &n->nics[0], beside, e)
               : 0;
}

/* value is NULL where nothing is to be kept. */
static int keep(struct context *c, const char *key, json_t *value, struct error *e)
{
    if (!value)
        return journal_remove_intent(c->journal, key, e);
    return json_equal(journal_intent(c->journal, key), value)
               ? 0
               : journal_set_intent(c->journal, key, value, e);
}

int host_card_remember(struct context *c, const struct network *n, struct error *e)
{
    _cleanup_json_ json_t *card = NULL, *members = n && n->bond ? describe_members(n) : NULL;
    int r = 0;

    if (n && n->bond && !members)
        return error_oom(e);
    if (n && !n->bond)
        r = describe_card(c, n, &card, e);
    if (r >= 0)
        r = keep(c, CARD, card, e);
    return r < 0 ? r : keep(c, MEMBERS, members, e);
}

/* ---- its cable ------------------------------------------------------------------------------- */

void host_card_describe_link(struct context *c, const struct network *n, char *ret, size_t size)
{
    char text[CARD_TEXT_SIZE], carrier[8], all[NETWORK_MEMBERS_MAX * CARD_TEXT_SIZE] = "";
    size_t count = 0, len = 0;

    ret[0] = '\0';
    for (size_t i = 0; i < n->n_nics; i++) {
        if (!n->nics[i].name[0] || !is_there(c, n->nics[i].name))
            continue;
        /* EINVAL while the card is down, which says nothing of its cable. */
        read_attribute(c, n->nics[i].name, "carrier", carrier, sizeof(carrier));
        if (strcmp(carrier, "0") != 0)
            return;
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", count ? ", " : "",
                                card_text(n->nics[i].name, n->nics[i].mac, text));
        count++;
    }
    if (count)
        (void)snprintf(ret, size,
                       count > 1 ? "%s have no carrier: look at their cables"
                                 : "%s has no carrier: look at its cable",
                       all);
}
