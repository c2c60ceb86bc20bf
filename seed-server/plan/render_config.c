/* SPDX-License-Identifier: Apache-2.0 */
#include "disks.h"
#include "render.h"

json_t *file_json(const char *path, const char *mode, json_t *json)
{
    return json_pack("{s:s, s:s, s:o}", "path", path, "mode", mode, "json", json);
}

json_t *file_text(const char *path, const char *mode, const char *text)
{
    return json_pack("{s:s, s:s, s:s}", "path", path, "mode", mode, "text", text);
}

int scaled(const struct plan *p, unsigned seconds)
{
    return (int)((double)seconds * p->cluster.factor);
}

/* The shared list, and the host's own name where it is not in there. */
static json_t *system_hosts(const struct plan *p, const struct host *h)
{
    unsigned roles = h->pub.roles;
    json_t *list;

    if (roles & (ROLE_MASTER | ROLE_ETCD))
        return json_incref(p->shared.system_hosts[roles]);
    list = json_copy(p->shared.system_hosts[roles]);
    if (list && json_array_append_new(list, json_pack("{s:s, s:[s]}", "address", h->pub.ip, "names",
                                                      h->pub.name)) < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *render_network(const struct host *h)
{
    char address[NETWORK_TEXT_SIZE];
    json_t *network;
    int r = 0;

    (void)snprintf(address, sizeof(address), "%s/%u", h->pub.ip, h->prefix);
    if (h->prefix)
        network = json_pack("{s:s, s:s*, s:o}", "address", address, "gateway", h->gateway, "dns",
                            h->dns ? json_incref(h->dns) : json_array());
    else if (h->pub.mtu || h->pub.vlan || h->bond)
        network = json_pack("{s:b}", "dhcp", true);
    else
        return json_null(); /* as the image has it */
    if (h->pub.mtu)
        r |= json_object_set_new(network, "mtu", json_integer(h->pub.mtu));
    if (h->pub.vlan)
        r |= json_object_set_new(network, "vlan", json_integer(h->pub.vlan));
    if (h->bond)
        r |= json_object_set_new(network, "bond", json_loads(h->bond, JSON_DECODE_ANY, NULL));
    if (r < 0) {
        json_decref(network);
        return NULL;
    }
    return network;
}

/* With bridges, one route leads to the pods of all other nodes: a new node changes no other. */
static json_t *routes(const struct plan *p, const struct host *h)
{
    if (!p->cluster.is_bridge || !(h->pub.roles & ROLE_KUBELET) || !h->pod_gateway)
        return json_array();
    return json_pack("[{s:s, s:s}]", "to", p->cluster.pods_text, "via", h->pod_gateway);
}

/* The taskbox was somebody's machine before it was a node: its own disk is not ours to change. */
static json_t *grow_root(const struct host *h)
{
    return h->pub.boot == BOOT_LOCAL ? json_false() : NULL;
}

/* NULL without keys, where the machine's are its own business. */
static json_t *ssh(const struct host *h)
{
    if (json_array_size(h->ssh_keys) == 0)
        return NULL;
    return json_pack("{s:s, s:O}", "user", h->ssh_user, "keys", h->ssh_keys);
}

static json_t *system_part(const struct plan *p, const struct host *h)
{
    return json_pack("{s:o*, s:o, s:O, s:O, s:o, s:o, s:o, s:o*}", "grow_root", grow_root(h),
                     "hosts", system_hosts(p, h), "modules", p->shared.modules[h->pub.roles],
                     "sysctls", p->shared.sysctls[h->pub.roles], "network", render_network(h),
                     "ntp", h->ntp ? json_incref(h->ntp) : json_array(), "routes", routes(p, h),
                     "ssh", ssh(h));
}

/* kubespray's. */
unsigned render_memory(const struct plan *p, unsigned roles)
{
    return roles & ROLE_MASTER ? p->cluster.master_memory
           : roles & ROLE_NODE ? p->cluster.node_memory
                               : 512;
}

/* kubeadm's least processors for a master; room for images and logs. */
static json_t *preflight(const struct plan *p, const struct host *h)
{
    unsigned roles = h->pub.roles;
    json_t *clients = p->shared.clients[roles];

    return json_pack("{s:i, s:i, s:i, s:O, s:O*, s:s}", "memory_mb", (int)render_memory(p, roles),
                     "cpus", roles & ROLE_MASTER ? 2 : 1, "disk_mb",
                     roles & ROLE_KUBELET ? 2048 : 1024, "modules", p->shared.modules[roles],
                     "clients", json_array_size(clients) ? clients : NULL, "address", h->pub.ip);
}

static json_t *host_part(const struct plan *p, const struct host *h, unsigned incarnation)
{
    return json_pack("{s:s, s:s, s:O, s:b, s:o*}", "name", h->pub.name, "ip", h->pub.ip, "roles",
                     p->shared.role_names[h->pub.roles], "init_master", h->pub.init_master,
                     "incarnation", incarnation > 1 ? json_integer(incarnation) : NULL);
}

/* Sets a member unless making it failed, in which case *failed is set. */
static void put(json_t *root, const char *key, json_t *value, bool *failed)
{
    if (json_object_set_new_nocheck(root, key, value) < 0)
        *failed = true;
}

static json_t *build(const struct plan *p, const struct host *h, const char *digest, json_t *disks,
                     unsigned incarnation, struct error *e)
{
    json_t *root = json_pack("{s:i, s:s, s:O, s:O}", "version", 1, "plan", digest, "cluster",
                             p->shared.cluster, "disks", disks);
    unsigned roles = h->pub.roles;
    bool failed = false;

    if (!root)
        return NULL;
    put(root, "host", host_part(p, h, incarnation), &failed);
    put(root, "preflight", preflight(p, h), &failed);
    put(root, "system", system_part(p, h), &failed);
    put(root, "artifacts", json_incref(p->shared.artifacts[roles]), &failed);
    if (roles & ROLE_ETCD)
        put(root, "etcd", render_etcd(p, h), &failed);
    if (roles & ROLE_KUBELET) {
        put(root, "kubelet", render_kubelet(p, h, e), &failed);
        put(root, "node", render_node(p, h), &failed);
        if (plan_makes_volumes(p))
            put(root, "volumes", json_pack("{s:s}", "folder", p->cluster.storage.local.base_dir),
                &failed);
    }
    if (roles & ROLE_MASTER)
        put(root, "control_plane", render_control_plane(p, h, e), &failed);
    if (h->pub.init_master)
        put(root, "addons", json_incref(p->shared.addons), &failed);
    if (failed) {
        json_decref(root);
        return NULL;
    }
    return root;
}

int render_full(const struct plan *p, const struct host *h, const char *digest, json_t *disks,
                unsigned incarnation, struct buf *out, struct error *e)
{
    struct error inner = ERROR_INIT; /* stays empty where nothing but memory is missing */
    _cleanup_json_ json_t *root = build(p, h, digest, disks, incarnation, &inner);

    if (root)
        return json_print(root, out, e);
    return inner.code ? error_set(e, inner.code, "%s", inner.message) : error_oom(e);
}

int plan_render_host(const struct plan *p, size_t host, struct buf *out, struct error *e)
{
    return plan_render_incarnation(p, host, 1, out, e);
}

/* Another incarnation is another config: its digest covers the number too. */
static void digest_incarnation(unsigned incarnation, char digest[DIGEST_TEXT_SIZE])
{
    struct digest d;

    digest_init(&d);
    digest_add_text(&d, digest);
    digest_add(&d, &incarnation, sizeof(incarnation));
    digest_end_hex(&d, digest);
}

int plan_render_incarnation(const struct plan *p, size_t host, unsigned incarnation,
                            struct buf *out, struct error *e)
{
    _cleanup_json_ json_t *disks = NULL;
    char digest[DIGEST_TEXT_SIZE];
    const struct host *h;
    int r;

    if (host >= p->n_hosts)
        return error_set(e, -ENOENT, "no host of that number");
    h = &p->hosts[host];
    r = host_digest(p, h, digest, e);
    if (r == 0)
        r = disks_render(h->disks, p->cluster.id, h->pub.name, p->cluster.storage.local.base_dir,
                         &disks, e);
    if (r < 0)
        return r;
    if (incarnation > 1)
        digest_incarnation(incarnation, digest);
    else if (h->prototype)
        return prototype_render(p, h, digest, disks, out, e);
    return render_full(p, h, digest, disks, incarnation, out, e);
}
