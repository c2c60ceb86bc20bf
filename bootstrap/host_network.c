/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "common/file.h"
#include "common/parse.h"
#include "host.h"
#include "journal.h"
#include "route.h"
#include "service.h"
#include "settings.h"

#define APPLY_MS 120000
#define INTENT "host/network"

/* config.system.network, and the interface that it is for. */
struct wanted {
    const char *address; /* "192.168.0.10/24" */
    const char *gateway; /* NULL: none */
    json_t *dns;         /* array, may be NULL */
    char interface[INTERFACE_NAME_SIZE];
    char mac[MAC_TEXT_SIZE];
};

/* Who sets addresses in this image: text makes the file, apply brings it into force. */
struct backend {
    const char *program; /* there: this one */
    const char *path;    /* %s: the interface */
    mode_t mode;
    int (*text)(const struct wanted *w, struct buf *ret, struct error *e);
    int (*apply)(struct context *c, const struct wanted *w, struct error *e);
};

static int netplan_text(const struct wanted *w, struct buf *ret, struct error *e)
{
    _cleanup_json_ json_t *port = json_pack("{s:{s:s}, s:b, s:[s]}", "match", "macaddress", w->mac,
                                            "dhcp4", false, "addresses", w->address);
    _cleanup_json_ json_t *document = NULL;
    int r = 0;

    if (!port)
        return error_oom(e);
    /* gateway4 is the one form that every netplan since its first takes. */
    if (w->gateway)
        r = json_object_set_new(port, "gateway4", json_string(w->gateway));
    if (r == 0 && json_array_size(w->dns))
        r = json_object_set_new(port, "nameservers", json_pack("{s:O}", "addresses", w->dns));
    document = r < 0 ? NULL
                     : json_pack("{s:{s:i, s:{s:O}}}", "network", "version", 2, "ethernets",
                                 w->interface, port);
    if (!document)
        return error_oom(e);
    return json_print_pretty(document, ret, e);
}

static int netplan_apply(struct context *c, const struct wanted *w, struct error *e)
{
    const char *const argv[] = {"netplan", "apply", NULL};

    (void)w;
    return step_run_program(c, argv, APPLY_MS, NULL, e);
}

static int networkd_text(const struct wanted *w, struct buf *ret, struct error *e)
{
    json_t *value;
    size_t i;

    buf_addf(ret, "[Match]\nMACAddress=%s\n\n[Network]\nAddress=%s\n", w->mac, w->address);
    if (w->gateway)
        buf_addf(ret, "Gateway=%s\n", w->gateway);
    json_array_foreach(w->dns, i, value)
    {
        buf_addf(ret, "DNS=%s\n", json_is_string(value) ? json_string_value(value) : "");
    }
    return buf_check(ret) < 0 ? error_oom(e) : 0;
}

static int networkd_apply(struct context *c, const struct wanted *w, struct error *e)
{
    (void)w;
    return service_restart(c, "systemd-networkd.service", APPLY_MS, e);
}

static int ifupdown_text(const struct wanted *w, struct buf *ret, struct error *e)
{
    json_t *value;
    size_t i;

    buf_addf(ret, "auto %s\niface %s inet static\n    address %s\n", w->interface, w->interface,
             w->address);
    if (w->gateway)
        buf_addf(ret, "    gateway %s\n", w->gateway);
    if (json_array_size(w->dns))
        buf_add_str(ret, "    dns-nameservers");
    json_array_foreach(w->dns, i, value)
    {
        buf_addf(ret, " %s", json_is_string(value) ? json_string_value(value) : "");
    }
    buf_add_char(ret, '\n');
    return buf_check(ret) < 0 ? error_oom(e) : 0;
}

/* ifdown first, by what was configured before; it fails where that was somebody else. */
static int ifupdown_apply(struct context *c, const struct wanted *w, struct error *e)
{
    const char *const down[] = {"ifdown", "--force", w->interface, NULL};
    const char *const up[] = {"ifup", "--force", w->interface, NULL};

    if (step_run_program(c, down, APPLY_MS, NULL, NULL) < 0)
        step_note(c, "ifdown %s failed, ignoring", w->interface);
    return step_run_program(c, up, APPLY_MS, NULL, e);
}

/* In the order of who is in charge where several are installed. */
static const struct backend backends[] = {
    {"/usr/sbin/netplan",             "/etc/netplan/99-nodeseed.yaml",            0600, netplan_text,  netplan_apply },
    {"/sbin/ifup",                    "/etc/network/interfaces.d/nodeseed",       0644, ifupdown_text, ifupdown_apply},
    {"/lib/systemd/systemd-networkd", "/etc/systemd/network/05-nodeseed.network", 0644,
     networkd_text,                                                                                    networkd_apply},
};

/* The interface by which the taskbox is reached is the one that the inventory's address is for. */
static int find_interface(struct context *c, struct wanted *w, struct error *e)
{
    _cleanup_free_ char *relative = NULL, *path = NULL, *text = NULL;
    struct ip_address address;
    uint16_t port;
    size_t len;
    int r;

    r = parse_endpoint(c->settings->plain + strlen("http://"), &address, &port, e);
    if (r >= 0)
        r = interface_towards(&address, w->interface, e);
    if (r < 0)
        return r;
    if (!w->interface[0])
        return error_set(e, -ENETUNREACH, "no interface leads to the taskbox");
    if (asprintf(&relative, "/sys/class/net/%s/address", w->interface) < 0) {
        relative = NULL;
        return error_oom(e);
    }
    path = context_path(c, relative);
    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, 64, &text, &len, e);
    if (r < 0)
        return r;
    text[strcspn(text, "\n")] = '\0';
    return parse_mac(text, w->mac, e);
}

int host_network(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    json_t *network = json_object_get(json_object_get(c->config, "system"), "network");
    _cleanup_buf_ struct buf text = BUF_INIT(64 * 1024);
    struct wanted w = {0};
    size_t i = 0;
    bool same;
    int r;

    *ret_same = true;
    if (!json_is_object(network))
        return 0; /* by DHCP */
    r = json_get_string(network, "address", &w.address, e);
    if (r >= 0)
        r = json_get_string_or(network, "gateway", NULL, &w.gateway, e);
    if (r >= 0)
        r = find_interface(c, &w, e);
    if (r < 0)
        return r;
    w.dns = json_object_get(network, "dns");
    while (i < ARRAY_SIZE(backends) && !host_has(c, backends[i].program))
        i++;
    if (i == ARRAY_SIZE(backends))
        return step_refuse(c, error_set(e, -ENOTSUP,
                                        "a static address needs netplan, ifupdown or "
                                        "systemd-networkd, and this image has none of them"));
    r = backends[i].text(&w, &text, e);
    if (r >= 0)
        r = host_write(c, backends[i].path, text.data, backends[i].mode, false, ret_same, e);
    if (r < 0)
        return r;
    /* Written, but not brought into force: a cut or a failure came between. */
    *ret_same = *ret_same && !journal_intent(c->journal, INTENT);
    if (*ret_same || !apply)
        return 0;
    r = journal_set_intent(c->journal, INTENT, json_true(), e);
    if (r >= 0)
        r = host_write(c, backends[i].path, text.data, backends[i].mode, true, &same, e);
    if (r >= 0 && !c->root[0])
        r = backends[i].apply(c, &w, e);
    return r < 0 ? r : journal_remove_intent(c->journal, INTENT, e);
}

/* One route for the pod network, mostly. It is put back at each boot, because this step's reality
 * is checked then; it needs no help from whoever manages the addresses. */
int host_routes(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    json_t *routes = json_object_get(json_object_get(c->config, "system"), "routes"), *entry;
    size_t i;

    *ret_same = true;
    json_array_foreach(routes, i, entry)
    {
        const char *to_text, *via_text;
        struct ip_network to;
        struct ip_address via;
        bool there;
        int r = json_get_string(entry, "to", &to_text, e);

        if (r >= 0)
            r = json_get_string(entry, "via", &via_text, e);
        if (r >= 0)
            r = parse_network(to_text, &to, e);
        if (r >= 0)
            r = parse_ip(via_text, &via, e);
        if (r < 0)
            return error_wrap(e, "system.routes");
        if (c->root[0])
            continue; /* the tree of another machine */
        r = route_exists(&to, &via, &there, e);
        if (r < 0)
            return r;
        *ret_same = *ret_same && there;
        if (there || !apply)
            continue;
        step_note(c, "route to %s by %s", to_text, via_text);
        r = route_add(&to, &via, e);
        if (r < 0)
            return r;
    }
    return 0;
}
