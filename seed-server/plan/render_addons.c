/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"
#include "render.h"
#include "templates.h"

#define SYSTEM "kube-system"

/* What the init master applies once there is an API: kube-proxy, the pod network where it is a
 * manifest, DNS where its image is there, storage classes. */

json_t *addon_wait(const struct plan *p, const char *kind, const char *name, const char *field)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "/apis/apps/v1/namespaces/" SYSTEM "/%s/%s", kind, name);
    return json_pack("{s:s, s:s, s:i, s:i}", "path", path, "field", field, "at_least", 1,
                     "timeout_s", scaled(p, 300));
}

json_t *json_as_text(json_t *value, struct error *e)
{
    _cleanup_json_ json_t *owned = value;
    _cleanup_buf_ struct buf out = BUF_INIT(65536);

    if (!owned || json_print(owned, &out, e) < 0)
        return NULL;
    return json_string(out.data);
}

/* ---- kube-proxy, as kubeadm's addon makes it ------------------------------------------------- */

static json_t *proxy_config_map(const struct plan *p, struct error *e)
{
    char server[320];
    json_t *config, *kubeconfig;

    (void)snprintf(server, sizeof(server), "https://%s", p->settings.api_endpoint);
    config = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s}}", "apiVersion",
                       "kubeproxy.config.k8s.io/v1alpha1", "kind", "KubeProxyConfiguration",
                       "bindAddress", "0.0.0.0", "clusterCIDR", p->cluster.pods_text, "mode",
                       p->cluster.proxy_mode, "clientConnection", "kubeconfig",
                       "/var/lib/kube-proxy/kubeconfig.conf");
    kubeconfig =
        json_pack("{s:s, s:s, s:[{s:s, s:{s:s, s:s}}], s:[{s:s, s:{s:s}}], s:[{s:s, s:{s:s, s:s, "
                  "s:s}}], s:s}",
                  "apiVersion", "v1", "kind", "Config", "clusters", "name", "default", "cluster",
                  "certificate-authority", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                  "server", server, "users", "name", "default", "user", "tokenFile",
                  "/var/run/secrets/kubernetes.io/serviceaccount/token", "contexts", "name",
                  "default", "context", "cluster", "default", "namespace", "default", "user",
                  "default", "current-context", "default");
    return object_put(object_mark(object_new("v1", "ConfigMap", SYSTEM, "kube-proxy"), "labels",
                                  "app", "kube-proxy"),
                      "data",
                      json_pack("{s:o, s:o}", "config.conf", json_as_text(config, e),
                                "kubeconfig.conf", json_as_text(kubeconfig, e)));
}

static json_t *proxy_container(const char *image)
{
    return json_pack(
        "{s:s, s:s, s:s, s:[s, s, s], s:{s:b}, s:[{s:s, s:{s:{s:s}}}], s:[{s:s, s:s}, "
        "{s:s, s:s}, {s:s, s:s, s:b}]}",
        "name", "kube-proxy", "image", image, "imagePullPolicy", "IfNotPresent", "command",
        "/usr/local/bin/kube-proxy", "--config=/var/lib/kube-proxy/config.conf",
        "--hostname-override=$(NODE_NAME)", "securityContext", "privileged", true, "env", "name",
        "NODE_NAME", "valueFrom", "fieldRef", "fieldPath", "spec.nodeName", "volumeMounts", "name",
        "kube-proxy", "mountPath", "/var/lib/kube-proxy", "name", "xtables-lock", "mountPath",
        "/run/xtables.lock", "name", "lib-modules", "mountPath", "/lib/modules", "readOnly", true);
}

static json_t *proxy_daemon_set(const struct plan *p)
{
    const struct artifact *artifact = plan_image_of(p, "kube-proxy");
    char image[512];
    json_t *pod, *spec;

    (void)snprintf(image, sizeof(image), "%s/kube-proxy:v%s", p->cluster.image_repo,
                   p->cluster.version);
    pod = json_pack("{s:s, s:s, s:b, s:{s:s}, s:[{s:s}], s:[o], s:[{s:s, s:{s:s}}, o, o]}",
                    "priorityClassName", "system-node-critical", "serviceAccountName", "kube-proxy",
                    "hostNetwork", true, "nodeSelector", "kubernetes.io/os", "linux", "tolerations",
                    "operator", "Exists", "containers",
                    proxy_container(artifact ? artifact->image : image), "volumes", "name",
                    "kube-proxy", "configMap", "name", "kube-proxy",
                    object_host_path("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
                    object_host_path("lib-modules", "/lib/modules", NULL));
    spec = json_pack("{s:{s:{s:s}}, s:{s:s}, s:{s:{s:{s:s}}, s:o}}", "selector", "matchLabels",
                     "k8s-app", "kube-proxy", "updateStrategy", "type", "RollingUpdate", "template",
                     "metadata", "labels", "k8s-app", "kube-proxy", "spec", pod);
    return object_put(object_mark(object_new("apps/v1", "DaemonSet", SYSTEM, "kube-proxy"),
                                  "labels", "k8s-app", "kube-proxy"),
                      "spec", spec);
}

static json_t *render_proxy(const struct plan *p, struct error *e)
{
    return addon_new("kube-proxy",
                     json_pack("[o, o, o, o]", object_service_account(SYSTEM, "kube-proxy"),
                               object_cluster_binding("kubeadm:node-proxier", "system:node-proxier",
                                                      SYSTEM, "kube-proxy"),
                               proxy_config_map(p, e), proxy_daemon_set(p)),
                     addon_wait(p, "daemonsets", "kube-proxy", "numberReady"));
}

/* ---- CoreDNS, as kubeadm's addon makes it ---------------------------------------------------- */

static json_t *dns_role(void)
{
    json_t *rules =
        json_pack("[o, o, o]", object_rule("", "endpoints,services,pods,namespaces", "list,watch"),
                  object_rule("", "nodes", "get"),
                  object_rule("discovery.k8s.io", "endpointslices", "list,watch"));

    return object_put(
        object_new("rbac.authorization.k8s.io/v1", "ClusterRole", NULL, "system:coredns"), "rules",
        rules);
}

static json_t *dns_service(const struct plan *p)
{
    json_t *o = object_new("v1", "Service", SYSTEM, "kube-dns");

    o = object_mark(o, "labels", "k8s-app", "kube-dns");
    o = object_mark(o, "labels", "kubernetes.io/cluster-service", "true");
    o = object_mark(o, "labels", "kubernetes.io/name", "CoreDNS");
    return object_put(
        o, "spec",
        json_pack(
            "{s:s, s:{s:s}, s:[{s:s, s:i, s:s, s:i}, {s:s, s:i, s:s, s:i}, {s:s, s:i, s:s, s:i}]}",
            "clusterIP", p->cluster.dns_address, "selector", "k8s-app", "kube-dns", "ports", "name",
            "dns", "port", 53, "protocol", "UDP", "targetPort", 53, "name", "dns-tcp", "port", 53,
            "protocol", "TCP", "targetPort", 53, "name", "metrics", "port", 9153, "protocol", "TCP",
            "targetPort", 9153));
}

static json_t *probe(const char *path, int port, int delay)
{
    return json_pack("{s:{s:s, s:i, s:s}, s:i, s:i, s:i}", "httpGet", "path", path, "port", port,
                     "scheme", "HTTP", "initialDelaySeconds", delay, "timeoutSeconds", 5,
                     "failureThreshold", 5);
}

static json_t *dns_container(const char *image)
{
    return json_pack(
        "{s:s, s:s, s:s, s:[s, s], s:{s:{s:s}, s:{s:s, s:s}}, s:[{s:i, s:s, s:s}, {s:i, s:s, s:s}, "
        "{s:i, "
        "s:s, s:s}], s:[{s:s, s:s, s:b}], s:{s:b, s:b, s:{s:[s], s:[s]}}, s:o, s:o}",
        "name", "coredns", "image", image, "imagePullPolicy", "IfNotPresent", "args", "-conf",
        "/etc/coredns/Corefile", "resources", "limits", "memory", "170Mi", "requests", "cpu",
        "100m", "memory", "70Mi", "ports", "containerPort", 53, "name", "dns", "protocol", "UDP",
        "containerPort", 53, "name", "dns-tcp", "protocol", "TCP", "containerPort", 9153, "name",
        "metrics", "protocol", "TCP", "volumeMounts", "name", "config-volume", "mountPath",
        "/etc/coredns", "readOnly", true, "securityContext", "allowPrivilegeEscalation", false,
        "readOnlyRootFilesystem", true, "capabilities", "add", "NET_BIND_SERVICE", "drop", "all",
        "livenessProbe", probe("/health", 8080, 60), "readinessProbe", probe("/ready", 8181, 0));
}

static json_t *dns_deployment(const char *image)
{
    json_t *pod = json_pack(
        "{s:s, s:s, s:s, s:{s:s}, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}], s:[o], s:[{s:s, s:{s:s, "
        "s:[{s:s, s:s}]}}]}",
        "priorityClassName", "system-cluster-critical", "serviceAccountName", "coredns",
        "dnsPolicy", "Default", "nodeSelector", "kubernetes.io/os", "linux", "tolerations", "key",
        "CriticalAddonsOnly", "operator", "Exists", "key", "node-role.kubernetes.io/master",
        "effect", "NoSchedule", "key", "node-role.kubernetes.io/control-plane", "effect",
        "NoSchedule", "containers", dns_container(image), "volumes", "name", "config-volume",
        "configMap", "name", "coredns", "items", "key", "Corefile", "path", "Corefile");
    json_t *spec = json_pack("{s:i, s:{s:s, s:{s:i}}, s:{s:{s:s}}, s:{s:{s:{s:s}}, s:o}}",
                             "replicas", 2, "strategy", "type", "RollingUpdate", "rollingUpdate",
                             "maxUnavailable", 1, "selector", "matchLabels", "k8s-app", "kube-dns",
                             "template", "metadata", "labels", "k8s-app", "kube-dns", "spec", pod);

    return object_put(object_mark(object_new("apps/v1", "Deployment", SYSTEM, "coredns"), "labels",
                                  "k8s-app", "kube-dns"),
                      "spec", spec);
}

static json_t *render_dns(const struct plan *p, struct error *e)
{
    const char *values[] = {"domain", p->cluster.dns_domain, NULL};
    _cleanup_buf_ struct buf corefile = BUF_INIT(16384);
    json_t *map;

    if (template_fill(TEMPLATE_COREFILE, values, &corefile, e) < 0)
        return NULL;
    map = object_put(object_new("v1", "ConfigMap", SYSTEM, "coredns"), "data",
                     json_pack("{s:s}", "Corefile", corefile.data));
    return addon_new(
        "coredns",
        json_pack("[o, o, o, o, o, o]", object_service_account(SYSTEM, "coredns"), dns_role(),
                  object_cluster_binding("system:coredns", "system:coredns", SYSTEM, "coredns"),
                  map, dns_service(p), dns_deployment(p->cluster.images[IMAGE_COREDNS])),
        addon_wait(p, "deployments", "coredns", "readyReplicas"));
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int add(json_t *list, json_t *addon, struct error *e)
{
    if (json_array_append_new(list, addon) == 0)
        return 0;
    return e && e->code ? e->code : error_oom(e);
}

/* conf/addons: one after the other, each when what the ones before start is running. */
static json_t *render_manifest(const struct plan *p, const json_t *manifest)
{
    return json_pack("{s:O, s:O, s:n, s:{s:i}}", "name", json_object_get(manifest, "name"),
                     "objects", json_object_get(manifest, "objects"), "wait", "health", "timeout_s",
                     (int)p->cluster.addon_timeout_s);
}

json_t *render_own_addons(const struct plan *p, struct error *e)
{
    _cleanup_json_ json_t *list = json_array();

    if (!list) {
        (void)error_oom(e);
        return NULL;
    }
    if (add(list, render_proxy(p, e), e) < 0 ||
        (!p->cluster.is_bridge && add(list, render_calico(p, e), e) < 0) ||
        (!p->cluster.is_bridge && add(list, render_calico_pool(p), e) < 0) ||
        (p->settings.has_dns && add(list, render_dns(p, e), e) < 0) ||
        add(list, render_storage(p), e) < 0 ||
        (p->cluster.storage.local.enabled && !p->cluster.storage.local.by_nodeseed &&
         add(list, render_local(p, e), e) < 0))
        return NULL;
    return TAKE_PTR(list);
}

json_t *render_addons(const struct plan *p, struct error *e)
{
    _cleanup_json_ json_t *list = json_copy(p->shared.own_addons);
    const json_t *manifest;
    size_t i;

    if (!list) {
        (void)error_oom(e);
        return NULL;
    }
    json_array_foreach(p->manifests, i, manifest)
    {
        if (add(list, render_manifest(p, manifest), e) < 0)
            return NULL;
    }
    return TAKE_PTR(list);
}
