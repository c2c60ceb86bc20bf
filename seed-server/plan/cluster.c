/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include "common/parse.h"
#include "image_names.h"
#include "kubernetes.h"
#include "types.h"

#define DAY_S 86400
#define MINUTE_MS 60000
#define CERTIFICATE_LIFE_MIN_S 30
#define CERTIFICATE_LIFE_MAX_S (36500U * DAY_S)

/* Kubernetes keeps the first address of the service network for the API and the tenth for DNS
 * (kubeadm's GetDNSIP), so it needs at least that many. */
#define DNS_INDEX 10
#define SERVICE_PREFIX_MAX 28

static void read_network(struct reader *r, enum variable_id id, struct ip_network *ret,
                         const char **ret_text)
{
    *ret_text = reader_text(r, id);
    if (parse_network(*ret_text, ret, NULL) < 0) /* was checked: only without memory */
        r->failed = true;
}

static void check_networks(struct reader *r)
{
    const struct cluster *c = &r->plan->cluster;

    if (r->failed)
        return;
    if (network_overlaps(&c->services, &c->pods))
        reader_refuse(
            r, reader_where(r, VAR_KUBE_PODS_SUBNET),
            "kube_pods_subnet %s and kube_service_addresses %s overlap: choose two networks "
            "apart",
            c->pods_text, c->services_text);
    if (c->services.prefix > SERVICE_PREFIX_MAX || c->services.prefix < 12)
        reader_refuse(r, reader_where(r, VAR_KUBE_SERVICE_ADDRESSES),
                      "kube_service_addresses %s: the prefix must be from 12 to %d",
                      c->services_text, SERVICE_PREFIX_MAX);
    if (c->node_prefix < c->pods.prefix)
        reader_refuse(
            r, reader_where(r, VAR_KUBE_NETWORK_NODE_PREFIX),
            "kube_network_node_prefix %u is wider than kube_pods_subnet %s: write %u or more",
            c->node_prefix, c->pods_text, c->pods.prefix);
    else if (c->node_prefix - c->pods.prefix > 20)
        reader_refuse(
            r, reader_where(r, VAR_KUBE_NETWORK_NODE_PREFIX),
            "kube_network_node_prefix %u cuts %s into more than a million networks: write %u "
            "or less",
            c->node_prefix, c->pods_text, c->pods.prefix + 20);
    if (c->max_pods > (1u << (32 - c->node_prefix)) - 2)
        reader_refuse(r, reader_where(r, VAR_KUBELET_MAX_PODS),
                      "kubelet_max_pods %u, but a node's /%u holds %u addresses for pods: lower "
                      "kubelet_max_pods or kube_network_node_prefix",
                      c->max_pods, c->node_prefix, (1u << (32 - c->node_prefix)) - 2);
}

static void read_networks(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;
    struct ip_address dns;
    char text[IP_TEXT_SIZE];

    read_network(r, VAR_KUBE_SERVICE_ADDRESSES, &c->services, &c->services_text);
    read_network(r, VAR_KUBE_PODS_SUBNET, &c->pods, &c->pods_text);
    c->node_prefix = (unsigned)reader_number(r, VAR_KUBE_NETWORK_NODE_PREFIX);
    c->max_pods = (unsigned)reader_number(r, VAR_KUBELET_MAX_PODS);
    check_networks(r);
    if (!r->failed && network_host(&c->services, DNS_INDEX, &dns) == 0) {
        format_ip(&dns, text);
        c->dns_address = arena_copy(&r->plan->arena, text);
    }
    c->is_bridge = strcmp(reader_text(r, VAR_KUBE_NETWORK_PLUGIN), "bridge") == 0;
    c->dns_domain = reader_text(r, VAR_DNS_DOMAIN);
    c->calico_version = reader_text(r, VAR_CALICO_VERSION);
    c->calico_pool = reader_text(r, VAR_CALICO_POOL_NAME);
    c->calico_ipip = reader_text(r, VAR_CALICO_IPIP_MODE);
    c->calico_to_host = reader_text(r, VAR_CALICO_ENDPOINT_TO_HOST);
    c->calico_mtu = (unsigned)reader_number(r, VAR_CALICO_MTU);
    c->calico_as = (unsigned)reader_number(r, VAR_GLOBAL_AS_NUM);
}

static void read_version(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;
    const char *version = reader_text(r, VAR_KUBERNETES_VERSION);
    unsigned long major;
    char *end;

    c->version = version + (*version == 'v');
    major = strtoul(c->version, &end, 10);
    c->minor = *end ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
    if (major != 1 || !kubernetes_of(c->minor))
        reader_refuse(
            r, reader_where(r, VAR_KUBERNETES_VERSION),
            "kubernetes_version %s: kubeadm has phases from 1.13 on, and 1.%u is the newest "
            "known here",
            c->version, KUBERNETES_NEWEST);
}

static void read_api(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;
    const json_t *lb = reader_cluster(r, VAR_LOADBALANCER_APISERVER, NULL), *names;

    c->endpoint_name = reader_text(r, VAR_APISERVER_DOMAIN_NAME);
    c->api_port = (unsigned)reader_number(r, VAR_KUBE_APISERVER_PORT);
    c->lb_port = c->api_port;
    if (lb) {
        c->lb_address =
            arena_copy(&r->plan->arena, json_string_value(json_object_get(lb, "address")));
        c->lb_port = (unsigned)value_number(json_object_get(lb, "port"), c->api_port);
    }
    names = reader_cluster(r, VAR_SUPPLEMENTARY_ADDRESSES, NULL);
    if (names) {
        c->certificate_names = value_list(names);
        if (!c->certificate_names)
            r->failed = true;
    }
}

/* By the registry of all of Kubernetes' images alone nobody asked for it. */
bool cluster_has_dns(struct reader *r)
{
    return plan_image_of(r->plan, "coredns") || reader_cluster(r, VAR_COREDNS_IMAGE_REPO, NULL) ||
           reader_cluster(r, VAR_COREDNS_IMAGE_TAG, NULL) ||
           reader_cluster(r, VAR_COREDNS_DIGEST, NULL);
}

void cluster_check_artifacts(struct reader *r)
{
    static const struct {
        const char *name;
        enum plan_image image;
    } images[] = {
        {"calico/node",             IMAGE_CALICO_NODE       },
        {"calico/cni",              IMAGE_CALICO_CNI        },
        {"calico/kube-controllers", IMAGE_CALICO_CONTROLLERS},
    };
    const struct cluster *c = &r->plan->cluster;
    size_t i;

    image_names_read(r);
    storage_check_artifacts(r);
    if (c->is_bridge)
        return;
    if (c->minor < 16)
        reader_refuse(r, reader_where(r, VAR_KUBE_NETWORK_PLUGIN),
                      "kube_network_plugin calico needs Kubernetes 1.16 or newer, not %s",
                      c->version);
    for (i = 0; r->plan->n_artifacts && i < ARRAY_SIZE(images); i++)
        if (!image_is_expected(r->plan, images[i].image))
            reader_warn(r, reader_where(r, VAR_SEED_ARTIFACTS),
                        "seed_artifacts has no image of %s: its pods wait until nodes have it",
                        images[i].name);
}

static void read_etcd(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;

    c->etcd_data_dir = reader_text(r, VAR_ETCD_DATA_DIR);
    c->etcd_heartbeat = (unsigned)reader_number(r, VAR_ETCD_HEARTBEAT_INTERVAL);
    c->etcd_election = (unsigned)reader_number(r, VAR_ETCD_ELECTION_TIMEOUT);
    if (c->etcd_election < 5 * c->etcd_heartbeat)
        reader_refuse(
            r, reader_where(r, VAR_ETCD_ELECTION_TIMEOUT),
            "etcd_election_timeout %u is less than five times etcd_heartbeat_interval %u, "
            "which etcd refuses",
            c->etcd_election, c->etcd_heartbeat);
}

/* etcd's data is its own and nobody else's, and what is mounted below the other is looked through
 * for volumes. */
static void check_folders(struct reader *r)
{
    const char *data = r->plan->cluster.etcd_data_dir,
               *base = r->plan->cluster.storage.local.base_dir;
    enum variable_id id = r->set[VAR_ETCD_DATA_DIR] ? VAR_ETCD_DATA_DIR : VAR_LOCAL_BASE_DIR;

    if (data && base && (path_is_inside(data, base) || path_is_inside(base, data)))
        reader_refuse(r, reader_where(r, id),
                      "etcd_data_dir %s and local_volume_provisioner_base_dir %s: one is in the "
                      "other: write two folders apart",
                      data, base);
}

/* Nobody means that there is no time at all, and seconds do not do for a boot. */
static void check_times(struct reader *r)
{
    static const enum variable_id ids[] = {VAR_SEED_ARM_WINDOW, VAR_SEED_STEP_TIMEOUT,
                                           VAR_SEED_ADDON_TIMEOUT};
    uint64_t window = r->plan->settings.arm_window_ms;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(ids); i++)
        if (reader_duration(r, ids[i]) == 0)
            reader_refuse(r, reader_where(r, ids[i]),
                          "%s %s: that is no time at all: write one with its unit, such as %s",
                          variable(ids[i])->name, reader_text(r, ids[i]),
                          variable(ids[i])->otherwise);
    if (window > 0 && window < MINUTE_MS)
        reader_warn(r, reader_where(r, VAR_SEED_ARM_WINDOW),
                    "seed_arm_window %s is %g seconds: machines that take longer to start are "
                    "turned away: write minutes with their unit, such as 30m",
                    reader_text(r, VAR_SEED_ARM_WINDOW), (double)window / 1000);
}

static void check_console_port(struct reader *r)
{
    uint64_t port = reader_number(r, VAR_CONSOLE_PORT);

    if (port == 30180 || port == 30280 || port == 30380)
        reader_refuse(r, reader_where(r, VAR_CONSOLE_PORT),
                      "console_port %u is one that KubeSphere itself uses: write 30880 or another",
                      (unsigned)port);
}

static void read_certificate_life(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;
    char scratch[VALUE_TEXT_SIZE];
    const char *life = value_text(reader_cluster(r, VAR_SEED_CERTIFICATE_LIFE, NULL), scratch);
    uint64_t ms;

    c->certificate_life_s = reader_number(r, VAR_SEED_CERTIFICATE_DAYS) * DAY_S;
    if (!life || parse_duration(life, &ms, NULL) < 0)
        return;
    c->certificate_life_s = ms / 1000;
    c->certificates_short = true;
    if (ms / 1000 < CERTIFICATE_LIFE_MIN_S || ms / 1000 > CERTIFICATE_LIFE_MAX_S)
        reader_refuse(r, reader_where(r, VAR_SEED_CERTIFICATE_LIFE),
                      "seed_certificate_life %s: write %ds to %dd: certificates that end sooner "
                      "cannot be renewed in time",
                      life, CERTIFICATE_LIFE_MIN_S, CERTIFICATE_LIFE_MAX_S / DAY_S);
    else if (ms / 1000 < DAY_S)
        reader_warn(r, reader_where(r, VAR_SEED_CERTIFICATE_LIFE),
                    "seed_certificate_life %s is for tests: a machine that is off, or cannot reach "
                    "the taskbox, for so long comes back with certificates that have ended",
                    life);
}

int cluster_read(struct reader *r, struct error *e)
{
    struct cluster *c = &r->plan->cluster;
    struct plan_settings *s = &r->plan->settings;
    char scratch[VALUE_TEXT_SIZE];
    const char *factor;

    factor = value_text(reader_cluster(r, VAR_SEED_TIMEOUT_FACTOR, NULL), scratch);
    c->factor = factor ? strtod(factor, NULL) : 1;
    read_version(r);
    read_networks(r);
    read_api(r);
    read_etcd(r);
    c->proxy_mode = reader_text(r, VAR_KUBE_PROXY_MODE);
    c->image_repo = reader_text(r, VAR_KUBE_IMAGE_REPO);
    c->master_memory = (unsigned)reader_number(r, VAR_MINIMAL_MASTER_MEMORY_MB);
    c->node_memory = (unsigned)reader_number(r, VAR_MINIMAL_NODE_MEMORY_MB);
    read_certificate_life(r);
    c->addon_timeout_s = (unsigned)(reader_duration(r, VAR_SEED_ADDON_TIMEOUT) / 1000);
    check_console_port(r);
    c->install_clients = strcmp(reader_text(r, VAR_SEED_STORAGE_CLIENTS), "install") == 0;
    storage_read(r);
    check_folders(r);

    s->arm_window_ms = reader_duration(r, VAR_SEED_ARM_WINDOW);
    check_times(r);
    s->etcd_grace_ms = reader_duration(r, VAR_SEED_ETCD_GRACE);
    s->step_timeout_ms = reader_duration(r, VAR_SEED_STEP_TIMEOUT);
    c->install_consoles = variable(VAR_SEED_CONSOLE)->otherwise;
    s->install_parallel = (unsigned)reader_number(r, VAR_SEED_INSTALL_PARALLEL);
    s->kubernetes_version = c->version;
    s->api_endpoint = arena_printf(&r->plan->arena, "%s:%u", c->endpoint_name, c->lb_port);
    s->api_port = (uint16_t)c->lb_port;
    return r->failed || r->plan->arena.failed ? error_oom(e) : 0;
}
