/* SPDX-License-Identifier: Apache-2.0 */
#include "image_names.h"

#define KUBE VAR_KUBE_IMAGE_REPO
#define QUAY VAR_QUAY_IMAGE_REPO

/* In the order of enum plan_image. */
static const struct {
    enum variable_id registry; /* where its name begins by default */
    const char *folder;        /* of the registry */
    const char *component;     /* as plan_image_of knows it */
    const char *tag;           /* upstream's; NULL: calico_version */
    enum variable_id repo; /* its own; those of tag and digest follow in the table of variables */
} images[IMAGE_COUNT] = {
    {QUAY, "",             "calico/node",              NULL,     VAR_CALICO_NODE_IMAGE_REPO  },
    {QUAY, "",             "calico/cni",               NULL,     VAR_CALICO_CNI_IMAGE_REPO   },
    {QUAY, "",             "calico/kube-controllers",  NULL,     VAR_CALICO_POLICY_IMAGE_REPO},
    {KUBE, "",             "coredns",                  "1.7.0",  VAR_COREDNS_IMAGE_REPO      },
    {KUBE, "",             "pause",                    "3.2",    VAR_POD_INFRA_IMAGE_REPO    },
    {KUBE, "sig-storage/", "local-volume-provisioner", "v2.3.4", VAR_LOCAL_IMAGE_REPO        },
};

enum own { OWN_REPO, OWN_TAG, OWN_DIGEST, OWN_COUNT };

static enum variable_id own_variable(enum plan_image image, enum own which)
{
    return (enum variable_id)((int)images[image].repo + (int)which);
}

/* REPO:TAG, or REPO@sha256:HEX where a digest is known: a tag beside it would be ignored. */
static const char *name_of(struct reader *r, enum plan_image image)
{
    struct arena *arena = &r->plan->arena;
    const char *repo = reader_text(r, own_variable(image, OWN_REPO)), *tag = images[image].tag,
               *own_tag = reader_text(r, own_variable(image, OWN_TAG)),
               *checksum = reader_text(r, own_variable(image, OWN_DIGEST)),
               *version = r->plan->cluster.calico_version;

    if (!repo)
        repo = arena_printf(arena, "%s/%s%s", reader_text(r, images[image].registry),
                            images[image].folder, images[image].component);
    if (checksum)
        return arena_printf(arena, "%s@sha256:%s", repo, checksum);
    if (!own_tag && !tag)
        own_tag = arena_printf(arena, "v%s", version + (*version == 'v'));
    return arena_printf(arena, "%s:%s", repo, own_tag ? own_tag : tag);
}

/* The last one of the image's own variables that somebody set, or VAR_COUNT. */
static enum variable_id who_says(struct reader *r, enum plan_image image)
{
    for (int i = OWN_COUNT - 1; i >= 0; i--)
        if (reader_cluster(r, own_variable(image, (enum own)i), NULL))
            return own_variable(image, (enum own)i);
    return VAR_COUNT;
}

void image_names_read(struct reader *r)
{
    struct cluster *c = &r->plan->cluster;

    for (enum plan_image i = 0; i < IMAGE_COUNT; i++) {
        const struct artifact *a = plan_image_of(r->plan, images[i].component);
        enum variable_id own = who_says(r, i);
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
