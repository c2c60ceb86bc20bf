/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"
#include "image_names.h"
#include "kubernetes.h"

/* "a,b" out of a list or a text with commas and perhaps blanks. */
static const char *read_joined(struct reader *r, enum variable_id id)
{
    _cleanup_buf_ struct buf out = BUF_INIT(16384);
    _cleanup_json_ json_t *list = NULL;
    const json_t *value = reader_cluster(r, id, NULL), *item;
    size_t i;

    if (!value)
        return NULL;
    list = value_list(value);
    if (!list) {
        r->failed = true;
        return NULL;
    }
    json_array_foreach(list, i, item)
    {
        if (i)
            buf_add_char(&out, ',');
        buf_add_str(&out, json_string_value(item));
    }
    if (buf_check(&out) < 0) {
        reader_refuse(r, reader_where(r, id), "%s: too long", variable(id)->name);
        return NULL;
    }
    return arena_copy(&r->plan->arena, out.data);
}

/* A value that its feature cannot do without. A refused definition was told already. */
static void need(struct reader *r, enum variable_id id, const char *value)
{
    if (!value && !r->set[id])
        reader_refuse(r, reader_where(r, (enum variable_id)variable(id)->feature),
                      "%s is on, but %s is not set",
                      variable((enum variable_id)variable(id)->feature)->name, variable(id)->name);
}

static bool is_ceph_in_tree(const struct storage *s)
{
    return strcmp(s->ceph.provisioner, variable(VAR_SEED_CEPH_RBD_PROVISIONER)->otherwise) == 0;
}

/* An external provisioner such as ceph.com/rbd makes volumes of the in-tree plugin's, which
 * kubelets mount; a CSI driver (rbd.csi.ceph.com; Rook's has its namespace before it) has its own.
 */
static void check_ceph_provisioner(struct reader *r)
{
    const struct kubernetes *k = kubernetes_of(r->plan->cluster.minor);
    struct storage *s = &r->plan->cluster.storage;

    s->ceph.is_csi = strstr(s->ceph.provisioner, ".csi.") != NULL;
    if (s->ceph.is_csi)
        need(r, VAR_SEED_CEPH_RBD_CLUSTER_ID, s->ceph.cluster_id);
    else if (k && !k->has_rbd)
        reader_refuse(
            r,
            reader_where(r, is_ceph_in_tree(s) ? VAR_CEPH_ENABLED : VAR_SEED_CEPH_RBD_PROVISIONER),
            "Kubernetes %s has no RBD volume plugin any more (it went in 1.31), and what %s makes "
            "cannot be mounted: put ceph-csi's manifests into addons/, and write "
            "seed_ceph_rbd_provisioner: rbd.csi.ceph.com and seed_ceph_rbd_cluster_id",
            r->plan->cluster.version, s->ceph.provisioner);
}

static void read_ceph(struct reader *r)
{
    struct storage *s = &r->plan->cluster.storage;

    s->ceph.enabled = reader_bool(r, VAR_CEPH_ENABLED);
    if (!s->ceph.enabled)
        return;
    s->ceph.is_default = reader_bool(r, VAR_CEPH_DEFAULT);
    s->ceph.class = reader_text(r, VAR_CEPH_CLASS);
    s->ceph.provisioner = reader_text(r, VAR_SEED_CEPH_RBD_PROVISIONER);
    s->ceph.cluster_id = reader_text(r, VAR_SEED_CEPH_RBD_CLUSTER_ID);
    s->ceph.monitors = read_joined(r, VAR_CEPH_MONITORS);
    s->ceph.admin_id = reader_text(r, VAR_CEPH_ADMIN_ID);
    s->ceph.admin_secret = reader_text(r, VAR_CEPH_ADMIN_SECRET);
    s->ceph.pool = reader_text(r, VAR_CEPH_POOL);
    s->ceph.user_id = reader_text(r, VAR_CEPH_USER_ID);
    s->ceph.user_secret = reader_text(r, VAR_CEPH_USER_SECRET);
    s->ceph.fs_type = reader_text(r, VAR_CEPH_FS_TYPE);
    s->ceph.image_format = reader_text(r, VAR_CEPH_IMAGE_FORMAT);
    s->ceph.image_features = reader_text(r, VAR_CEPH_IMAGE_FEATURES);

    need(r, VAR_CEPH_MONITORS, s->ceph.monitors);
    need(r, VAR_CEPH_ADMIN_SECRET, s->ceph.admin_secret);
    if (!s->ceph.user_id)
        s->ceph.user_id = s->ceph.admin_id;
    if (!s->ceph.user_secret && s->ceph.user_id && strcmp(s->ceph.user_id, s->ceph.admin_id) == 0)
        s->ceph.user_secret = s->ceph.admin_secret;
    if (s->ceph.admin_secret)
        need(r, VAR_CEPH_USER_SECRET, s->ceph.user_secret);
    if (strcmp(s->ceph.image_format, "1") == 0) {
        reader_warn(
            r, reader_where(r, VAR_CEPH_IMAGE_FORMAT),
            "ceph_rbd_imageFormat 1: librbd refuses to make such images; leave it out for 2");
        if (s->ceph.image_features)
            reader_refuse(r, reader_where(r, VAR_CEPH_IMAGE_FEATURES),
                          "ceph_rbd_imageFeatures goes with ceph_rbd_imageFormat 2 only");
    }
    check_ceph_provisioner(r);
}

static void read_gluster(struct reader *r)
{
    struct storage *s = &r->plan->cluster.storage;
    const struct kubernetes *k = kubernetes_of(r->plan->cluster.minor);

    s->gluster.enabled = reader_bool(r, VAR_GLUSTER_ENABLED);
    if (!s->gluster.enabled)
        return;
    s->gluster.is_default = reader_bool(r, VAR_GLUSTER_DEFAULT);
    s->gluster.auth = reader_bool(r, VAR_GLUSTER_AUTH);
    s->gluster.class = reader_text(r, VAR_GLUSTER_CLASS);
    s->gluster.url = reader_text(r, VAR_GLUSTER_URL);
    s->gluster.cluster_id = read_joined(r, VAR_GLUSTER_CLUSTER_ID);
    s->gluster.user = reader_text(r, VAR_GLUSTER_USER);
    s->gluster.secret_name = reader_text(r, VAR_GLUSTER_SECRET_NAME);
    s->gluster.volume_type = reader_text(r, VAR_GLUSTER_VOLUME_TYPE);
    s->gluster.key = reader_text(r, VAR_JWT_ADMIN_KEY);
    s->gluster.gid_min = reader_number(r, VAR_GLUSTER_GID_MIN);
    s->gluster.gid_max = reader_number(r, VAR_GLUSTER_GID_MAX);

    need(r, VAR_GLUSTER_URL, s->gluster.url);
    if (s->gluster.auth)
        need(r, VAR_JWT_ADMIN_KEY, s->gluster.key);
    if (s->gluster.gid_min > s->gluster.gid_max)
        reader_refuse(r, reader_where(r, VAR_GLUSTER_GID_MIN),
                      "glusterfs_provisioner_gidMin %u is above glusterfs_provisioner_gidMax %u",
                      (unsigned)s->gluster.gid_min, (unsigned)s->gluster.gid_max);
    if (k && !k->has_gluster)
        reader_refuse(
            r, reader_where(r, VAR_GLUSTER_ENABLED),
            "Kubernetes %s has no GlusterFS volume plugin any more (it went in 1.26): use Ceph RBD "
            "or local volumes instead, or a kubernetes_version up to 1.25",
            r->plan->cluster.version);
}

static void read_local(struct reader *r)
{
    struct storage *s = &r->plan->cluster.storage;

    s->local.enabled = reader_bool(r, VAR_LOCAL_ENABLED);
    s->local.class = reader_text(r, VAR_LOCAL_CLASS);
    s->local.namespace = reader_text(r, VAR_LOCAL_NAMESPACE);
    s->local.base_dir = reader_text(r, VAR_LOCAL_BASE_DIR);
    s->local.maker = reader_text(r, VAR_SEED_LOCAL_VOLUMES);
    s->local.is_default = s->local.enabled && reader_bool(r, VAR_LOCAL_DEFAULT);
}

static void check_manager(struct reader *r)
{
    const struct storage *s = &r->plan->cluster.storage;
    const struct artifact *manager = plan_image_of(r->plan, "kube-controller-manager");

    if (s->ceph.enabled && is_ceph_in_tree(s) && !(manager && manager->with_rbd))
        reader_warn(
            r, reader_where(r, VAR_CEPH_ENABLED),
            "the controller-manager's stock image has no rbd program, so that it cannot make RBD "
            "images: list one that has it in seed_artifacts, with: [rbd] (images/artifacts --rbd "
            "makes one), or name an external provisioner in seed_ceph_rbd_provisioner");
}

void storage_check_artifacts(struct reader *r)
{
    struct storage *s = &r->plan->cluster.storage;
    bool has_image = plan_image_of(r->plan, "local-volume-provisioner") != NULL;

    check_manager(r);
    if (!s->local.enabled)
        return;
    s->local.by_nodeseed = strcmp(s->local.maker, "nodeseed") == 0 ||
                           (strcmp(s->local.maker, "auto") == 0 && !has_image);
    if (!s->local.by_nodeseed && !image_is_expected(r->plan, IMAGE_LOCAL_PROVISIONER) &&
        r->plan->n_artifacts)
        reader_warn(r, reader_where(r, VAR_SEED_LOCAL_VOLUMES),
                    "seed_local_volumes is provisioner, but seed_artifacts has no image of "
                    "local-volume-provisioner: its pods wait until nodes have it");
}

/* Which class is Kubernetes' default: at most one, and better one than none. */
static void check_default(struct reader *r)
{
    struct storage *s = &r->plan->cluster.storage;
    const struct {
        bool is_default;
        enum variable_id id;
    } classes[] = {
        {s->local.is_default,                         VAR_LOCAL_DEFAULT  },
        {s->ceph.enabled && s->ceph.is_default,       VAR_CEPH_DEFAULT   },
        {s->gluster.enabled && s->gluster.is_default, VAR_GLUSTER_DEFAULT},
    };
    size_t i, first = ARRAY_SIZE(classes);

    for (i = 0; i < ARRAY_SIZE(classes); i++) {
        if (!classes[i].is_default)
            continue;
        if (first == ARRAY_SIZE(classes))
            first = i;
        else
            reader_refuse(
                r, reader_where(r, classes[i].id),
                "%s and %s: only one storage class may be the default: set all but one to "
                "false",
                variable(classes[first].id)->name, variable(classes[i].id)->name);
    }
    if (first == ARRAY_SIZE(classes))
        reader_warn(
            r, reader_origin(r),
            "no storage class is the default: claims that name none stay pending; set one of "
            "the …_is_default_class variables to true");
}

/* Of two variables the one that somebody set. */
static enum variable_id set_one(struct reader *r, enum variable_id a, enum variable_id b)
{
    return reader_cluster(r, b, NULL) ? b : a;
}

/* One object, applied twice: the last one would win. */
static void check_names(struct reader *r)
{
    const struct storage *s = &r->plan->cluster.storage;
    const struct {
        bool enabled;
        const char *name;
        enum variable_id id;
    } classes[] = {
        {s->local.enabled,   s->local.class,   VAR_LOCAL_CLASS  },
        {s->ceph.enabled,    s->ceph.class,    VAR_CEPH_CLASS   },
        {s->gluster.enabled, s->gluster.class, VAR_GLUSTER_CLASS},
    };

    for (size_t i = 1; i < ARRAY_SIZE(classes); i++)
        for (size_t k = 0; k < i; k++)
            if (classes[i].enabled && classes[k].enabled &&
                strcmp(classes[i].name, classes[k].name) == 0)
                reader_refuse(r, reader_where(r, set_one(r, classes[k].id, classes[i].id)),
                              "%s and %s: two storage classes would be called %s: give one of "
                              "them another name",
                              variable(classes[k].id)->name, variable(classes[i].id)->name,
                              classes[i].name);
}

void storage_read(struct reader *r)
{
    struct storage *s = &r->plan->cluster.storage;

    read_local(r);
    read_ceph(r);
    read_gluster(r);
    /* Nor is it the default class then, whatever nfs_client_is_default_class says. */
    if (reader_bool(r, VAR_NFS_ENABLED))
        reader_warn(r, reader_where(r, VAR_NFS_ENABLED),
                    "nfs_client_enabled: no storage class is made for NFS, nor is it the default: "
                    "put its provisioner and class into addons/, ignoring");
    /* Nobody said that local volumes are the default: another class that is goes first. */
    if (!reader_cluster(r, VAR_LOCAL_DEFAULT, NULL) &&
        (s->ceph.is_default || s->gluster.is_default))
        s->local.is_default = false;
    check_default(r);
    check_names(r);
}
