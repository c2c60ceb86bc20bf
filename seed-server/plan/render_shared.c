/* SPDX-License-Identifier: Apache-2.0 */
#include "clients.h"
#include "render.h"
#include "roles.h"
#include "variables.h"

#define TREE_MAX (4 * 1024 * 1024)

static int append(json_t *list, json_t *value)
{
    return json_array_append_new(list, value);
}

static int add_line(json_t *list, const char *address, const char *name)
{
    return append(list, json_pack("{s:s, s:[s]}", "address", address, "names", name));
}

static bool is_in(const struct role_list *list, size_t host)
{
    size_t i;

    for (i = 0; i < list->n; i++)
        if (list->hosts[i] == host)
            return true;
    return false;
}

/* /etc/hosts for a set of roles: the API's stable name, the masters, and for those who talk to etcd
 * its members. Both are few, whatever the size of the cluster. */
static json_t *system_hosts(const struct plan *p, unsigned roles)
{
    const struct role_list *masters = role_hosts(p, ROLE_MASTER), *etcd = role_hosts(p, ROLE_ETCD);
    json_t *list = json_array();
    size_t i;
    int r;

    if (!list)
        return NULL;
    r = add_line(list, p->settings.api_address, p->cluster.endpoint_name);
    for (i = 0; i < masters->n && r == 0; i++)
        r = add_line(list, p->hosts[masters->hosts[i]].pub.ip,
                     p->hosts[masters->hosts[i]].pub.name);
    for (i = 0; i < etcd->n && r == 0 && roles & (ROLE_ETCD | ROLE_MASTER); i++)
        if (!is_in(masters, etcd->hosts[i]))
            r = add_line(list, p->hosts[etcd->hosts[i]].pub.ip, p->hosts[etcd->hosts[i]].pub.name);
    if (r < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *role_names(unsigned roles)
{
    json_t *list = json_array();
    unsigned bit;

    for (bit = 1; list && bit < ROLE_SETS; bit <<= 1)
        if (roles & bit && append(list, json_string(role_name((enum role)bit))) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* Kernel modules that containers, kube-proxy and the volume plugins ask for. */
static json_t *modules(const struct plan *p, unsigned roles)
{
    static const char *const ipvs[] = {"ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh",
                                       "nf_conntrack"};
    json_t *list = json_array();
    size_t i;
    int r = 0;

    if (!list || !(roles & ROLE_KUBELET))
        return list;
    if (append(list, json_string("overlay")) < 0 || append(list, json_string("br_netfilter")) < 0)
        r = -1;
    for (i = 0; r == 0 && strcmp(p->cluster.proxy_mode, "ipvs") == 0 && i < ARRAY_SIZE(ipvs); i++)
        r = append(list, json_string(ipvs[i]));
    if (r == 0)
        r = clients_add_modules(p, roles, list);
    if (r < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

/* What kubeadm's preflight looks at, and what the kubelet would set itself. */
static json_t *sysctls(unsigned roles)
{
    if (!(roles & ROLE_KUBELET))
        return json_object();
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "net.ipv4.ip_forward", "1",
                     "net.bridge.bridge-nf-call-iptables", "1",
                     "net.bridge.bridge-nf-call-ip6tables", "1", "vm.overcommit_memory", "1",
                     "kernel.panic", "10", "kernel.panic_on_oops", "1");
}

static json_t *artifact_entry(const struct plan *p, const struct artifact *a)
{
    char url[512];

    (void)snprintf(url, sizeof(url), "%s/artifacts/%s", p->server_url ? p->server_url : "",
                   a->name);
    if (a->kind == ARTIFACT_IMAGE)
        return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "name", a->name, "url", url,
                         "sha256", a->sha256, "size", (json_int_t)a->size, "kind", "image", "image",
                         a->image, "image_id", a->image_id);
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "name", a->name, "url", url, "sha256",
                     a->sha256, "size", (json_int_t)a->size, "kind", "binary", "path", a->path,
                     "mode", a->mode);
}

static json_t *artifacts(const struct plan *p, unsigned roles)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; list && i < p->n_artifacts; i++)
        if (p->artifacts[i].roles & roles &&
            append(list, artifact_entry(p, &p->artifacts[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

/* Exactly, and in few digits where they are enough. */
static void print_factor(double factor, struct buf *out)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%g", factor);
    if (strtod(text, NULL) < factor || strtod(text, NULL) > factor)
        (void)snprintf(text, sizeof(text), "%.17g", factor);
    buf_add_str(out, text);
}

/* Missing where kubeadm's own year is meant, as it was before it counted. */
static void digest_life(const struct plan *p, unsigned roles, struct digest *d)
{
    uint64_t life_s = render_kubeadms_life_s(p);

    if (roles & ROLE_MASTER && life_s < KUBEADMS_LIFE_S)
        digest_add(d, &life_s, sizeof(life_s));
}

static unsigned default_of(enum variable_id id)
{
    return (unsigned)strtoul(variable(id)->otherwise, NULL, 10);
}

/* Figures that no tree has. What a role makes nothing of stands here as its default: else a ready
 * host would be called outdated for what it is not told. */
static void print_figures(const struct plan *p, unsigned roles, struct buf *out)
{
    const struct cluster *c = &p->cluster;
    bool is_master = roles & ROLE_MASTER;

    buf_add_str(out, c->storage.local.base_dir);
    if (!(roles & ROLE_KUBELET))
        return;
    buf_addf(out, " %d %u %u ", plan_makes_volumes(p),
             is_master ? c->master_memory : default_of(VAR_MINIMAL_MASTER_MEMORY_MB),
             is_master ? default_of(VAR_MINIMAL_NODE_MEMORY_MB) : c->node_memory);
    print_factor(c->factor, out);
    buf_addf(out, " %s %s %u %u %d", c->pods_text, p->settings.api_endpoint,
             is_master ? c->api_port : default_of(VAR_KUBE_APISERVER_PORT), c->max_pods,
             c->is_bridge);
}

/* Everything that a config of that role set takes from the plan beside the host itself.
 * tests/unit/plan/test_config_digest.c holds it against the configs. */
static int digest_roles(struct plan *p, unsigned roles, struct error *e)
{
    struct shared *s = &p->shared;
    const json_t *trees[] = {
        s->cluster,
        s->role_names[roles],
        s->system_hosts[roles],
        s->modules[roles],
        s->sysctls[roles],
        s->artifacts[roles],
        json_array_size(s->clients[roles]) ? s->clients[roles] : NULL,
        roles & ROLE_KUBELET ? s->kubelet_files : NULL,
        roles & ROLE_KUBELET ? s->kubelet_certificates : NULL,
        roles & ROLE_ETCD ? s->etcd_files : NULL,
        roles & ROLE_ETCD ? s->etcd_config : NULL,
        roles & ROLE_ETCD ? s->etcd_certificates : NULL,
        roles & ROLE_MASTER ? s->master_certificates : NULL,
    };
    _cleanup_buf_ struct buf out = BUF_INIT(TREE_MAX);
    struct digest d;
    size_t i;
    int r;

    digest_init(&d);
    for (i = 0; i < ARRAY_SIZE(trees); i++) {
        buf_clear(&out);
        if (trees[i]) {
            r = json_print(trees[i], &out, e);
            if (r < 0)
                return r;
        }
        digest_add_text(&d, trees[i] ? out.data : NULL);
    }
    buf_clear(&out);
    print_figures(p, roles, &out);
    if (buf_check(&out) < 0)
        return error_oom(e);
    digest_add_text(&d, out.data);
    digest_add_text(&d, roles & ROLE_KUBELET ? s->kubelet_args : NULL);
    digest_add_text(&d, roles & ROLE_MASTER ? s->kubeadm_cluster : NULL);
    digest_life(p, roles, &d);
    digest_end_hex(&d, s->digest[roles]);
    return 0;
}

static int digest_addons(struct plan *p, struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(TREE_MAX);
    struct digest d;
    int r;

    r = json_print(p->shared.addons, &out, e);
    if (r < 0)
        return r;
    digest_init(&d);
    digest_add_text(&d, out.data);
    digest_end_hex(&d, p->shared.addons_digest);
    return 0;
}

int shared_make(struct plan *p, struct error *e)
{
    struct shared *s = &p->shared;
    unsigned roles;
    int r;

    s->cluster = json_pack("{s:s, s:s, s:s}", "id", p->cluster.id, "kubernetes_version",
                           p->cluster.version, "domain", p->cluster.dns_domain);
    if (!s->cluster)
        return error_oom(e);
    r = render_etcd_shared(p, e);
    if (r < 0)
        return r;
    r = render_kubelet_shared(p, e);
    if (r < 0)
        return r;
    r = render_kubeadm_shared(p, e);
    if (r < 0)
        return r;
    if (!s->own_addons)
        s->own_addons = render_own_addons(p, e);
    s->addons = s->own_addons ? render_addons(p, e) : NULL;
    if (!s->addons)
        return e && e->code ? e->code : error_oom(e);
    r = digest_addons(p, e);
    for (roles = 1; roles < ROLE_SETS && r == 0; roles++) {
        s->role_names[roles] = role_names(roles);
        s->system_hosts[roles] = system_hosts(p, roles);
        s->modules[roles] = modules(p, roles);
        s->sysctls[roles] = sysctls(roles);
        s->artifacts[roles] = artifacts(p, roles);
        s->clients[roles] = clients_render(p, roles);
        if (!s->role_names[roles] || !s->system_hosts[roles] || !s->modules[roles] ||
            !s->sysctls[roles] || !s->artifacts[roles] || !s->clients[roles])
            return error_oom(e);
        r = digest_roles(p, roles, e);
    }
    return r;
}

void shared_done(struct shared *s)
{
    unsigned i;

    for (i = 0; i < ROLE_SETS; i++) {
        json_decref(s->role_names[i]);
        json_decref(s->system_hosts[i]);
        json_decref(s->modules[i]);
        json_decref(s->sysctls[i]);
        json_decref(s->artifacts[i]);
        json_decref(s->clients[i]);
    }
    json_decref(s->cluster);
    json_decref(s->kubelet_files);
    json_decref(s->kubelet_certificates);
    json_decref(s->kubelet_runtime);
    json_decref(s->etcd_files);
    json_decref(s->etcd_certificates);
    json_decref(s->etcd_health);
    json_decref(s->etcd_user);
    json_decref(s->etcd_config);
    json_decref(s->master_certificates);
    json_decref(s->own_addons);
    json_decref(s->addons);
}

/* A value as text into the digest; most are absent, and the rest short. */
static int digest_value(struct digest *d, const json_t *value, struct error *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT(TREE_MAX);
    int r;

    if (!value) {
        digest_add_text(d, NULL);
        return 0;
    }
    r = json_print(value, &out, e);
    if (r == 0)
        digest_add_text(d, out.data);
    return r;
}

int host_digest(const struct plan *p, const struct host *h, char ret[DIGEST_TEXT_SIZE],
                struct error *e)
{
    const char *texts[] = {
        h->pub.name, h->pub.ip, h->pub.etcd_member, h->pub.pod_cidr, h->labels,
        h->taints,   h->flags,  h->gateway,         h->pod_gateway,  h->bond,
    };
    uint16_t numbers[] = {(uint16_t)h->prefix, h->pub.init_master, (uint16_t)h->pub.mtu,
                          (uint16_t)h->pub.vlan};
    struct digest d;
    size_t i;
    int r;

    digest_init(&d);
    digest_add_text(&d, p->shared.digest[h->pub.roles]);
    digest_add_text(&d, h->pub.init_master ? p->shared.addons_digest : NULL);
    for (i = 0; i < ARRAY_SIZE(texts); i++)
        digest_add_text(&d, texts[i]);
    digest_add(&d, numbers, sizeof(numbers));
    r = digest_value(&d, h->dns, e);
    if (r == 0)
        r = digest_value(&d, h->ntp, e);
    if (r == 0)
        r = digest_value(&d, h->disks, e);
    if (r == 0 && json_array_size(h->ssh_keys) > 0) {
        digest_add_text(&d, h->ssh_user);
        r = digest_value(&d, h->ssh_keys, e);
    }
    /* Only of the hosts that differ in it, so that the others' digests stay what they were. */
    if (h->pub.boot == BOOT_LOCAL)
        digest_add_text(&d, "local");
    digest_end_hex(&d, ret);
    return r;
}
