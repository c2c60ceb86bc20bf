/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include "common/json_diff.h"
#include "common/kube_object.h"

#define HIDDEN "(hidden)"

/* ---- rules ----------------------------------------------------------------------------------- */

enum verdict {
    VERDICT_QUIET,  /* follows from what is listed anyway */
    VERDICT_DONE,   /* the node does it */
    VERDICT_LATER,  /* only what is made from now on is made by it */
    VERDICT_REFUSE, /* what is there cannot become it */
};

#define REINSTALL                                                                                  \
    "install the machine anew for it (seedctl rearm --reinstall), or take it out of hosts.ini"

enum cause {
    NO_CAUSE,
    OTHER_CLUSTER,
    VERSION,
    DOMAIN,
    ADDRESS,
    ROLES,
    FIRST_MASTER,
    MEMBER_NAME,
    MEMBERS,
    ETCD_DATA,
    NODE_NAME,
    POD_NETWORK,
    SERVICES,
    PLUGIN,
    ENDPOINT,
    API_SERVER,
    MASTERS_LATER,
    VOLUMES_FOLDER,
    RUNTIME,
    NETWORK,
    DISK_REMOVED,
    DISK_CHANGED,
};

/* Why not, and the variables that it comes from. */
/* clang-format off */
static const struct {
    const char *why, *variables[4];
} causes[] = {
    [OTHER_CLUSTER] = {"this is another cluster's plan", {NULL}},
    [VERSION] = {"another version of Kubernetes is an upgrade, which is not made here",
                 {"kubernetes_version", "kube_version"}},
    [DOMAIN] = {"certificates and pods have the cluster's domain in them", {"dns_domain"}},
    [ADDRESS] = {"a member's address is in its certificates and in etcd: " REINSTALL,
                 {"ip", "ansible_host", "seed_prefix"}},
    [ROLES] = {"hosts.ini has it in other groups, and a ready host keeps its roles: " REINSTALL,
               {NULL}},
    [FIRST_MASTER] = {"the first master stays the first", {NULL}},
    [MEMBER_NAME] = {"etcd's members keep their names", {"etcd_member_name"}},
    [MEMBERS] = {"hosts.ini has other hosts in [etcd], and etcd's members stay as they are",
                 {NULL}},
    [ETCD_DATA] = {"etcd's data does not move", {"etcd_data_dir"}},
    [NODE_NAME] = {"nodes keep their names", {NULL}},
    [POD_NETWORK] = {"nodes keep the network of their pods",
                     {"kube_pods_subnet", "kube_network_node_prefix"}},
    [SERVICES] = {"the network of services is set once", {"kube_service_addresses"}},
    [PLUGIN] = {"pods keep their network", {"kube_network_plugin", "kube_pods_subnet"}},
    [ENDPOINT] = {"the API servers' certificates name its address",
                  {"apiserver_loadbalancer_domain_name", "loadbalancer_apiserver",
                   "kube_apiserver_port"}},
    [API_SERVER] = {"a ready master's API server stays where it is",
                    {"kube_apiserver_port", "ip"}},
    [MASTERS_LATER] = {"only masters that join from now on are made by it", {NULL}},
    [VOLUMES_FOLDER] = {"local volumes stay where they are mounted",
                        {"local_volume_provisioner_base_dir"}},
    [RUNTIME] = {"a node keeps its container runtime", {NULL}},
    [NETWORK] = {"the way to a ready host's address stays: " REINSTALL,
                 {"seed_prefix", "seed_vlan", "seed_bond"}},
    [DISK_REMOVED] = {"a ready host keeps its data disks: take what is on it elsewhere, and the "
                      "host out of hosts.ini",
                      {"seed_data_disks"}},
    [DISK_CHANGED] = {"a disk that is in use keeps its policy, file system, volumes, label and "
                      "mount point",
                      {"seed_data_disks", "local_volume_provisioner_base_dir"}},
};

#define KUBELET_CONFIG "/kubelet/files[/var/lib/kubelet/config.json]"
#define KUBEADM "/control_plane/files"

/* The first that fits; what fits none is done. part is further down in the path. */
static const struct rule {
    const char *prefix, *part;
    enum verdict verdict;
    enum cause cause;
} rules[] = {
    {"/plan", NULL, VERDICT_QUIET, NO_CAUSE},
    {"/host/incarnation", NULL, VERDICT_QUIET, NO_CAUSE},
    {"/cluster/id", NULL, VERDICT_REFUSE, OTHER_CLUSTER},
    {"/cluster/kubernetes_version", NULL, VERDICT_REFUSE, VERSION},
    {"/cluster/domain", NULL, VERDICT_REFUSE, DOMAIN},
    {"/host/ip", NULL, VERDICT_REFUSE, ADDRESS},
    {"/host/roles", NULL, VERDICT_REFUSE, ROLES},
    {"/host/init_master", NULL, VERDICT_REFUSE, FIRST_MASTER},
    {"/etcd/member", NULL, VERDICT_REFUSE, MEMBER_NAME},
    {"/etcd/data_dir", NULL, VERDICT_REFUSE, ETCD_DATA},
    {"/etcd/user", NULL, VERDICT_REFUSE, ETCD_DATA},
    {"/etcd/files", "/data-dir", VERDICT_REFUSE, ETCD_DATA},
    {"/etcd/files", "/initial-cluster", VERDICT_REFUSE, MEMBERS},
    {"/etcd/files", "/name", VERDICT_REFUSE, MEMBER_NAME},
    {"/etcd/files", "-urls", VERDICT_REFUSE, ADDRESS},
    {"/node/pod_cidr", NULL, VERDICT_REFUSE, POD_NETWORK},
    {"/node/name", NULL, VERDICT_REFUSE, NODE_NAME},
    {"/node/api", NULL, VERDICT_REFUSE, ENDPOINT},
    {"/volumes/folder", NULL, VERDICT_REFUSE, VOLUMES_FOLDER},
    {"/kubelet/runtime", NULL, VERDICT_REFUSE, RUNTIME},
    {"/kubelet/unit", NULL, VERDICT_REFUSE, RUNTIME},
    {KUBELET_CONFIG, "/clusterDNS", VERDICT_REFUSE, SERVICES},
    {KUBELET_CONFIG, "/clusterDomain", VERDICT_REFUSE, DOMAIN},
    {"/kubelet/files[/etc/cni/", NULL, VERDICT_REFUSE, PLUGIN},
    {"/control_plane/api", NULL, VERDICT_REFUSE, API_SERVER},
    {KUBEADM, "/serviceSubnet", VERDICT_REFUSE, SERVICES},
    {KUBEADM, "/podSubnet", VERDICT_REFUSE, POD_NETWORK},
    {KUBEADM, "/dnsDomain", VERDICT_REFUSE, DOMAIN},
    {KUBEADM, "/kubernetesVersion", VERDICT_REFUSE, VERSION},
    {KUBEADM, "/controlPlaneEndpoint", VERDICT_REFUSE, ENDPOINT},
    {KUBEADM, "/etcd/external", VERDICT_REFUSE, MEMBERS},
    {KUBEADM, "/localAPIEndpoint", VERDICT_REFUSE, API_SERVER},
    {"/control_plane/timeout_s", NULL, VERDICT_DONE, NO_CAUSE},
    {"/control_plane", NULL, VERDICT_LATER, MASTERS_LATER},
    {"/system/network/address", NULL, VERDICT_REFUSE, ADDRESS},
    {"/system/network/mtu", NULL, VERDICT_DONE, NO_CAUSE},
    {"/system/network/dns", NULL, VERDICT_DONE, NO_CAUSE},
    {"/system/network/gateway", NULL, VERDICT_DONE, NO_CAUSE},
    {"/system/network", NULL, VERDICT_REFUSE, NETWORK},
};
/* clang-format on */

static bool fits(const struct rule *rule, const char *path)
{
    size_t len = strlen(rule->prefix);

    return strncmp(path, rule->prefix, len) == 0 && (!rule->part || strstr(path + len, rule->part));
}

/* A disk that comes is prepared; one that is in use stays as it was. */
static const struct rule done = {.verdict = VERDICT_DONE};
static const struct rule disk_removed = {.verdict = VERDICT_REFUSE, .cause = DISK_REMOVED};
static const struct rule disk_changed = {.verdict = VERDICT_REFUSE, .cause = DISK_CHANGED};

static const struct rule *find_rule(const char *path, const json_t *old, const json_t *new)
{
    if (strncmp(path, "/disks", strlen("/disks")) == 0) {
        bool whole = path[strlen(path) - 1] == ']';

        return whole && !old ? &done : whole && !new ? &disk_removed : &disk_changed;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (fits(&rules[i], path))
            return &rules[i];
    return &done;
}

/* ---- a host's own ---------------------------------------------------------------------------- */

struct lists {
    json_t *host, *cluster, *refused;
    bool marks; /* labels or taints differ */
    struct error *e;
};

static int add(json_t *list, json_t *item, struct error *e)
{
    return json_array_append_new(list, item) < 0 ? error_oom(e) : 0;
}

/* jansson's json_pack takes a new reference of each, and leaves out NULL. */
static json_t *change_item(const char *path, const json_t *old, const json_t *new, const char *note)
{
    return json_pack("{s:s, s:O*, s:O*, s:s*}", "path", path, "old", old, "new", new, "note", note);
}

/* One cause is refused once, however many members of the config follow from it. */
static bool is_refused(const json_t *refused, const char *why)
{
    const json_t *item;
    size_t i;

    json_array_foreach(refused, i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "why")), why) == 0)
            return true;
    }
    return false;
}

static int refuse(struct lists *l, enum cause cause, const char *path)
{
    const char *why = causes[cause].why;
    json_t *variables;

    if (is_refused(l->refused, why))
        return 0;
    variables = json_array();
    for (size_t i = 0; i < ARRAY_SIZE(causes->variables) && causes[cause].variables[i]; i++)
        if (json_array_append_new(variables, json_string(causes[cause].variables[i])) < 0) {
            json_decref(variables);
            variables = NULL;
        }
    return add(l->refused,
               json_pack("{s:s, s:o, s:s}", "path", path, "variables", variables, "why", why),
               l->e);
}

/* ---- labels and taints ----------------------------------------------------------------------- */

static const struct {
    const char *member; /* of "node"; missing without any */
    const char *option; /* of the kubelet, which registers its Node so */
} marks[] = {
    {"labels", "--node-labels="         },
    {"taints", "--register-with-taints="},
};

static bool marks_differ(const json_t *old, const json_t *new)
{
    const json_t *from = json_object_get(old, "node"), *to = json_object_get(new, "node");

    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        const json_t *a = json_object_get(from, marks[i].member);
        const json_t *b = json_object_get(to, marks[i].member);

        if (a != b && !(a && b && json_equal(a, b)))
            return true;
    }
    return false;
}

/* A line of a unit without these options; to free, NULL without memory. */
static char *without_marks(const json_t *line)
{
    char *text = strdup(json_string_value(line)), *at;

    for (size_t i = 0; text && i < ARRAY_SIZE(marks); i++) {
        at = strstr(text, marks[i].option);
        if (at && at > text) {
            char *end = at + strcspn(at, " \"");

            at -= at[-1] == ' ';
            memmove(at, end, strlen(end) + 1);
        }
    }
    return text;
}

/* Both say the same but for these options: what is changed on the Node is shown by key. */
static bool is_of_marks(const json_t *old, const json_t *new)
{
    _cleanup_free_ char *a = NULL, *b = NULL;

    if (!json_is_string(old) || !json_is_string(new))
        return false;
    a = without_marks(old);
    b = without_marks(new);
    return a && b && strcmp(a, b) == 0;
}

static int see_host(const char *path, const json_t *old, const json_t *new, void *userdata)
{
    struct lists *l = userdata;
    const struct rule *rule = find_rule(path, old, new);
    const char *note = rule->verdict == VERDICT_LATER ? causes[rule->cause].why : NULL;
    int r = 0;

    if (rule->verdict == VERDICT_QUIET || (l->marks && is_of_marks(old, new)))
        return 0;
    if (rule->verdict == VERDICT_REFUSE)
        r = refuse(l, rule->cause, path);
    return r < 0 ? r : add(l->host, change_item(path, old, new, note), l->e);
}

/* ---- the cluster's objects ------------------------------------------------------------------- */

/* All objects of all addons by name. Those without one, which no plan has, are left out. */
static json_t *objects_of(const json_t *addons)
{
    json_t *map = json_object();
    const json_t *addon;
    json_t *object;
    size_t i, k;

    json_array_foreach(addons, i, addon)
    {
        json_array_foreach(json_object_get(addon, "objects"), k, object)
        {
            _cleanup_free_ char *name = kube_object_name(object);

            if (map && name && json_object_set(map, name, object) < 0) {
                json_decref(map);
                map = NULL;
            }
        }
    }
    return map;
}

struct object_walk {
    json_t *changes;
    bool is_secret, fixed; /* something beside its metadata */
    struct error *e;
};

static int see_object(const char *path, const json_t *old, const json_t *new, void *userdata)
{
    struct object_walk *w = userdata;
    _cleanup_json_ json_t *hidden = json_string(HIDDEN);

    if (strncmp(path, "/metadata/", strlen("/metadata/")) != 0)
        w->fixed = true;
    if (w->is_secret) {
        old = old ? hidden : NULL;
        new = new ? hidden : NULL;
    }
    return add(w->changes, change_item(path, old, new, NULL), w->e);
}

static int add_object(struct lists *l, const char *name, const json_t *old, const json_t *new)
{
    _cleanup_json_ json_t *changes = json_array();
    const json_t *any = new ? new : old;
    struct object_walk w = {changes, kube_object_is(any, "Secret"), false, l->e};
    const char *what = !old ? "add" : kube_object_is_kept(any) ? "keep" : "remove";
    int r;

    if (!changes)
        return error_oom(l->e);
    if (old && new) {
        r = json_diff(old, new, see_object, &w, l->e);
        if (r < 0)
            return r;
        /* Kubernetes changes nothing else of a StorageClass. */
        what = kube_object_is(any, "StorageClass") && w.fixed ? "remake" : "change";
    }
    return add(l->cluster,
               json_pack("{s:s, s:s, s:O}", "object", name, "what", what, "changes", changes),
               l->e);
}

static bool has_addon(const json_t *addons, const char *name)
{
    const json_t *addon;
    size_t i;

    json_array_foreach(addons, i, addon)
    {
        const char *is = json_string_value(json_object_get(addon, "name"));

        if (is && strcmp(is, name) == 0)
            return true;
    }
    return false;
}

static int compare_objects(struct lists *l, const json_t *old, const json_t *new)
{
    _cleanup_json_ json_t *from = objects_of(old), *to = objects_of(new);
    const char *name;
    json_t *object;
    int r = 0;

    if (!from || !to)
        return error_oom(l->e);
    if (has_addon(old, "calico") != has_addon(new, "calico"))
        r = refuse(l, PLUGIN, "/addons[calico]");
    json_object_foreach(from, name, object)
    {
        const json_t *then = json_object_get(to, name);

        if (r == 0 && !(then && json_equal(object, then)))
            r = add_object(l, name, object, then);
    }
    json_object_foreach(to, name, object)
    {
        if (r == 0 && !json_object_get(from, name))
            r = add_object(l, name, NULL, object);
    }
    /* An order, or a time limit. */
    if (r == 0 && !json_array_size(l->cluster) && !json_equal(old, new))
        r = add(l->host, json_pack("{s:s}", "path", "/addons"), l->e);
    return r;
}

/* All but the addons; labels and taints as maps on either side, so that one that comes or goes is
 * said by its key. */
static json_t *host_part(const json_t *config)
{
    json_t *o = json_is_object(config) ? json_copy((json_t *)(uintptr_t)config) : NULL;
    json_t *had = json_object_get(o, "node"), *node;
    int r = 0;

    (void)json_object_del(o, "addons"); /* most hosts have none */
    if (!json_is_object(had))
        return o;
    node = json_copy(had);
    for (size_t i = 0; i < ARRAY_SIZE(marks) && r == 0; i++)
        if (!json_object_get(node, marks[i].member))
            r = json_object_set_new(node, marks[i].member, json_object());
    if (json_object_set_new(o, "node", node) < 0 || r < 0) {
        json_decref(o);
        return NULL;
    }
    return o;
}

int plan_changes(const json_t *old, const json_t *new, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *host = json_array(), *cluster = json_array(), *refused = json_array();
    _cleanup_json_ json_t *from = host_part(old), *to = host_part(new);
    struct lists l = {host, cluster, refused, marks_differ(from, to), e};
    int r;

    if (!host || !cluster || !refused || !from || !to)
        return error_oom(e);
    r = json_diff(from, to, see_host, &l, e);
    if (r == 0 && (json_object_get(old, "addons") || json_object_get(new, "addons")))
        r = compare_objects(&l, json_object_get(old, "addons"), json_object_get(new, "addons"));
    if (r < 0)
        return r;
    *ret = json_pack("{s:O, s:O, s:O}", "host", host, "cluster", cluster, "refused", refused);
    return *ret ? 0 : error_oom(e);
}
