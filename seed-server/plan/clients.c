/* SPDX-License-Identifier: Apache-2.0 */
#include "clients.h"

#include "roles.h"

struct client {
    const char *program, *package, *module;
    /* The class that volumes are mounted for, by name; NULL: none is. */
    const char *(*class)(const struct plan *p);
};

static const char *ceph_class(const struct plan *p)
{
    return p->cluster.storage.ceph.enabled ? p->cluster.storage.ceph.class : NULL;
}

static const char *gluster_class(const struct plan *p)
{
    return p->cluster.storage.gluster.enabled ? p->cluster.storage.gluster.class : NULL;
}

/* Whoever mounts an image for the first time makes the file system on it. */
static const char *ceph_xfs_class(const struct plan *p)
{
    const char *class = ceph_class(p);

    return class && strcmp(p->cluster.storage.ceph.fs_type, "xfs") == 0 ? class : NULL;
}

static const struct client clients[] = {
    {"rbd",             "ceph-common",      "rbd",  ceph_class    },
    {"mkfs.xfs",        "xfsprogs",         "xfs",  ceph_xfs_class},
    {"mount.glusterfs", "glusterfs-client", "fuse", gluster_class },
};

/* The class, or NULL where a host of these roles does without. */
static const char *needed_for(const struct plan *p, unsigned roles, const struct client *c)
{
    return roles & ROLE_KUBELET ? c->class(p) : NULL;
}

/* A CSI driver brings the program in its own image, and an artifact comes after the steps that
 * look. */
static bool is_elsewhere(const struct plan *p, const struct client *c)
{
    return (c->class != gluster_class && p->cluster.storage.ceph.is_csi) ||
           plan_program(p, c->program, NULL);
}

json_t *clients_render(const struct plan *p, unsigned roles)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; list && i < ARRAY_SIZE(clients); i++) {
        const struct client *c = &clients[i];
        const char *class = needed_for(p, roles, c);

        if (class && json_array_append_new(
                         list, json_pack("{s:s, s:s*, s:s, s:s}", "class", class, "program",
                                         is_elsewhere(p, c) ? NULL : c->program, "package",
                                         c->package, "module", c->module)) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static bool is_xfs(const json_t *o)
{
    const char *fs = json_string_value(json_object_get(o, "fs"));

    return fs && strcmp(fs, "xfs") == 0;
}

/* Is there a data disk or a volume on one, anywhere in the cluster, with an XFS? */
static bool has_xfs_disks(const struct plan *p)
{
    const json_t *disk, *volume;
    size_t i, j, k;

    for (i = 0; i < p->n_hosts; i++) {
        json_array_foreach(p->hosts[i].disks, j, disk)
        {
            if (is_xfs(disk))
                return true;
            json_array_foreach(json_object_get(disk, "volumes"), k, volume)
            {
                if (is_xfs(volume))
                    return true;
            }
        }
    }
    return false;
}

json_t *clients_packages(const struct plan *p, unsigned roles)
{
    json_t *list = json_array();
    bool xfs = has_xfs_disks(p);
    size_t i;

    for (i = 0; list && i < ARRAY_SIZE(clients); i++) {
        const struct client *c = &clients[i];
        bool wanted =
            (needed_for(p, roles, c) && !is_elsewhere(p, c)) || (xfs && c->class == ceph_xfs_class);

        if (wanted && json_array_append_new(list, json_string(c->package)) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

int clients_add_modules(const struct plan *p, unsigned roles, json_t *list)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(clients); i++)
        if (needed_for(p, roles, &clients[i]) &&
            json_array_append_new(list, json_string(clients[i].module)) < 0)
            return -1;
    return 0;
}
