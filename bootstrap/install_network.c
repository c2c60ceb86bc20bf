/* SPDX-License-Identifier: Apache-2.0 */
#include "install_network.h"

#include <fcntl.h>

#include "common/clock.h"
#include "common/file.h"
#include "install.h"
#include "network.h"
#include "seed_client.h"
#include "settings.h"

#define IP_MS 20000
#define LINK_POLL_MS 250
#define DHCP_MS 90000
#define TASKBOX_TRIES 4
#define TASKBOX_TIMEOUT_MS 8000
#define LEASE_MAX 4096

/* What is being brought up. */
struct bringing {
    struct context *c;
    const struct install_cmdline *cmdline;
    const struct install_nic *nics;
    size_t chosen[INSTALL_BOND_MAX], n_chosen;
    const char *base, *top; /* devices: card or bond, and what has the address */
};

/* ip(8) with these words. */
#define ip(c, e, ...)                                                                              \
    step_run_program(c, (const char *const[]){"ip", __VA_ARGS__, NULL}, IP_MS, NULL, e)

static bool exists(struct context *c, const char *device)
{
    char path[64];
    _cleanup_free_ char *full = NULL;

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s", device);
    full = context_path(c, path);
    return full && access(full, F_OK) == 0;
}

/* What an earlier try left: its members go back to being cards of their own. */
static int begin_anew(struct context *c, struct error *e)
{
    static const char *const made[] = {NETWORK_VLAN, NETWORK_BOND};
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(made) && r == 0; i++)
        if (exists(c, made[i]))
            r = ip(c, e, "link", "delete", "dev", made[i]);
    return r;
}

static int make_bond(const struct bringing *b, struct error *e)
{
    const struct install_cmdline *l = b->cmdline;
    int r = ip(b->c, e, "link", "add", "name", NETWORK_BOND, "type", "bond", "mode", l->bond,
               "miimon", "100");

    for (size_t i = 0; i < b->n_chosen && r == 0; i++) {
        const char *name = b->nics[b->chosen[i]].name;

        /* A card can join a bond only while it is down. */
        r = ip(b->c, e, "link", "set", "dev", name, "down");
        if (r == 0)
            r = ip(b->c, e, "link", "set", "dev", name, "master", NETWORK_BOND);
    }
    return r;
}

static int set_up(const struct bringing *b, const char *device, struct error *e)
{
    char mtu[16];

    (void)snprintf(mtu, sizeof(mtu), "%u", b->cmdline->mtu);
    return b->cmdline->mtu ? ip(b->c, e, "link", "set", "dev", device, "mtu", mtu, "up")
                           : ip(b->c, e, "link", "set", "dev", device, "up");
}

static bool has_link(struct context *c, const char *device)
{
    char path[64], line[16];
    _cleanup_free_ char *full = NULL;

    (void)snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", device);
    full = context_path(c, path);
    /* EINVAL while the device is down. */
    return full && file_read_line(AT_FDCWD, full, line, sizeof(line)) && line[0] == '1';
}

static int wait_for_link(const struct bringing *b, struct error *e)
{
    uint64_t end_ms = clock_monotonic_ms() + b->c->install->link_ms;
    const struct install_nic *first = &b->nics[b->chosen[0]];

    while (!has_link(b->c, b->base)) {
        if (clock_monotonic_ms() >= end_ms)
            return error_set(e, -ENETDOWN,
                             "no link on %s (%s%s): is the cable plugged in and the switch's port "
                             "on%s?",
                             b->base, b->n_chosen > 1 ? "a bond, the first card is " : "",
                             first->mac, b->n_chosen > 1 ? " and set up for the bond's mode" : "");
        step_progress(b->c, -1, "waiting for a link on %s (%s)", b->base, first->mac);
        step_wait(b->c, LINK_POLL_MS);
    }
    return 0;
}

static int make_vlan(const struct bringing *b, struct error *e)
{
    char id[16];
    int r;

    (void)snprintf(id, sizeof(id), "%u", b->cmdline->vlan);
    r = ip(b->c, e, "link", "add", "link", b->base, "name", NETWORK_VLAN, "type", "vlan", "id", id);
    return r == 0 ? set_up(b, NETWORK_VLAN, e) : r;
}

/* resolv.conf(5); without name servers it stays as it is. */
static int write_resolv(struct context *c, const char dns[INSTALL_DNS_MAX][IP_TEXT_SIZE],
                        struct error *e)
{
    _cleanup_free_ char *path = context_path(c, "/etc/resolv.conf");
    _cleanup_buf_ struct buf text = BUF_INIT(512);

    for (size_t i = 0; i < INSTALL_DNS_MAX; i++)
        if (dns[i][0])
            buf_addf(&text, "nameserver %s\n", dns[i]);
    if (!path || buf_check(&text) < 0)
        return error_oom(e);
    if (!text.len)
        return 0;
    return file_write_atomic(AT_FDCWD, path, text.data, text.len, 0644, e);
}

/* udhcpc with our event program; *ret is what the answer said. */
static int ask_dhcp(const struct bringing *b, struct install_lease *ret, struct error *e)
{
    const char *state = b->c->settings->state;
    _cleanup_free_ char *event = path_join(state, UDHCPC_EVENT), *text = NULL, *file = NULL;
    const char *const argv[] = {"busybox", "udhcpc", "-i", b->top, "-f", "-n",  "-q",
                                "-t",      "8",      "-T", "4",    "-s", event, NULL};
    char own[4096];
    struct error why = ERROR_INIT;
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
    size_t len;
    int r;

    if (!event || asprintf(&file, "%s.lease", event) < 0) {
        file = NULL;
        return error_oom(e);
    }
    if (n < 0)
        return error_set_errno(e, -errno, "/proc/self/exe");
    own[n] = '\0';
    (void)unlink(event); /* both of an earlier try; there may be none */
    (void)unlink(file);
    if (symlink(own, event) < 0)
        return error_set_errno(e, -errno, "%s", event);
    step_progress(b->c, -1, "asking for an address by DHCP on %s", b->top);
    r = step_run_program(b->c, argv, DHCP_MS, NULL, &why);
    if (r == -ENOENT || r == -ENOMEM)
        return error_set(e, r, "%s", why.message);
    if (r < 0)
        return error_set(e, -ETIMEDOUT,
                         "no DHCP answer on %s (%s): is there a DHCP server on this network%s? "
                         "\"seedctl dnsmasq\" on the taskbox prints a configuration for one",
                         b->top, b->nics[b->chosen[0]].mac,
                         b->cmdline->vlan ? ", in this VLAN" : "");
    r = file_read(AT_FDCWD, file, LEASE_MAX, &text, &len, e);
    if (r == 0)
        r = install_lease_parse(text, ret, e);
    return r < 0 ? error_wrap(e, "the DHCP answer on %s", b->top) : 0;
}

static int set_address(const struct bringing *b, struct error *e)
{
    struct install_lease l = {.prefix = b->cmdline->prefix};
    char address[IP_TEXT_SIZE + 8], mtu[16];
    int r = 0;

    if (b->cmdline->dhcp) {
        r = ask_dhcp(b, &l, e);
        if (r < 0)
            return r;
    } else {
        memcpy(l.address, b->cmdline->address, sizeof(l.address));
        memcpy(l.gateway, b->cmdline->gateway, sizeof(l.gateway));
        memcpy(l.dns, b->cmdline->dns, sizeof(l.dns));
    }
    (void)snprintf(address, sizeof(address), "%s/%u", l.address, l.prefix);
    step_note(b->c, "%s: %s, gateway %s", b->top, address, l.gateway[0] ? l.gateway : "none");
    r = ip(b->c, e, "address", "replace", address, "dev", b->top);
    if (r == 0 && l.mtu && !b->cmdline->mtu) {
        (void)snprintf(mtu, sizeof(mtu), "%u", l.mtu);
        r = ip(b->c, e, "link", "set", "dev", b->top, "mtu", mtu);
    }
    /* onlink: whoever runs a network with a gateway outside of the prefix means it. */
    if (r == 0 && l.gateway[0])
        r = ip(b->c, e, "route", "replace", "default", "via", l.gateway, "dev", b->top, "onlink");
    return r == 0 ? write_resolv(b->c, (const char(*)[IP_TEXT_SIZE])l.dns, e) : r;
}

int install_network_bring_up(struct context *c, const struct install_cmdline *cmdline,
                             struct error *e)
{
    struct install_nic nics[INSTALL_NICS_MAX];
    struct bringing b = {.c = c, .cmdline = cmdline, .nics = nics};
    size_t n;
    int r = begin_anew(c, e);

    if (r == 0)
        r = install_nics_read(c->root, nics, &n, e);
    if (r == 0)
        r = install_nics_choose(cmdline, nics, n, b.chosen, &b.n_chosen, e);
    if (r < 0)
        return r;
    memcpy(c->install->nic, nics[b.chosen[0]].mac, sizeof(c->install->nic));
    b.base = cmdline->bond[0] ? NETWORK_BOND : nics[b.chosen[0]].name;
    b.top = cmdline->vlan ? NETWORK_VLAN : b.base;
    if (cmdline->bond[0])
        r = make_bond(&b, e);
    if (r == 0)
        r = set_up(&b, b.base, e);
    if (r == 0)
        r = wait_for_link(&b, e);
    if (r == 0 && cmdline->vlan)
        r = make_vlan(&b, e);
    return r == 0 ? set_address(&b, e) : r;
}

/* Is it there at all? What follows then waits for it in its own way. */
static int reach_taskbox(struct context *c, struct error *e)
{
    struct seed_call call = {.plane = SEED_PLAIN,
                             .method = "GET",
                             .path = "/ca.pem",
                             .timeout_ms = TASKBOX_TIMEOUT_MS,
                             .attempts = TASKBOX_TRIES};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    struct error why = ERROR_INIT;
    int r;

    step_progress(c, -1, "looking for the taskbox at %s", c->settings->plain);
    r = seed_client_call(c->client, &call, &answer, &why);
    if (r < 0)
        return error_set(e, r,
                         "the taskbox is unreachable: %s; is seed-server running there, and is "
                         "this machine's network the right one?",
                         why.message);
    return answer.status == 200 ? 0 : seed_answer_error(&answer, call.path, e);
}

int install_network_run(struct context *c, struct error *e)
{
    int r = 0;

    /* Under --root the machine that this runs on keeps its network. */
    if (!c->root[0])
        r = install_network_bring_up(c, &c->install->cmdline, e);
    else
        memcpy(c->install->nic, c->install->cmdline.bootif, sizeof(c->install->nic));
    return r == 0 ? reach_taskbox(c, e) : r;
}
