/* SPDX-License-Identifier: Apache-2.0 */
#include "volumes.h"

#include <ctype.h>
#include <inttypes.h>

#include "model.h"
#include "objects.h"

/* The parameters of 32-bit FNV-1a (RFC 9923). */
#define FNV_OFFSET UINT32_C(2166136261)
#define FNV_PRIME UINT32_C(16777619)

#define ENTRY_MAX 255 /* of a file's name, see limits.h */

static uint32_t fnv_add(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * FNV_PRIME;
    return hash;
}

void volume_name(const char *entry, const char *node, const char *class, char ret[VOLUME_NAME_SIZE])
{
    uint32_t hash = fnv_add(fnv_add(fnv_add(FNV_OFFSET, entry), node), class);

    (void)snprintf(ret, VOLUME_NAME_SIZE, "local-pv-%" PRIx32, hash); /* 17 at most */
}

void volume_capacity(uint64_t bytes, char ret[VOLUME_CAPACITY_SIZE])
{
    static const struct {
        unsigned shift;
        const char *suffix;
    } units[] = {
        {30, "Gi"},
        {20, "Mi"},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(units); i++)
        if (bytes >> units[i].shift >= 10) {
            (void)snprintf(ret, VOLUME_CAPACITY_SIZE, "%" PRIu64 "%s", bytes >> units[i].shift,
                           units[i].suffix);
            return;
        }
    (void)snprintf(ret, VOLUME_CAPACITY_SIZE, "%" PRIu64, bytes);
}

bool plan_makes_volumes(const struct plan *p)
{
    return p->cluster.storage.local.enabled && p->cluster.storage.local.by_nodeseed;
}

const char *plan_volume_entry(const struct plan *p, const char *path)
{
    const char *base = p->cluster.storage.local.base_dir, *entry, *c;
    size_t len = strlen(base);

    if (strncmp(path, base, len) != 0 || path[len] != '/')
        return NULL;
    entry = path + len + 1;
    for (c = entry; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            return NULL;
    return *entry && *entry != '.' && c - entry <= ENTRY_MAX ? entry : NULL;
}

/* Retain: what a claim leaves behind is somebody's data until `seedctl volumes release` is told
 * otherwise. The annotation is the provisioner's own (useNodeNameOnly): Kubernetes then waits for
 * it instead of calling a released volume failed, and the provisioner, should it run one day, knows
 * the volume as its own. */
int plan_render_volume(const struct plan *p, size_t host, const char *path, uint64_t bytes,
                       json_t **ret, struct error *e)
{
    const char *entry = plan_volume_entry(p, path), *class = p->cluster.storage.local.class, *node;
    char name[VOLUME_NAME_SIZE], capacity[VOLUME_CAPACITY_SIZE], maker[288];
    json_t *o;

    if (host >= p->n_hosts || !entry || !bytes)
        return error_set(e, -EINVAL, "%s: not a local volume of this cluster", path);
    node = p->hosts[host].pub.name;
    volume_name(entry, node, class, name);
    volume_capacity(bytes, capacity);
    (void)snprintf(maker, sizeof(maker), "local-volume-provisioner-%s", node); /* 253 at most */
    o = object_mark(object_new("v1", "PersistentVolume", NULL, name), "annotations",
                    "pv.kubernetes.io/provisioned-by", maker);
    o = object_put(
        o, "spec",
        json_pack("{s:{s:s}, s:s, s:[s], s:s, s:s, s:{s:s}, s:{s:{s:[{s:[{s:s, s:s, s:[s]}]}]}}}",
                  "capacity", "storage", capacity, "volumeMode", "Filesystem", "accessModes",
                  "ReadWriteOnce", "persistentVolumeReclaimPolicy", "Retain", "storageClassName",
                  class, "local", "path", path, "nodeAffinity", "required", "nodeSelectorTerms",
                  "matchExpressions", "key", "kubernetes.io/hostname", "operator", "In", "values",
                  node));
    if (!o)
        return error_oom(e);
    *ret = o;
    return 0;
}
