/* SPDX-License-Identifier: Apache-2.0 */
#include "image_names.h"

static const struct {
    const char *component;                   /* as plan_image_of knows it */
    enum variable_id registry;               /* where its name begins by default */
    const char *path, *tag;                  /* upstream's; tag NULL: calico_version */
    enum variable_id repo, tag_of, checksum; /* of this image alone */
} images[IMAGE_COUNT] = {
    [IMAGE_CALICO_NODE] = {"calico/node",              VAR_QUAY_IMAGE_REPO, "calico/node", NULL,
                           VAR_CALICO_NODE_IMAGE_REPO,                                                                             VAR_CALICO_NODE_IMAGE_TAG,
                           VAR_CALICO_NODE_DIGEST                                                                                                                                     },
    [IMAGE_CALICO_CNI] = {"calico/cni",               VAR_QUAY_IMAGE_REPO, "calico/cni",  NULL,
                           VAR_CALICO_CNI_IMAGE_REPO,                                                                              VAR_CALICO_CNI_IMAGE_TAG,
                           VAR_CALICO_CNI_DIGEST                                                                                                                                      },
    [IMAGE_CALICO_CONTROLLERS] = {"calico/kube-controllers",  VAR_QUAY_IMAGE_REPO,
                           "calico/kube-controllers",                                      NULL,     VAR_CALICO_POLICY_IMAGE_REPO,
                           VAR_CALICO_POLICY_IMAGE_TAG,                                                                                                       VAR_CALICO_POLICY_DIGEST},
    [IMAGE_COREDNS] = {"coredns",                  VAR_KUBE_IMAGE_REPO, "coredns",     "1.7.0",  VAR_COREDNS_IMAGE_REPO,
                           VAR_COREDNS_IMAGE_TAG,                                                                                                             VAR_COREDNS_DIGEST      },
    [IMAGE_PAUSE] = {"pause",                    VAR_KUBE_IMAGE_REPO, "pause",       "3.2",    VAR_POD_INFRA_IMAGE_REPO,
                           VAR_POD_INFRA_IMAGE_TAG,                                                                                                           VAR_POD_INFRA_DIGEST    },
    [IMAGE_LOCAL_PROVISIONER] = {"local-volume-provisioner", VAR_KUBE_IMAGE_REPO,
                           "sig-storage/local-volume-provisioner",                         "v2.3.4",
                           VAR_LOCAL_IMAGE_REPO,                                                                                   VAR_LOCAL_IMAGE_TAG,       VAR_LOCAL_DIGEST        },
};

/* REPO:TAG, or REPO@sha256:HEX where a digest is known: a tag beside it would be ignored. */
static const char *name_of(struct reader *r, enum plan_image image)
{
    struct arena *arena = &r->plan->arena;
    const char *repo = reader_text(r, images[image].repo), *tag = images[image].tag,
               *own_tag = reader_text(r, images[image].tag_of),
               *checksum = reader_text(r, images[image].checksum),
               *version = r->plan->cluster.calico_version;

    if (!repo)
        repo = arena_printf(arena, "%s/%s", reader_text(r, images[image].registry),
                            images[image].path);
    if (checksum)
        return arena_printf(arena, "%s@sha256:%s", repo, checksum);
    if (!own_tag && !tag)
        own_tag = arena_printf(arena, "v%s", version + (*version == 'v'));
    return arena_printf(arena, "%s:%s", repo, own_tag ? own_tag : tag);
}

/* The variable of this image alone that somebody set, or VAR_COUNT. */
static enum variable_id own_variable(struct reader *r, enum plan_image image)
{
    const enum variable_id own[] = {images[image].checksum, images[image].tag_of,
                                    images[image].repo};

    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (reader_cluster(r, own[i], NULL))
            return own[i];
    return VAR_COUNT;
}

void image_names_read(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;

    for (enum plan_image i = 0; i < IMAGE_COUNT; i++) {
        const struct artifact *a = plan_image_of(r->plan, images[i].component);
        enum variable_id own = own_variable(r, i);
        const char *name = name_of(r, i);

        if (!name) {
            r->failed = true;
            return;
        }
        c->image_named[i] = own != VAR_COUNT || reader_cluster(r, images[i].registry, NULL);
        c->images[i] = a && own == VAR_COUNT ? a->image : name;
        if (a && own != VAR_COUNT && strcmp(a->image, name) != 0)
            reader_refuse(r, reader_where(r, own),
                          "%s: pods would ask for %s, but artifact %s is %s: an archive is checked "
                          "by its sha256 and image_id, so drop the variable, or the artifact",
                          variable(own)->name, name, a->name, a->image);
    }
}

bool image_is_expected(const struct plan *p, enum plan_image image)
{
    return p->cluster.image_named[image] || plan_image_of(p, images[image].component);
}
