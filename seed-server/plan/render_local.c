/* SPDX-License-Identifier: Apache-2.0 */
#include "objects.h"
#include "render.h"

/* sig-storage-local-static-provisioner: makes a PersistentVolume of every data disk that is mounted
 * one level below the class' folder. Where seed_local_volumes says so, or its image is in the
 * artifacts; without it nodeseed makes them, see volumes.h. */

#define NAME "local-volume-provisioner"

static json_t *config_map(const struct plan *p, struct error *e)
{
    const struct storage *s = &p->cluster.storage;
    json_t *classes =
        json_pack("{s:{s:s, s:s, s:s, s:s, s:[s]}}", s->local.class, "hostDir", s->local.base_dir,
                  "mountDir", s->local.base_dir, "volumeMode", "Filesystem", "fsType", "ext4",
                  "blockCleanerCommand", "/scripts/quick_reset.sh");

    /* By the node's name alone: with its UID, a node that is made anew would orphan its volumes. */
    return object_put(object_new("v1", "ConfigMap", s->local.namespace, NAME), "data",
                      json_pack("{s:o, s:s}", "storageClassMap", json_as_text(classes, e),
                                "useNodeNameOnly", "true"));
}

static json_t *daemon_set(const struct plan *p, const char *image)
{
    const struct storage *s = &p->cluster.storage;
    json_t *container = json_pack(
        "{s:s, s:s, s:s, s:{s:b}, s:[o, o, o], s:[{s:s, s:s, s:b}, {s:s, s:s}, {s:s, s:s, s:s}]}",
        "name", "provisioner", "image", image, "imagePullPolicy", "IfNotPresent", "securityContext",
        "privileged", true, "env", object_env_field("MY_NODE_NAME", "spec.nodeName"),
        object_env_field("MY_NAMESPACE", "metadata.namespace"),
        object_env("JOB_CONTAINER_IMAGE", image), "volumeMounts", "mountPath",
        "/etc/provisioner/config", "name", "config", "readOnly", true, "mountPath", "/dev", "name",
        "dev", "mountPath", s->local.base_dir, "name", "disks", "mountPropagation",
        "HostToContainer");
    json_t *pod = json_pack("{s:s, s:s, s:{s:s}, s:[{s:s}], s:[o], s:[{s:s, s:{s:s}}, o, o]}",
                            "serviceAccountName", NAME, "priorityClassName", "system-node-critical",
                            "nodeSelector", "kubernetes.io/os", "linux", "tolerations", "operator",
                            "Exists", "containers", container, "volumes", "name", "config",
                            "configMap", "name", NAME, object_host_path("dev", "/dev", NULL),
                            object_host_path("disks", s->local.base_dir, "DirectoryOrCreate"));
    json_t *spec =
        json_pack("{s:{s:{s:s}}, s:{s:{s:{s:s}}, s:o}}", "selector", "matchLabels", "app", NAME,
                  "template", "metadata", "labels", "app", NAME, "spec", pod);

    return object_put(object_new("apps/v1", "DaemonSet", s->local.namespace, NAME), "spec", spec);
}

json_t *render_local(const struct plan *p, struct error *e)
{
    const struct storage *s = &p->cluster.storage;
    const char *ns = s->local.namespace;
    json_t *nodes =
        object_put(object_new("rbac.authorization.k8s.io/v1", "ClusterRole", NULL, NAME ":nodes"),
                   "rules", json_pack("[o]", object_rule("", "nodes", "get")));

    return addon_new(
        NAME,
        json_pack("[o*, o, o, o, o, o, o]",
                  strcmp(ns, "kube-system") != 0 ? object_new("v1", "Namespace", NULL, ns) : NULL,
                  object_service_account(ns, NAME),
                  object_cluster_binding(NAME ":volumes", "system:persistent-volume-provisioner",
                                         ns, NAME),
                  nodes, object_cluster_binding(NAME ":nodes", NAME ":nodes", ns, NAME),
                  config_map(p, e), daemon_set(p, p->cluster.images[IMAGE_LOCAL_PROVISIONER])),
        NULL);
}
