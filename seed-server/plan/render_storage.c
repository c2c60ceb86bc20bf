/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "objects.h"
#include "render.h"

#define SYSTEM "kube-system"
#define CEPH_ADMIN_SECRET "ceph-rbd-admin-secret"
#define CEPH_USER_SECRET "ceph-rbd-user-secret"

/* vars.yml's storage classes and the Secrets that they name. Parameters are the in-tree plugins'
 * (all of them texts; an unknown one is fatal to a claim). */

static json_t *storage_class(const char *name, bool is_default, const char *provisioner)
{
    json_t *o = object_new("storage.k8s.io/v1", "StorageClass", NULL, name);

    o = object_mark(o, "annotations", "storageclass.kubernetes.io/is-default-class",
                    is_default ? "true" : "false");
    return object_put(o, "provisioner", json_string(provisioner));
}

/* stringData: the API server encodes it, so that no base64 of ours is in between. */
static json_t *secret(const char *name, const char *type, json_t *data)
{
    json_t *o = object_new("v1", "Secret", SYSTEM, name);

    o = object_put(o, "type", json_string(type));
    return object_put(o, "stringData", data);
}

static int add_local(const struct plan *p, json_t *list)
{
    const struct storage *s = &p->cluster.storage;
    json_t *o = storage_class(s->local.class, s->local.is_default, "kubernetes.io/no-provisioner");

    return json_array_append_new(
        list, object_put(o, "volumeBindingMode", json_string("WaitForFirstConsumer")));
}

/* The in-tree plugin's parameters, which ceph.com/rbd took over. */
static json_t *ceph_parameters(const struct storage *s)
{
    bool with_features = strcmp(s->ceph.image_format, "2") == 0 && s->ceph.image_features;

    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s*}", "monitors", s->ceph.monitors,
        "adminId", s->ceph.admin_id, "adminSecretName", CEPH_ADMIN_SECRET, "adminSecretNamespace",
        SYSTEM, "pool", s->ceph.pool, "userId", s->ceph.user_id, "userSecretName", CEPH_USER_SECRET,
        "userSecretNamespace", SYSTEM, "fsType", s->ceph.fs_type, "imageFormat",
        s->ceph.image_format, "imageFeatures", with_features ? s->ceph.image_features : NULL);
}

/* ceph-csi's; where the monitors are is in the driver's own configuration, by the cluster's ID. */
#define CSI "csi.storage.k8s.io/"
static json_t *csi_parameters(const struct storage *s)
{
    return json_pack(
        "{s:s, s:s, s:s*, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "clusterID", s->ceph.cluster_id,
        "pool", s->ceph.pool, "imageFeatures", s->ceph.image_features, CSI "fstype",
        s->ceph.fs_type, CSI "provisioner-secret-name", CEPH_ADMIN_SECRET,
        CSI "provisioner-secret-namespace", SYSTEM, CSI "controller-expand-secret-name",
        CEPH_ADMIN_SECRET, CSI "controller-expand-secret-namespace", SYSTEM,
        CSI "node-stage-secret-name", CEPH_USER_SECRET, CSI "node-stage-secret-namespace", SYSTEM);
}

static json_t *ceph_secret(const struct storage *s, const char *name, const char *id,
                           const char *key)
{
    return secret(name, "kubernetes.io/rbd",
                  s->ceph.is_csi ? json_pack("{s:s, s:s}", "userID", id, "userKey", key)
                                 : json_pack("{s:s}", "key", key));
}

static int add_ceph(const struct plan *p, json_t *list)
{
    const struct storage *s = &p->cluster.storage;

    if (json_array_append_new(
            list, ceph_secret(s, CEPH_ADMIN_SECRET, s->ceph.admin_id, s->ceph.admin_secret)) < 0 ||
        json_array_append_new(
            list, ceph_secret(s, CEPH_USER_SECRET, s->ceph.user_id, s->ceph.user_secret)) < 0)
        return -1;
    return json_array_append_new(
        list, object_put(storage_class(s->ceph.class, s->ceph.is_default, s->ceph.provisioner),
                         "parameters", s->ceph.is_csi ? csi_parameters(s) : ceph_parameters(s)));
}

static int add_gluster(const struct plan *p, json_t *list)
{
    const struct storage *s = &p->cluster.storage;
    char gid_min[24], gid_max[24];
    json_t *parameters;

    (void)snprintf(gid_min, sizeof(gid_min), "%" PRIu64, s->gluster.gid_min);
    (void)snprintf(gid_max, sizeof(gid_max), "%" PRIu64, s->gluster.gid_max);
    if (s->gluster.auth &&
        json_array_append_new(list, secret(s->gluster.secret_name, "kubernetes.io/glusterfs",
                                           json_pack("{s:s}", "key", s->gluster.key))) < 0)
        return -1;
    parameters = json_pack("{s:s, s:s*, s:s, s:s*, s:s*, s:s*, s:s, s:s, s:s}", "resturl",
                           s->gluster.url, "clusterid", s->gluster.cluster_id, "restauthenabled",
                           s->gluster.auth ? "true" : "false", "restuser",
                           s->gluster.auth ? s->gluster.user : NULL, "secretNamespace",
                           s->gluster.auth ? SYSTEM : NULL, "secretName",
                           s->gluster.auth ? s->gluster.secret_name : NULL, "gidMin", gid_min,
                           "gidMax", gid_max, "volumetype", s->gluster.volume_type);
    return json_array_append_new(list,
                                 object_put(storage_class(s->gluster.class, s->gluster.is_default,
                                                          "kubernetes.io/glusterfs"),
                                            "parameters", parameters));
}

json_t *render_storage(const struct plan *p)
{
    const struct storage *s = &p->cluster.storage;
    json_t *list = json_array();

    if (list && ((s->local.enabled && add_local(p, list) < 0) ||
                 (s->ceph.enabled && add_ceph(p, list) < 0) ||
                 (s->gluster.enabled && add_gluster(p, list) < 0))) {
        json_decref(list);
        list = NULL;
    }
    return addon_new("storage", list, NULL);
}
