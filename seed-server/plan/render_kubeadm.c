/* SPDX-License-Identifier: Apache-2.0 */
#include "kubernetes.h"
#include "render.h"

#define KUBEADM_CONFIG "/etc/nodeseed/kubeadm.json"
#define KUBEADM_PATCHES "/etc/nodeseed/kubeadm-patches"
#define TEXT_MAX (256 * 1024)

/* kubeadm's two documents, as JSON, one after the other with YAML's separator: kubeadm reads a
 * stream of documents. Fields: kubeadm's API reference of the version that kubernetes.c picks. */

/* A dict of arguments in the form that the version takes. args is stolen. */
static json_t *extra_args(const struct kubernetes *k, json_t *args)
{
    const char *name;
    json_t *value, *list;

    if (!args || !k->args_are_list)
        return args;
    list = json_array();
    json_object_foreach(args, name,
                        value) if (!list ||
                                   json_array_append_new(list, json_pack("{s:s, s:O}", "name", name,
                                                                         "value", value)) < 0)
    {
        json_decref(list);
        list = NULL;
        break;
    }
    json_decref(args);
    return list;
}

/* The stable name, the load balancer, every master by name and address, and what the inventory
 * adds: kubeadm itself adds the host's own and the service's. */
static json_t *certificate_names(const struct plan *p)
{
    const struct role_list *masters = role_hosts(p, ROLE_MASTER);
    const struct cluster *c = &p->cluster;
    json_t *list = json_pack("[s, s, s]", c->endpoint_name, "localhost", "127.0.0.1");
    size_t i;
    int r = list ? 0 : -1;

    if (r == 0 && c->lb_address)
        r = json_array_append_new(list, json_string(c->lb_address));
    for (i = 0; i < masters->n && r == 0; i++) {
        const struct host *h = &p->hosts[masters->hosts[i]];

        r = json_array_append_new(list, json_string(h->pub.name));
        if (r == 0)
            r = json_array_append_new(list, json_string(h->pub.ip));
        if (r == 0 && h->access_ip && strcmp(h->access_ip, h->pub.ip) != 0)
            r = json_array_append_new(list, json_string(h->access_ip));
    }
    if (r == 0 && c->certificate_names)
        r = json_array_extend(list, c->certificate_names);
    if (r < 0) {
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *etcd_endpoints(const struct plan *p)
{
    const struct role_list *etcd = role_hosts(p, ROLE_ETCD);
    json_t *list = json_array();
    char url[64];
    size_t i;

    for (i = 0; list && i < etcd->n; i++) {
        (void)snprintf(url, sizeof(url), "https://%s:2379", p->hosts[etcd->hosts[i]].pub.ip);
        if (json_array_append_new(list, json_string(url)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* How long kubeadm waits for static pods, "240s". */
static const char *control_plane_timeout(const struct plan *p, char text[32])
{
    (void)snprintf(text, 32, "%ds", scaled(p, 240));
    return text;
}

/* EC keys, as the taskbox and the nodes make them: RSA keys cost an emulated or small machine
 * seconds each, and a part of that at every handshake. kubeadm's feature gate from 1.19 on, a field
 * of its own from v1beta4. NULL where there is neither. */
static json_t *ec_keys(unsigned minor)
{
    if (minor >= 31)
        return json_pack("{s:s}", "encryptionAlgorithm", "ECDSA-P256");
    if (minor >= 19)
        return json_pack("{s:{s:b}}", "featureGates", "PublicKeysECDSA", true);
    return json_object();
}

/* The arguments of a program that elects a leader, with the limits that it ends itself by when the
 * API answers late, and comes back to a machine that is busier still. Kubernetes' defaults, times
 * the factor; how often it tries stays. Steals args. */
static json_t *patient(const struct plan *p, json_t *args)
{
    char lease[32], deadline[32];
    int r = args ? 0 : -1;

    (void)snprintf(lease, sizeof(lease), "%ds", scaled(p, 15));
    (void)snprintf(deadline, sizeof(deadline), "%ds", scaled(p, 10));
    if (r == 0)
        r = json_object_set_new(args, "leader-elect-lease-duration", json_string(lease));
    if (r == 0)
        r = json_object_set_new(args, "leader-elect-renew-deadline", json_string(deadline));
    if (r < 0) {
        json_decref(args);
        return NULL;
    }
    return extra_args(kubernetes_of(p->cluster.minor), args);
}

/* The plan hands out pod networks: in join order they would differ from the CNI files. */
static json_t *manager_args(const struct plan *p)
{
    char grace[32], life[32];
    json_t *args;

    (void)snprintf(grace, sizeof(grace), "%ds", scaled(p, 40));
    args =
        json_pack("{s:s, s:s}", "allocate-node-cidrs", "false", "node-monitor-grace-period", grace);
    if (args && p->cluster.certificates_short) {
        (void)snprintf(life, sizeof(life), "%llus",
                       (unsigned long long)p->cluster.certificate_life_s);
        if (json_object_set_new(args, kubernetes_of(p->cluster.minor)->signing_flag,
                                json_string(life)) < 0) {
            json_decref(args);
            args = NULL;
        }
    }
    return patient(p, args);
}

static json_t *cluster_configuration(const struct plan *p)
{
    const struct kubernetes *k = kubernetes_of(p->cluster.minor);
    const struct cluster *c = &p->cluster;
    char version[32], timeout[32];

    (void)snprintf(version, sizeof(version), "v%s", c->version);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:{s:o, s:s, s:s, s:s}}, s:{s:s, s:s, s:s}, "
        "s:{s:o, s:s*}, s:{s:o}, s:{s:o}}",
        "apiVersion", k->kubeadm_api, "kind", "ClusterConfiguration", "kubernetesVersion", version,
        "clusterName", "kubernetes", "controlPlaneEndpoint", p->settings.api_endpoint,
        "certificatesDir", PKI, "imageRepository", c->image_repo, "etcd", "external", "endpoints",
        etcd_endpoints(p), "caFile", PKI "/etcd/ca.crt", "certFile",
        PKI "/apiserver-etcd-client.crt", "keyFile", PKI "/apiserver-etcd-client.key", "networking",
        "dnsDomain", c->dns_domain, "podSubnet", c->pods_text, "serviceSubnet", c->services_text,
        "apiServer", "certSANs", certificate_names(p), "timeoutForControlPlane",
        k->timeout_in_init ? NULL : control_plane_timeout(p, timeout), "controllerManager",
        "extraArgs", manager_args(p), "scheduler", "extraArgs", patient(p, json_object()));
}

/* A master that is no node of its own carries the taint; kubeadm's default is to set it, so that
 * "no taints" must be said. */
static json_t *taints(const struct plan *p, const struct host *h)
{
    const struct kubernetes *k = kubernetes_of(p->cluster.minor);

    if (h->pub.roles & ROLE_NODE)
        return json_array();
    return json_pack("[{s:s, s:s}]", "key", k->master_label, "effect", "NoSchedule");
}

/* The token is only there because the phase makes its RBAC together with one; it is deleted at once
 * and would not live long. */
static json_t *init_configuration(const struct plan *p, const struct host *h)
{
    const struct kubernetes *k = kubernetes_of(p->cluster.minor);
    char timeout[32];
    json_t *timeouts = NULL;

    if (k->timeout_in_init)
        timeouts = json_pack("{s:s}", "controlPlaneComponentHealthCheck",
                             control_plane_timeout(p, timeout));
    return json_pack(
        "{s:s, s:s, s:{s:s, s:i}, s:{s:s, s:s, s:o}, s:[{s:s, s:s, s:[s], s:[s, s]}], s:o*}",
        "apiVersion", k->kubeadm_api, "kind", "InitConfiguration", "localAPIEndpoint",
        "advertiseAddress", h->pub.ip, "bindPort", (int)p->cluster.api_port, "nodeRegistration",
        "name", h->pub.name, "criSocket",
        k->socket_is_url ? "unix://" CONTAINERD_SOCKET : CONTAINERD_SOCKET, "taints", taints(p, h),
        "bootstrapTokens", "description", "made by nodeseed, deleted at once", "ttl", "15m0s",
        "groups", "system:bootstrappers:kubeadm:default-node-token", "usages", "signing",
        "authentication", "timeouts", timeouts);
}

int render_kubeadm_shared(struct plan *p, struct error *e)
{
    _cleanup_json_ json_t *cluster = cluster_configuration(p), *keys = ec_keys(p->cluster.minor);
    _cleanup_buf_ struct buf out = BUF_INIT(TEXT_MAX);
    int r;

    if (!cluster || !keys || json_object_update(cluster, keys) < 0)
        return error_oom(e);
    r = json_print(cluster, &out, e);
    if (r < 0)
        return r;
    p->shared.kubeadm_cluster = arena_copy(&p->arena, out.data);
    p->shared.master_certificates =
        json_pack("[{s:s, s:s, s:s, s:s}]", "purpose", "apiserver-etcd-client", "key",
                  PKI "/apiserver-etcd-client.key", "cert", PKI "/apiserver-etcd-client.crt", "ca",
                  PKI "/etcd/ca.crt");
    return p->shared.master_certificates && !p->arena.failed ? 0 : error_oom(e);
}

/* Where machines are slow, a kubelet with kubeadm's limits takes a busy API server for a dead one
 * and kills it, which makes all busier still. Their number of failures, times the factor. */
static int add_patches(const struct plan *p, json_t *files)
{
    static const char *const programs[] = {"kube-apiserver", "kube-controller-manager",
                                           "kube-scheduler"};
    char path[128];
    json_t *file;

    for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
        (void)snprintf(path, sizeof(path), KUBEADM_PATCHES "/%s+strategic.json", programs[i]);
        file = file_json(path, "0600",
                         json_pack("{s:{s:[{s:s, s:{s:i}}]}}", "spec", "containers", "name",
                                   programs[i], "livenessProbe", "failureThreshold", scaled(p, 8)));
        if (json_array_append_new(files, file) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* kubeadm's certificates live a year. What is made to live for less is replaced as often. */
uint64_t render_kubeadms_life_s(const struct plan *p)
{
    uint64_t life_s = p->cluster.certificate_life_s;

    return life_s < KUBEADMS_LIFE_S ? life_s : KUBEADMS_LIFE_S;
}

json_t *render_control_plane(const struct plan *p, const struct host *h, struct error *e)
{
    const char *flag = kubernetes_of(p->cluster.minor)->patches_flag;
    bool patched = flag && p->cluster.factor > 1;
    _cleanup_json_ json_t *init = init_configuration(p, h), *files = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(TEXT_MAX);
    char api[64];

    if (!init || json_print(init, &text, e) < 0)
        return NULL;
    buf_addf(&text, "\n---\n%s\n", p->shared.kubeadm_cluster);
    if (buf_check(&text) < 0)
        return NULL;
    files = json_pack("[o]", file_text(KUBEADM_CONFIG, "0600", text.data));
    if (!files || (patched && add_patches(p, files) < 0))
        return NULL;
    (void)snprintf(api, sizeof(api), "https://%s:%u", h->pub.ip, p->cluster.api_port);
    return json_pack("{s:O, s:O, s:s, s:s, s:o*, s:s, s:s, s:s, s:i, s:I, s:n}", "files", files,
                     "certificates", p->shared.master_certificates, "kubeadm",
                     plan_program(p, "kubeadm", "/usr/bin/kubeadm"), "kubeadm_config",
                     KUBEADM_CONFIG, "kubeadm_flags",
                     patched ? json_pack("[s, s]", flag, KUBEADM_PATCHES) : NULL, "api", api, "ca",
                     PKI "/ca.crt", "admin_kubeconfig", "/etc/kubernetes/admin.conf", "timeout_s",
                     scaled(p, 600), "certificate_life_s", (json_int_t)render_kubeadms_life_s(p),
                     "bootstrap_token");
}
