/* SPDX-License-Identifier: Apache-2.0 */
#include "image_names.h"

#define KUBE VAR_KUBE_IMAGE_REPO
#define QUAY VAR_QUAY_IMAGE_REPO

/* Minor versions of Calico 3: the manifest here is of FIRST to LAST. */
#define CALICO_FIRST 17
#define CALICO_LAST 19
#define CALICO_TOKENS 23

/* In the order of enum plan_image. */
static const struct {
    enum variable_id registry; /* where its name begins by default */
    const char *folder;        /* of the registry */
    const char *component;     /* as plan_image_of knows it */
    const char *tag;           /* upstream's; NULL: another for each version */
    enum variable_id repo; /* its own; those of tag and digest follow in the table of variables */
} images[IMAGE_COUNT] = {
    {QUAY, "",             "calico/node",              NULL,     VAR_CALICO_NODE_IMAGE_REPO  },
    {QUAY, "",             "calico/cni",               NULL,     VAR_CALICO_CNI_IMAGE_REPO   },
    {QUAY, "",             "calico/kube-controllers",  NULL,     VAR_CALICO_POLICY_IMAGE_REPO},
    {KUBE, "",             "coredns",                  NULL,     VAR_COREDNS_IMAGE_REPO      },
    {KUBE, "",             "pause",                    "3.2",    VAR_POD_INFRA_IMAGE_REPO    },
    {KUBE, "sig-storage/", "local-volume-provisioner", "v2.3.4", VAR_LOCAL_IMAGE_REPO        },
};

enum own { OWN_REPO, OWN_TAG, OWN_DIGEST, OWN_COUNT };

static enum variable_id own_variable(enum plan_image image, enum own which)
{
    return (enum variable_id)((int)images[image].repo + (int)which);
}

/* kubeadm 1.21 and newer finds CoreDNS in upstream's registry in a folder of its own, and in any
 * other where it was (GetDNSImage in kubeadm's images.go). Both of upstream's names are of one
 * registry. */
static const char *folder_of(const struct cluster *c, enum plan_image image, const char *registry)
{
    if (image == IMAGE_COREDNS && c->minor >= 21 &&
        (strcmp(registry, "k8s.gcr.io") == 0 || strcmp(registry, "registry.k8s.io") == 0))
        return "coredns/";
    return images[image].folder;
}

/* What kubeadm installs with the first release of each version of Kubernetes (CoreDNSVersion in its
 * constants.go); older ones get 1.7.0 as well. From 1.21 on its tags have a "v". */
static const char *dns_tag(unsigned minor)
{
    static const struct {
        unsigned from;
        const char *tag;
    } tags[] = {
        {34, "v1.12.1"},
        {33, "v1.12.0"},
        {32, "v1.11.3"},
        {29, "v1.11.1"},
        {27, "v1.10.1"},
        {25, "v1.9.3" },
        {23, "v1.8.6" },
        {22, "v1.8.4" },
        {21, "v1.8.0" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
        if (minor >= tags[i].from)
            return tags[i].tag;
    return "1.7.0";
}

static const char *tag_of(struct reader *r, enum plan_image image)
{
    const struct cluster *c = &r->plan->cluster;

    if (images[image].tag)
        return images[image].tag;
    if (image == IMAGE_COREDNS)
        return dns_tag(c->minor);
    return arena_printf(&r->plan->arena, "v%s", c->calico_version + (*c->calico_version == 'v'));
}

/* REPO:TAG, or REPO@sha256:HEX where a digest is known: a tag beside it would be ignored. */
static const char *name_of(struct reader *r, enum plan_image image)
{
    struct arena *arena = &r->plan->arena;
    const char *repo = reader_text(r, own_variable(image, OWN_REPO)),
               *tag = reader_text(r, own_variable(image, OWN_TAG)),
               *checksum = reader_text(r, own_variable(image, OWN_DIGEST)),
               *registry = reader_text(r, images[image].registry);

    if (!repo)
        repo = arena_printf(arena, "%s/%s%s", registry,
                            folder_of(&r->plan->cluster, image, registry), images[image].component);
    if (checksum)
        return arena_printf(arena, "%s@sha256:%s", repo, checksum);
    return arena_printf(arena, "%s:%s", repo, tag ? tag : tag_of(r, image));
}

/* The last one of the image's own variables that somebody set, or VAR_COUNT. */
static enum variable_id who_says(struct reader *r, enum plan_image image)
{
    for (int i = OWN_COUNT - 1; i >= 0; i--)
        if (reader_cluster(r, own_variable(image, (enum own)i), NULL))
            return own_variable(image, (enum own)i);
    return VAR_COUNT;
}

static const char *tag_text(const char *name)
{
    const char *tag = strrchr(name, ':');

    return tag ? tag + 1 : "";
}

/* "v3.19" → 19 of Calico 3; -1 for a tag that is no such version, and for a digest. */
static int calico_minor(const char *name)
{
    const char *c = tag_text(name);
    int minor = 0, digits = 0;

    c += *c == 'v';
    if (strncmp(c, "3.", 2) != 0 || strchr(name, '@'))
        return -1;
    for (c += 2; *c >= '0' && *c <= '9' && digits < 4; c++, digits++)
        minor = minor * 10 + (*c - '0');
    return digits && (!*c || *c == '.' || *c == '-') ? minor : -1;
}

/* render_calico.c's manifest is that of a few versions. From 3.23 on install-cni asks for a token
 * of a ServiceAccount, and ends where its role does not allow that; what addons/ could add to the
 * role comes after calico-node is ready. */
static void check_calico(struct reader *r, enum plan_image image)
{
    const char *name = r->plan->cluster.images[image];
    const struct artifact *a = plan_image_of(r->plan, images[image].component);
    enum variable_id said = VAR_CALICO_VERSION;
    int minor = calico_minor(name);

    if (minor < 0 || (minor >= CALICO_FIRST && minor <= CALICO_LAST))
        return;
    if (reader_cluster(r, own_variable(image, OWN_TAG), NULL))
        said = own_variable(image, OWN_TAG);
    else if (a && strcmp(a->image, name) == 0)
        said = VAR_SEED_ARTIFACTS;
    if (minor >= CALICO_TOKENS)
        reader_refuse(r, reader_where(r, said),
                      "%s: calico-node of 3.%d and newer does not start with the roles of "
                      "nodeseed's manifest, which is that of v3.%d to v3.%d: write one of these, "
                      "such as calico_version: v3.19.4, or kube_network_plugin: bridge",
                      name, CALICO_TOKENS, CALICO_FIRST, CALICO_LAST);
    else
        reader_warn(r, reader_where(r, said),
                    "%s: nodeseed's manifest of Calico is that of v3.%d to v3.%d, and what other "
                    "versions need beside it is not there: write one of these, such as "
                    "calico_version: v3.19.4",
                    name, CALICO_FIRST, CALICO_LAST);
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
    if (c->is_bridge)
        return;
    for (enum plan_image i = IMAGE_CALICO_NODE; i <= IMAGE_CALICO_CONTROLLERS; i++)
        if (i == IMAGE_CALICO_NODE || strcmp(tag_text(c->images[i]), tag_text(c->images[i - 1])))
            check_calico(r, i);
}

bool image_is_expected(const struct plan *p, enum plan_image image)
{
    return p->cluster.image_named[image] || plan_image_of(p, images[image].component);
}
