/* SPDX-License-Identifier: Apache-2.0 */
#include "image_names.h"
#include "kubernetes.h"
#include "node_marks.h"
#include "render.h"
#include "templates.h"

#define RESOLV_CONF "/run/nodeseed/resolv.conf" /* made by kubelet.service at each start */
#define CONTAINERD_UNIT "containerd.service"
/* What the kubelet uses and, before it ends, replaces by a newer one: a link of its certificate
 * store. */
#define CLIENT_PAIR KUBELET_PKI "/kubelet-client-current.pem"

/* KubeletConfiguration, kubelet.config.k8s.io/v1beta1. Images cannot be pulled again here, so the
 * kubelet never collects them. The client certificate is renewed by the kubelet itself; the serving
 * one is the taskbox's. */
static json_t *configuration(const struct plan *p)
{
    const struct kubernetes *k = kubernetes_of(p->cluster.minor);
    json_t *config = json_pack(
        "{s:s, s:s, s:s, s:{s:{s:b}, s:{s:b}, s:{s:s}}, s:{s:s}}", "apiVersion",
        "kubelet.config.k8s.io/v1beta1", "kind", "KubeletConfiguration", "staticPodPath",
        "/etc/kubernetes/manifests", "authentication", "anonymous", "enabled", false, "webhook",
        "enabled", true, "x509", "clientCAFile", PKI "/ca.crt", "authorization", "mode", "Webhook");
    json_t *rest = json_pack(
        "{s:s, s:[s], s:s, s:b, s:i, s:{s:s, s:s, s:s}, s:i, s:b, s:b, s:s, s:s, s:s}",
        "cgroupDriver", "systemd", "clusterDNS", p->cluster.dns_address, "clusterDomain",
        p->cluster.dns_domain, "failSwapOn", true, "imageGCHighThresholdPercent", 100,
        "evictionHard", "memory.available", "100Mi", "nodefs.available", "5%", "nodefs.inodesFree",
        "5%", "maxPods", (int)p->cluster.max_pods, "rotateCertificates", true, "serverTLSBootstrap",
        false, "tlsCertFile", KUBELET_PKI "/kubelet.crt", "tlsPrivateKeyFile",
        KUBELET_PKI "/kubelet.key", "resolvConf", RESOLV_CONF);

    if (!config || !rest || json_object_update(config, rest) < 0 ||
        (k->runtime_in_config &&
         json_object_set_new(config, "containerRuntimeEndpoint",
                             json_string("unix://" CONTAINERD_SOCKET)) < 0)) {
        json_decref(config);
        config = NULL;
    }
    json_decref(rest);
    return config;
}

static json_t *kubeconfig(const struct plan *p)
{
    char server[320];

    (void)snprintf(server, sizeof(server), "https://%s", p->settings.api_endpoint);
    return json_pack(
        "{s:s, s:s, s:[{s:s, s:{s:s, s:s}}], s:[{s:s, s:{s:s, s:s}}], s:[{s:s, s:{s:s, "
        "s:s}}], s:s}",
        "apiVersion", "v1", "kind", "Config", "clusters", "name", "kubernetes", "cluster",
        "certificate-authority", PKI "/ca.crt", "server", server, "users", "name", "kubelet",
        "user", "client-certificate", CLIENT_PAIR, "client-key", CLIENT_PAIR, "contexts", "name",
        "kubelet", "context", "cluster", "kubernetes", "user", "kubelet", "current-context",
        "kubelet");
}

static json_t *certificates(void)
{
    return json_pack("[{s:s, s:s, s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}]", "purpose",
                     "kubelet-client", "key", KUBELET_PKI "/kubelet-client.key", "cert",
                     KUBELET_PKI "/kubelet-client.crt", "ca", PKI "/ca.crt", "bundle",
                     KUBELET_PKI "/kubelet-client-seed.pem", "current", CLIENT_PAIR, "purpose",
                     "kubelet-server", "key", KUBELET_PKI "/kubelet.key", "cert",
                     KUBELET_PKI "/kubelet.crt", "ca", PKI "/ca.crt");
}

/* The flags that no host has otherwise. Those of its own follow in the drop-in, so that a custom
 * flag wins. */
static const char *common_args(struct plan *p)
{
    const struct kubernetes *k = kubernetes_of(p->cluster.minor);
    bool pause = image_is_expected(p, IMAGE_PAUSE);

    return arena_printf(
        &p->arena, "%s%s%s%s",
        k->has_runtime_flags
            ? "--container-runtime=remote --container-runtime-endpoint=unix://" CONTAINERD_SOCKET
              " "
            : "",
        k->has_network_flags ? "--network-plugin=cni " : "",
        pause ? "--pod-infra-container-image=" : "", pause ? p->cluster.images[IMAGE_PAUSE] : "");
}

/* containerd's own unit, where containerd itself comes as an artifact. */
static int add_runtime_unit(struct plan *p, struct error *e)
{
    const char *values[] = {"containerd", plan_program(p, "containerd", NULL), NULL};
    _cleanup_buf_ struct buf unit = BUF_INIT(16384);
    int r;

    if (!values[1])
        return 0;
    r = template_fill(TEMPLATE_CONTAINERD_SERVICE, values, &unit, e);
    if (r < 0)
        return r;
    r = json_array_append_new(p->shared.kubelet_files,
                              file_text("/etc/systemd/system/" CONTAINERD_UNIT, "0644", unit.data));
    return r < 0 ? error_oom(e) : 0;
}

int render_kubelet_shared(struct plan *p, struct error *e)
{
    const char *unit_values[] = {"kubelet", plan_program(p, "kubelet", "/usr/bin/kubelet"),
                                 "resolv_conf", RESOLV_CONF, NULL};
    const char *runtime_values[] = {
        "pause", p->cluster.images[IMAGE_PAUSE],  "cni_bin", p->shared.cni_folder,
        "runc",  plan_program(p, "runc", "runc"), NULL};
    _cleanup_buf_ struct buf unit = BUF_INIT(16384), runtime = BUF_INIT(16384);
    struct shared *s = &p->shared;
    int r;

    r = template_fill(TEMPLATE_KUBELET_SERVICE, unit_values, &unit, e);
    if (r < 0)
        return r;
    r = template_fill(TEMPLATE_CONTAINERD, runtime_values, &runtime, e);
    if (r < 0)
        return r;
    s->kubelet_files =
        json_pack("[o, o, o, o]", file_text(CONTAINERD_CONFIG, "0644", runtime.data),
                  file_json("/var/lib/kubelet/config.json", "0644", configuration(p)),
                  file_json("/etc/kubernetes/kubelet.conf", "0600", kubeconfig(p)),
                  file_text("/etc/systemd/system/kubelet.service", "0644", unit.data));
    s->kubelet_certificates = certificates();
    s->kubelet_runtime =
        json_pack("{s:s, s:s}", "unit", CONTAINERD_UNIT, "config", CONTAINERD_CONFIG);
    s->kubelet_args = common_args(p);
    if (!s->kubelet_files || !s->kubelet_certificates || !s->kubelet_runtime || p->arena.failed)
        return error_oom(e);
    return add_runtime_unit(p, e);
}

static json_t *drop_in(const struct plan *p, const struct host *h, struct error *e)
{
    _cleanup_buf_ struct buf args = BUF_INIT(262144), text = BUF_INIT(262144);
    _cleanup_buf_ struct buf labels = BUF_INIT(262144);
    const char *values[] = {"args", NULL, NULL};

    buf_addf(&args, "--node-ip=%s %s", h->pub.ip, p->shared.kubelet_args);
    if (h->labels)
        node_labels_flag(h->labels, &labels);
    if (labels.len)
        buf_addf(&args, " --node-labels=%s", labels.data);
    if (h->taints)
        buf_addf(&args, " --register-with-taints=%s", h->taints);
    if (h->flags)
        buf_addf(&args, " %s", h->flags);
    if (buf_check(&args) < 0 || buf_check(&labels) < 0) {
        (void)error_oom(e);
        return NULL;
    }
    values[1] = args.data;
    if (template_fill(TEMPLATE_KUBELET_DROP_IN, values, &text, e) < 0)
        return NULL;
    return file_text("/etc/systemd/system/kubelet.service.d/10-nodeseed.conf", "0644", text.data);
}

json_t *render_kubelet(const struct plan *p, const struct host *h, struct error *e)
{
    const struct shared *s = &p->shared;
    json_t *files = json_copy(s->kubelet_files);

    if (files && (json_array_append_new(files, drop_in(p, h, e)) < 0 ||
                  (p->cluster.is_bridge && json_array_append_new(files, render_cni(p, h)) < 0))) {
        json_decref(files);
        files = NULL;
    }
    return json_pack("{s:o, s:O, s:s, s:O}", "files", files, "certificates",
                     s->kubelet_certificates, "unit", "kubelet.service", "runtime",
                     s->kubelet_runtime);
}

json_t *render_node(const struct plan *p, const struct host *h)
{
    json_t *labels = node_labels_json(h->labels), *taints = node_taints_json(h->taints);
    char api[320];

    if ((h->labels && !labels) || (h->taints && !taints)) {
        json_decref(labels);
        json_decref(taints);
        return NULL;
    }
    (void)snprintf(api, sizeof(api), "https://%s", p->settings.api_endpoint);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:o*, s:o*}", "name", h->pub.name, "api",
                     api, "ca", PKI "/ca.crt", "cert", CLIENT_PAIR, "key", CLIENT_PAIR, "pod_cidr",
                     h->pub.pod_cidr, "timeout_s", scaled(p, 600), "labels", labels, "taints",
                     taints);
}
