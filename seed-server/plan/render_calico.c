/* SPDX-License-Identifier: Apache-2.0 */
#include "image_names.h"
#include "objects.h"
#include "render.h"

/* Calico with Kubernetes as its data store, kubespray's settings: BGP mesh, IP in IP. The address
 * of a node is the one that its kubelet registered (status.hostIP): finding one by itself, Calico
 * takes whatever bridge comes first. */

#define SYSTEM "kube-system"
#define GROUP "crd.projectcalico.org"
#define NODE "calico-node"
#define CONTROLLERS "calico-kube-controllers"

/* The resources of Calico 3.17 to 3.19; its own programs check what is in them. */
static const struct {
    const char *kind, *plural, *scope;
} resources[] = {
    {"BGPConfiguration",             "bgpconfigurations",             "Cluster"   },
    {"BGPPeer",                      "bgppeers",                      "Cluster"   },
    {"BlockAffinity",                "blockaffinities",               "Cluster"   },
    {"ClusterInformation",           "clusterinformations",           "Cluster"   },
    {"FelixConfiguration",           "felixconfigurations",           "Cluster"   },
    {"GlobalNetworkPolicy",          "globalnetworkpolicies",         "Cluster"   },
    {"GlobalNetworkSet",             "globalnetworksets",             "Cluster"   },
    {"HostEndpoint",                 "hostendpoints",                 "Cluster"   },
    {"IPAMBlock",                    "ipamblocks",                    "Cluster"   },
    {"IPAMConfig",                   "ipamconfigs",                   "Cluster"   },
    {"IPAMHandle",                   "ipamhandles",                   "Cluster"   },
    {"IPPool",                       "ippools",                       "Cluster"   },
    {"KubeControllersConfiguration", "kubecontrollersconfigurations", "Cluster"   },
    {"NetworkPolicy",                "networkpolicies",               "Namespaced"},
    {"NetworkSet",                   "networksets",                   "Namespaced"},
};

static json_t *definition(size_t i)
{
    char name[128], singular[64], list[64];
    const char *c;
    size_t n = 0;

    (void)snprintf(name, sizeof(name), "%s." GROUP, resources[i].plural);
    for (c = resources[i].kind; *c && n + 1 < sizeof(singular); c++)
        singular[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    singular[n] = '\0';
    (void)snprintf(list, sizeof(list), "%sList", resources[i].kind);
    return object_put(
        object_new("apiextensions.k8s.io/v1", "CustomResourceDefinition", NULL, name), "spec",
        json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}, s:[{s:s, s:b, s:b, s:{s:{s:s, s:b}}}]}",
                  "group", GROUP, "scope", resources[i].scope, "names", "kind", resources[i].kind,
                  "listKind", list, "plural", resources[i].plural, "singular", singular, "versions",
                  "name", "v1", "served", true, "storage", true, "schema", "openAPIV3Schema",
                  "type", "object", "x-kubernetes-preserve-unknown-fields", true));
}

static json_t *role(const char *name, json_t *rules)
{
    return object_put(object_new("rbac.authorization.k8s.io/v1", "ClusterRole", NULL, name),
                      "rules", rules);
}

static json_t *node_role(void)
{
    return role(
        NODE,
        json_pack(
            "[o, o, o, o, o, o, o, o, o, o, o, o, o]",
            object_rule("", "pods,nodes,namespaces", "get"),
            object_rule("discovery.k8s.io", "endpointslices", "watch,list"),
            object_rule("", "endpoints,services", "watch,list,get"),
            object_rule("", "configmaps", "get"), object_rule("", "nodes/status", "patch,update"),
            object_rule("networking.k8s.io", "networkpolicies", "watch,list"),
            object_rule("", "pods,nodes,namespaces,serviceaccounts", "list,watch"),
            object_rule("", "pods/status", "patch"),
            object_rule(GROUP,
                        "felixconfigurations,bgppeers,bgpconfigurations,ippools,ipamblocks,"
                        "globalnetworkpolicies,globalnetworksets,networkpolicies,networksets,"
                        "clusterinformations,hostendpoints,blockaffinities",
                        "get,list,watch"),
            object_rule(
                GROUP, "ippools,felixconfigurations,clusterinformations,bgpconfigurations,bgppeers",
                "create,update"),
            object_rule(GROUP, "blockaffinities,ipamblocks,ipamhandles",
                        "get,list,create,update,delete"),
            object_rule(GROUP, "ipamconfigs", "get"), object_rule("apps", "daemonsets", "get")));
}

static json_t *controllers_role(void)
{
    return role(
        CONTROLLERS,
        json_pack("[o, o, o, o, o, o, o]", object_rule("", "nodes", "watch,list,get"),
                  object_rule("", "pods", "get,list,watch"), object_rule(GROUP, "ippools", "list"),
                  object_rule(GROUP, "blockaffinities,ipamblocks,ipamhandles",
                              "get,list,create,update,delete,watch"),
                  object_rule(GROUP, "hostendpoints", "get,list,create,update,delete"),
                  object_rule(GROUP, "clusterinformations", "get,create,update"),
                  object_rule(GROUP, "kubecontrollersconfigurations", "get,create,update,watch")));
}

/* What install-cni writes on each node; it fills in the names between underscores. */
static json_t *config_map(const struct plan *p, struct error *e)
{
    json_t *network = json_pack(
        "{s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:i, s:{s:s}, s:{s:s}, s:{s:s}}, {s:s, s:b, s:{s:b}}]}",
        "name", "k8s-pod-network", "cniVersion", "0.3.1", "plugins", "type", "calico", "log_level",
        "info", "datastore_type", "kubernetes", "nodename", "__KUBERNETES_NODE_NAME__", "mtu",
        (int)p->cluster.calico_mtu, "ipam", "type", "calico-ipam", "policy", "type", "k8s",
        "kubernetes", "kubeconfig", "__KUBECONFIG_FILEPATH__", "type", "portmap", "snat", true,
        "capabilities", "portMappings", true);

    return object_put(object_new("v1", "ConfigMap", SYSTEM, "calico-config"), "data",
                      json_pack("{s:o}", "cni_network_config", json_as_text(network, e)));
}

static json_t *install_container(const struct plan *p)
{
    return json_pack(
        "{s:s, s:s, s:s, s:[s], s:[o, o, {s:s, s:{s:{s:s, s:s}}}, o], s:[{s:s, s:s}, {s:s, s:s}], "
        "s:{s:b}}",
        "name", "install-cni", "image", p->cluster.images[IMAGE_CALICO_CNI], "imagePullPolicy",
        "IfNotPresent", "command", "/opt/cni/bin/install", "env",
        object_env("CNI_CONF_NAME", "10-calico.conflist"),
        object_env_field("KUBERNETES_NODE_NAME", "spec.nodeName"), "name", "CNI_NETWORK_CONFIG",
        "valueFrom", "configMapKeyRef", "name", "calico-config", "key", "cni_network_config",
        object_env("SLEEP", "false"), "volumeMounts", "mountPath", "/host/opt/cni/bin", "name",
        "cni-bin-dir", "mountPath", "/host/etc/cni/net.d", "name", "cni-net-dir", "securityContext",
        "privileged", true);
}

static json_t *node_env(const struct plan *p)
{
    char mtu[16];

    (void)snprintf(mtu, sizeof(mtu), "%u", p->cluster.calico_mtu);
    return json_pack(
        "[o, o, o, o, o, o, o, o, o, o, o, o, o]", object_env("DATASTORE_TYPE", "kubernetes"),
        object_env("WAIT_FOR_DATASTORE", "true"), object_env_field("NODENAME", "spec.nodeName"),
        object_env("CALICO_NETWORKING_BACKEND", "bird"), object_env("CLUSTER_TYPE", "k8s,bgp"),
        object_env_field("IP", "status.hostIP"), object_env("NO_DEFAULT_POOLS", "true"),
        object_env("FELIX_IPINIPMTU", mtu), object_env("CALICO_DISABLE_FILE_LOGGING", "true"),
        object_env("FELIX_DEFAULTENDPOINTTOHOSTACTION", p->cluster.calico_to_host),
        object_env("FELIX_IPV6SUPPORT", "false"), object_env("FELIX_LOGSEVERITYSCREEN", "info"),
        object_env("FELIX_HEALTHENABLED", "true"));
}

static json_t *probe(const char *felix, const char *bird)
{
    return json_pack("{s:{s:[s, s, s]}, s:i, s:i, s:i}", "exec", "command", "/bin/calico-node",
                     felix, bird, "periodSeconds", 10, "initialDelaySeconds", 10,
                     "failureThreshold", 6);
}

/* Requests are kubespray's. Its limits are not set: with a quarter of a core a node of a large mesh
 * misses its probes, and the memory that Felix needs grows with the cluster. */
static json_t *node_container(const struct plan *p)
{
    return json_pack(
        "{s:s, s:s, s:s, s:o, s:{s:b}, s:{s:{s:s, s:s}}, s:o, s:o, s:[{s:s, s:s, s:b}, {s:s, "
        "s:s}, {s:s, s:s}, {s:s, s:s}]}",
        "name", NODE, "image", p->cluster.images[IMAGE_CALICO_NODE], "imagePullPolicy",
        "IfNotPresent", "env", node_env(p), "securityContext", "privileged", true, "resources",
        "requests", "cpu", "150m", "memory", "64M", "livenessProbe",
        probe("-felix-live", "-bird-live"), "readinessProbe", probe("-felix-ready", "-bird-ready"),
        "volumeMounts", "mountPath", "/lib/modules", "name", "lib-modules", "readOnly", true,
        "mountPath", "/run/xtables.lock", "name", "xtables-lock", "mountPath", "/var/run/calico",
        "name", "var-run-calico", "mountPath", "/var/lib/calico", "name", "var-lib-calico");
}

static json_t *daemon_set(const struct plan *p)
{
    json_t *volumes =
        json_pack("[o, o, o, o, o, o]", object_host_path("lib-modules", "/lib/modules", NULL),
                  object_host_path("var-run-calico", "/var/run/calico", NULL),
                  object_host_path("var-lib-calico", "/var/lib/calico", NULL),
                  object_host_path("xtables-lock", "/run/xtables.lock", "FileOrCreate"),
                  object_host_path("cni-bin-dir", p->shared.cni_folder, "DirectoryOrCreate"),
                  object_host_path("cni-net-dir", "/etc/cni/net.d", "DirectoryOrCreate"));
    json_t *pod = json_pack(
        "{s:{s:s}, s:b, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}], s:s, s:i, s:s, s:[o], s:[o], s:o}",
        "nodeSelector", "kubernetes.io/os", "linux", "hostNetwork", true, "tolerations", "effect",
        "NoSchedule", "operator", "Exists", "key", "CriticalAddonsOnly", "operator", "Exists",
        "effect", "NoExecute", "operator", "Exists", "serviceAccountName", NODE,
        "terminationGracePeriodSeconds", 0, "priorityClassName", "system-node-critical",
        "initContainers", install_container(p), "containers", node_container(p), "volumes",
        volumes);
    json_t *spec = json_pack("{s:{s:{s:s}}, s:{s:s, s:{s:i}}, s:{s:{s:{s:s}}, s:o}}", "selector",
                             "matchLabels", "k8s-app", NODE, "updateStrategy", "type",
                             "RollingUpdate", "rollingUpdate", "maxUnavailable", 1, "template",
                             "metadata", "labels", "k8s-app", NODE, "spec", pod);

    return object_put(
        object_mark(object_new("apps/v1", "DaemonSet", SYSTEM, NODE), "labels", "k8s-app", NODE),
        "spec", spec);
}

static json_t *controllers(const struct plan *p)
{
    json_t *container = json_pack(
        "{s:s, s:s, s:s, s:[o, o], s:{s:{s:[s, s]}}}", "name", CONTROLLERS, "image",
        p->cluster.images[IMAGE_CALICO_CONTROLLERS], "imagePullPolicy", "IfNotPresent", "env",
        object_env("ENABLED_CONTROLLERS", "node"), object_env("DATASTORE_TYPE", "kubernetes"),
        "readinessProbe", "exec", "command", "/usr/bin/check-status", "-r");
    json_t *pod = json_pack(
        "{s:{s:s}, s:[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}], s:s, s:s, s:[o]}", "nodeSelector",
        "kubernetes.io/os", "linux", "tolerations", "key", "CriticalAddonsOnly", "operator",
        "Exists", "key", "node-role.kubernetes.io/master", "effect", "NoSchedule", "key",
        "node-role.kubernetes.io/control-plane", "effect", "NoSchedule", "serviceAccountName",
        CONTROLLERS, "priorityClassName", "system-cluster-critical", "containers", container);
    /* Only one may be active. */
    json_t *spec =
        json_pack("{s:i, s:{s:{s:s}}, s:{s:s}, s:{s:{s:{s:s}}, s:o}}", "replicas", 1, "selector",
                  "matchLabels", "k8s-app", CONTROLLERS, "strategy", "type", "Recreate", "template",
                  "metadata", "labels", "k8s-app", CONTROLLERS, "spec", pod);

    return object_put(object_mark(object_new("apps/v1", "Deployment", SYSTEM, CONTROLLERS),
                                  "labels", "k8s-app", CONTROLLERS),
                      "spec", spec);
}

json_t *render_calico(const struct plan *p, struct error *e)
{
    json_t *list = json_array(), *rest;
    bool failed = !list;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(resources) && !failed; i++)
        failed = json_array_append_new(list, definition(i)) < 0;
    rest = json_pack("[o, o, o, o, o, o, o, o, o]", object_service_account(SYSTEM, NODE),
                     object_service_account(SYSTEM, CONTROLLERS), node_role(), controllers_role(),
                     object_cluster_binding(NODE, NODE, SYSTEM, NODE),
                     object_cluster_binding(CONTROLLERS, CONTROLLERS, SYSTEM, CONTROLLERS),
                     config_map(p, e), daemon_set(p), controllers(p));
    if (failed || !rest || json_array_extend(list, rest) < 0) {
        json_decref(list);
        list = NULL;
    }
    json_decref(rest);
    return addon_new("calico", list,
                     image_is_expected(p, IMAGE_CALICO_NODE)
                         ? addon_wait(p, "daemonsets", NODE, "numberReady")
                         : NULL);
}

/* After the definitions, which take a moment to be served. Blocks as large as kubespray's: a
 * node's. */
json_t *render_calico_pool(const struct plan *p)
{
    const struct cluster *c = &p->cluster;
    json_t *pool = object_put(object_new(GROUP "/v1", "IPPool", NULL, c->calico_pool), "spec",
                              json_pack("{s:s, s:s, s:s, s:b, s:s, s:i}", "cidr", c->pods_text,
                                        "ipipMode", c->calico_ipip, "vxlanMode", "Never",
                                        "natOutgoing", true, "nodeSelector", "all()", "blockSize",
                                        (int)(c->node_prefix < 20 ? 20 : c->node_prefix)));
    json_t *bgp =
        object_put(object_new(GROUP "/v1", "BGPConfiguration", NULL, "default"), "spec",
                   json_pack("{s:s, s:b, s:I}", "logSeverityScreen", "Info",
                             "nodeToNodeMeshEnabled", true, "asNumber", (json_int_t)c->calico_as));

    return addon_new("calico-pool", json_pack("[o, o]", pool, bgp), NULL);
}
