/* SPDX-License-Identifier: Apache-2.0 */
#include "hosts.h"

#include <netinet/in.h>

#include "addresses.h"
#include "bond.h"
#include "disks.h"
#include "host_names.h"
#include "install.h"
#include "node_marks.h"
#include "ssh.h"

#define NODE_USER "system:node:"
#define NODES_TESTED 5000

/* The last texts that were copied: most hosts share their group's. */
struct last {
    const char *labels, *taints, *flags, *gateway, *pod_gateway, *ssh_user;
    const json_t *dns_value, *ntp_value, *ssh_value;
    json_t *dns, *ntp, *ssh_keys; /* borrowed from the host that made them */
};

static const char *host_text(struct reader *r, const struct host *h, enum variable_id id,
                             char scratch[VALUE_TEXT_SIZE], struct inventory_origin *where)
{
    return value_text(reader_host(r, h->inventory_index, id, where), scratch);
}

/* "http://192.168.0.1:8080" → 192.168.0.1, if it is an address. */
static const char *address_of_url(struct reader *r, const char *url)
{
    const char *start = url ? strstr(url, "://") : NULL;
    struct ip_address a;
    char text[IP_TEXT_SIZE];
    size_t len;

    if (!start)
        return NULL;
    start += 3;
    len = strcspn(start, ":/");
    if (len >= sizeof(text))
        return NULL;
    memcpy(text, start, len);
    text[len] = '\0';
    if (parse_ip(text, &a, NULL) < 0 || a.family != AF_INET)
        return NULL;
    return arena_copy(&r->plan->arena, text);
}

/* ip; without it the address that Ansible connects to; for the taskbox the one it is reached at. */
static void read_address(struct reader *r, struct host *h, struct inventory_origin *where)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *text = host_text(r, h, VAR_IP, scratch, where);
    struct ip_address a;

    if (!text) {
        text = host_text(r, h, VAR_ANSIBLE_HOST, scratch, where);
        if (text && (parse_ip(text, &a, NULL) < 0 || a.family != AF_INET))
            text = NULL;
    }
    if (!text && h->pub.boot == BOOT_LOCAL) {
        text = address_of_url(r, r->options->server_url);
        *where = inventory_host_origin(r->inv, h->inventory_index);
    }
    if (!text) {
        *where = inventory_host_origin(r->inv, h->inventory_index);
        /* Asked for and refused: told already. */
        if (!inventory_host_var(r->inv, h->inventory_index, "ip", NULL))
            reader_refuse(
                r, *where,
                "%s has no address: write ip=ADDRESS on its line (nobody logs in to ask it)",
                h->pub.name);
        return;
    }
    h->pub.ip = arena_copy(&r->plan->arena, text);
}

/* ---- what identifies it ---------------------------------------------------------------------- */

static int put_unique(struct reader *r, struct index *x, const char *key, size_t host,
                      const char *what, struct inventory_origin where, struct error *e)
{
    struct plan *p = r->plan;
    struct inventory_origin other;
    size_t there;
    int ret;

    ret = index_put(x, key, host, &there, e);
    if (ret < 0 || there == SIZE_MAX || there == host)
        return ret;
    other = inventory_host_origin(r->inv, p->hosts[there].inventory_index);
    reader_refuse(r, where, "%s: %s %s is %s's already (%s:%u): each host needs its own",
                  p->hosts[host].pub.name, what, key, p->hosts[there].pub.name, other.file,
                  other.line);
    return 0;
}

static int read_identifiers(struct reader *r, struct host *h, size_t i, struct error *e)
{
    char scratch[VALUE_TEXT_SIZE], mac[MAC_TEXT_SIZE], uuid[UUID_TEXT_SIZE];
    struct inventory_origin where = {NULL, 0};
    struct plan *p = r->plan;
    const char *text;
    int ret;

    text = host_text(r, h, VAR_SEED_MAC, scratch, &where);
    if (text && parse_mac(text, mac, NULL) == 0) {
        h->pub.mac = arena_copy(&p->arena, mac);
        ret = put_unique(r, &p->by_mac, h->pub.mac, i, "seed_mac", where, e);
        if (ret < 0)
            return ret;
    }
    text = host_text(r, h, VAR_SEED_UUID, scratch, &where);
    if (text && parse_uuid(text, uuid, NULL) == 0) {
        h->pub.uuid = arena_copy(&p->arena, uuid);
        ret = put_unique(r, &p->by_uuid, h->pub.uuid, i, "seed_uuid", where, e);
        if (ret < 0)
            return ret;
    }
    text = host_text(r, h, VAR_SEED_SERIAL, scratch, &where);
    if (text) {
        h->pub.serial = arena_copy(&p->arena, text);
        ret = put_unique(r, &p->by_serial, h->pub.serial, i, "seed_serial", where, e);
        if (ret < 0)
            return ret;
    }
    return 0;
}

/* A bond's members identify as seed_mac does. */
static int read_bond(struct reader *r, struct host *h, size_t i, struct error *e)
{
    struct inventory_origin where = inventory_host_origin(r->inv, h->inventory_index);
    const json_t *value = reader_host(r, h->inventory_index, VAR_SEED_BOND, &where);
    struct plan *p = r->plan;
    size_t k;
    int ret;

    if (!value)
        return 0;
    ret = bond_read(value, &p->arena, &h->pub, &h->bond, e);
    for (k = 0; ret == 0 && k < h->pub.n_bond_macs; k++)
        ret = put_unique(r, &p->by_mac, h->pub.bond_macs[k], i, "seed_bond's", where, e);
    if (ret == 0 && h->pub.boot == BOOT_PXE && !h->pub.n_bond_macs)
        reader_refuse(r, where,
                      "%s boots by PXE, where interfaces have other names than later: write "
                      "seed_bond's members as macs",
                      h->pub.name);
    return ret;
}

static int choice(const char *text, const char *const *words, size_t n, int otherwise)
{
    size_t i;

    for (i = 0; text && i < n; i++)
        if (strcmp(text, words[i]) == 0)
            return (int)i;
    return otherwise;
}

static const char *const boots[BOOT_WAY_COUNT] = {[BOOT_IMAGE] = "image",
                                                  [BOOT_CLOUD_INIT] = "cloud-init",
                                                  [BOOT_PXE] = "pxe",
                                                  [BOOT_LOCAL] = "local"};

const char *boot_way_name(enum boot_way boot)
{
    return boots[boot];
}

static void read_trust(struct reader *r, struct host *h)
{
    static const char *const trusts[] = {
        [TRUST_APPROVE] = "approve", [TRUST_FIRST_USE] = "first-use", [TRUST_TOKEN] = "token"};
    bool important = (h->pub.roles & (ROLE_ETCD | ROLE_MASTER)) != 0;
    struct inventory_origin where = inventory_host_origin(r->inv, h->inventory_index);
    char scratch[VALUE_TEXT_SIZE];
    const char *text;

    text = host_text(r, h, VAR_ANSIBLE_CONNECTION, scratch, NULL);
    h->pub.boot = text && strcmp(text, "local") == 0 ? BOOT_LOCAL : BOOT_IMAGE;
    text = host_text(r, h, VAR_SEED_BOOT, scratch, NULL);
    h->pub.boot = (enum boot_way)choice(text, boots, ARRAY_SIZE(boots), h->pub.boot);
    text = host_text(r, h, VAR_SEED_TRUST, scratch, &where);
    h->pub.trust = (enum trust)choice(text, trusts, ARRAY_SIZE(trusts),
                                      important ? TRUST_APPROVE : TRUST_FIRST_USE);

    if (h->pub.boot == BOOT_PXE && h->pub.trust == TRUST_TOKEN)
        reader_refuse(
            r, where,
            "%s: seed_trust=token cannot go with seed_boot=pxe, where everybody could read the "
            "token: write approve or first-use, or boot by cloud-init or image",
            h->pub.name);
    if (important && h->pub.trust == TRUST_FIRST_USE)
        reader_warn(
            r, where,
            "%s holds the cluster's secrets and is trusted on first use: whoever answers first "
            "gets them; write seed_trust=approve or token",
            h->pub.name);
}

/* ---- what is its own ------------------------------------------------------------------------- */

static const char *marks(struct reader *r, const struct host *h, enum variable_id id,
                         const char **last,
                         int (*make)(const json_t *, struct buf *, struct error *))
{
    _cleanup_buf_ struct buf out = BUF_INIT(65536);
    const json_t *value = reader_host(r, h->inventory_index, id, NULL);

    if (!value || make(value, &out, NULL) < 0 || buf_check(&out) < 0)
        return NULL; /* refused, and told, by its check */
    return out.len ? arena_share(&r->plan->arena, last, out.data) : NULL;
}

/* Lists that come from a group are one value for all its hosts. */
static json_t *shared_list(struct reader *r, const struct host *h, enum variable_id id,
                           json_t *(*make)(const json_t *), const json_t **last_value,
                           json_t **last)
{
    const json_t *value = reader_host(r, h->inventory_index, id, NULL);

    if (!value)
        return NULL;
    if (value == *last_value)
        return json_incref(*last);
    *last = make(value);
    *last_value = *last ? value : NULL;
    if (!*last)
        r->failed = true;
    return *last;
}

/* IP in IP adds a header to what pods send. */
static void check_mtu(struct reader *r, const struct host *h, struct inventory_origin where)
{
    const struct cluster *c = &r->plan->cluster;
    unsigned header = strcmp(c->calico_ipip, "Never") == 0 ? 0 : 20;

    if (!c->is_bridge && h->pub.mtu && h->pub.mtu < c->calico_mtu + header)
        reader_warn(r, where,
                    "%s: packets of calico_mtu %u need %u bytes, and seed_mtu is %u: write "
                    "calico_mtu: %u in vars.yml",
                    h->pub.name, c->calico_mtu, c->calico_mtu + header, h->pub.mtu,
                    h->pub.mtu - header);
}

static void read_network(struct reader *r, struct host *h, struct last *last)
{
    struct inventory_origin at = inventory_host_origin(r->inv, h->inventory_index);
    char scratch[VALUE_TEXT_SIZE];
    const char *text;

    h->prefix =
        (unsigned)value_number(reader_host(r, h->inventory_index, VAR_SEED_PREFIX, NULL), 0);
    h->pub.mtu = (unsigned)value_number(reader_host(r, h->inventory_index, VAR_SEED_MTU, &at), 0);
    check_mtu(r, h, at);
    h->pub.vlan =
        (unsigned)value_number(reader_host(r, h->inventory_index, VAR_SEED_VLAN, NULL), 0);
    text = host_text(r, h, VAR_SEED_GATEWAY, scratch, NULL);
    h->gateway = arena_share(&r->plan->arena, &last->gateway, text);
    text = host_text(r, h, VAR_SEED_POD_GATEWAY, scratch, NULL);
    h->pod_gateway = arena_share(&r->plan->arena, &last->pod_gateway, text);
    if (!h->pod_gateway)
        h->pod_gateway = h->gateway;
    h->dns = shared_list(r, h, VAR_SEED_DNS, value_list, &last->dns_value, &last->dns);
    h->ntp = shared_list(r, h, VAR_SEED_NTP, value_list, &last->ntp_value, &last->ntp);
}

static void read_ssh(struct reader *r, struct host *h, struct last *last)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *user = host_text(r, h, VAR_SEED_SSH_USER, scratch, NULL);

    h->ssh_keys =
        shared_list(r, h, VAR_SEED_SSH_KEYS, ssh_keys_list, &last->ssh_value, &last->ssh_keys);
    h->ssh_user = arena_share(&r->plan->arena, &last->ssh_user,
                              user ? user : variable(VAR_SEED_SSH_USER)->otherwise);
}

static int read_host(struct reader *r, struct host *h, size_t i, struct last *last, struct error *e)
{
    struct inventory_origin where = inventory_host_origin(r->inv, h->inventory_index);
    char scratch[VALUE_TEXT_SIZE];
    struct plan *p = r->plan;
    const json_t *disks;
    size_t there;
    int ret;

    h->node_user =
        arena_printf(&p->arena, NODE_USER "%s", inventory_host_name(r->inv, h->inventory_index));
    if (p->arena.failed)
        return error_oom(e);
    h->pub.name = h->node_user + strlen(NODE_USER);
    h->pub.roles = r->roles[h->inventory_index];
    ret = index_put(&p->by_name, h->pub.name, i, &there, e);
    if (ret < 0)
        return ret;
    host_name_check(r, h);
    read_trust(r, h);
    read_address(r, h, &where);
    ret = read_identifiers(r, h, i, e);
    if (ret == 0)
        ret = read_bond(r, h, i, e);
    if (ret < 0)
        return ret;
    read_network(r, h, last);
    read_ssh(r, h, last);
    h->access_ip = arena_copy(&p->arena, host_text(r, h, VAR_ACCESS_IP, scratch, NULL));
    addresses_check_host(r, h, where);
    h->labels = marks(r, h, VAR_NODE_LABELS, &last->labels, node_labels_text);
    h->taints = marks(r, h, VAR_NODE_TAINTS, &last->taints, node_taints_text);
    h->flags = marks(r, h, VAR_KUBELET_CUSTOM_FLAGS, &last->flags, kubelet_flags_text);
    disks = reader_host(r, h->inventory_index, VAR_SEED_DATA_DISKS, NULL);
    h->disks = json_incref((json_t *)disks);
    install_read_host(r, h);
    return 0;
}

int hosts_read(struct reader *r, struct error *e)
{
    size_t i, n = inventory_host_count(r->inv), with_role = 0;
    struct plan *p = r->plan;
    struct index by_ip = {0};
    struct last last = {0};
    int ret = 0;

    for (i = 0; i < n; i++)
        with_role += r->roles[i] != 0;
    p->hosts = calloc(with_role + 1, sizeof(*p->hosts));
    if (!p->hosts)
        return error_oom(e);
    for (i = 0; i < n && ret == 0; i++) {
        struct host *h = &p->hosts[p->n_hosts];

        if (!r->roles[i])
            continue;
        h->inventory_index = i;
        ret = read_host(r, h, p->n_hosts, &last, e);
        p->n_hosts++;
        if (ret == 0 && h->pub.ip)
            ret = put_unique(r, &by_ip, h->pub.ip, p->n_hosts - 1, "ip",
                             inventory_host_origin(r->inv, i), e);
    }
    index_done(&by_ip);
    if (ret < 0)
        return ret;
    return r->failed || p->arena.failed ? error_oom(e) : 0;
}

/* ---- what hosts need from each other --------------------------------------------------------- */

void hosts_check_cluster(struct reader *r)
{
    const struct role_list *masters = role_hosts(r->plan, ROLE_MASTER);
    struct plan *p = r->plan;
    size_t i, kubelets = 0;

    addresses_check_loadbalancer(r);
    host_names_check_endpoint(r);
    if (masters->n > 1 && !p->cluster.lb_address)
        reader_refuse(
            r, inventory_host_origin(r->inv, p->hosts[masters->hosts[1]].inventory_index),
            "%zu masters, but no address that reaches them all: set loadbalancer_apiserver: "
            "{address: …, port: %u} in vars.yml",
            masters->n, p->cluster.api_port);
    for (i = 0; i < p->n_hosts; i++)
        kubelets += (p->hosts[i].pub.roles & ROLE_KUBELET) != 0;
    if (kubelets > NODES_TESTED)
        reader_warn(r, reader_origin(r), "%zu nodes: Kubernetes is built and tested for at most %d",
                    kubelets, NODES_TESTED);
    for (i = 0; p->cluster.is_bridge && kubelets > 1 && i < p->n_hosts; i++)
        if (p->hosts[i].pub.roles & ROLE_KUBELET && !p->hosts[i].pod_gateway)
            reader_refuse(
                r, inventory_host_origin(r->inv, p->hosts[i].inventory_index),
                "%s: kube_network_plugin bridge needs a router for the pods of other nodes: "
                "set seed_pod_gateway (or seed_gateway)",
                p->hosts[i].pub.name);
}
