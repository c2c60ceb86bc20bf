/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "artifact_hosts.h"
#include "cluster.h"
#include "common/file.h"
#include "kubernetes.h"
#include "roles.h"

static void copy_texts(struct arena *a, struct artifact *x)
{
    x->name = arena_copy(a, x->name);
    x->file = arena_copy(a, x->file);
    x->sha256 = arena_copy(a, x->sha256);
    x->path = arena_copy(a, x->path);
    x->mode = arena_copy(a, x->mode);
    x->image = arena_copy(a, x->image);
    x->image_id = arena_copy(a, x->image_id);
    x->compression = arena_copy(a, x->compression);
}

/* The file is there with its size. Its digest is checked where its bytes are read anyway. */
static void check_file(struct reader *r, const struct artifact *a, struct inventory_origin where)
{
    const char *folder = r->options->artifact_folder;
    _cleanup_free_ char *path = NULL;
    struct stat st;

    if (!folder)
        return;
    path = path_join(folder, a->file);
    if (!path)
        r->failed = true;
    else if (stat(path, &st) < 0)
        reader_refuse(r, where, "artifact %s: %s: %s", a->name, path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        reader_refuse(r, where, "artifact %s: %s is no regular file", a->name, path);
    else if ((uint64_t)st.st_size != a->size)
        reader_refuse(
            r, where,
            "artifact %s: %s has %llu bytes, but seed_artifacts says %llu: list the file anew",
            a->name, path, (unsigned long long)st.st_size, (unsigned long long)a->size);
}

/* A tag that kubeadm will not ask for is a mistake that shows hours later as a pod that waits. */
static void check_versions(struct reader *r)
{
    static const char *const of_version[] = {"kube-apiserver", "kube-controller-manager",
                                             "kube-scheduler", "kube-proxy"};
    struct inventory_origin where = reader_where(r, VAR_SEED_ARTIFACTS);
    const struct cluster *c = &r->plan->cluster;
    char want[512];
    size_t i;

    for (i = 0; i < ARRAY_SIZE(of_version); i++) {
        const struct artifact *a = plan_image_of(r->plan, of_version[i]);

        (void)snprintf(want, sizeof(want), "%s/%s:v%s", c->image_repo, of_version[i], c->version);
        if (a && strcmp(a->image, want) != 0)
            reader_refuse(r, where, "artifact %s: its image is %s, but the pods will ask for %s",
                          a->name, a->image, want);
    }
}

const struct artifact *plan_binary(const struct plan *p, const char *name)
{
    size_t i;

    for (i = 0; i < p->n_artifacts; i++)
        if (p->artifacts[i].kind == ARTIFACT_BINARY && strcmp(p->artifacts[i].name, name) == 0)
            return &p->artifacts[i];
    return NULL;
}

/* Does the file lie in a folder where systemd's services look for programs? */
static bool in_service_path(const char *path)
{
    static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                          "/usr/bin",        "/sbin",          "/bin"};
    size_t i, len = (size_t)(strrchr(path, '/') - path);

    for (i = 0; i < ARRAY_SIZE(folders); i++)
        if (strlen(folders[i]) == len && memcmp(folders[i], path, len) == 0)
            return true;
    return false;
}

/* Programs that others start by name, and plugins that containerd looks for in one folder. */
static void check_program_folders(struct reader *r)
{
    static const char *const by_name[] = {"ctr", "containerd-shim-runc-v2"};
    static const char *const plugins[] = {"loopback", "bridge", "host-local", "portmap"};
    struct inventory_origin where = reader_where(r, VAR_SEED_ARTIFACTS);
    const char *folder = r->plan->shared.cni_folder;
    const struct artifact *a;
    size_t i;

    if (!folder)
        return; /* the arena remembers */
    for (i = 0; i < ARRAY_SIZE(by_name); i++) {
        a = plan_binary(r->plan, by_name[i]);
        if (a && !in_service_path(a->path))
            reader_refuse(r, where,
                          "artifact %s: it is started by its name, so put it into /usr/local/bin",
                          a->name);
    }
    for (i = 0; i < ARRAY_SIZE(plugins); i++) {
        a = plan_binary(r->plan, plugins[i]);
        if (a && (strncmp(a->path, folder, strlen(folder)) != 0 ||
                  strrchr(a->path, '/') != a->path + strlen(folder)))
            reader_refuse(r, where,
                          "artifact %s: CNI plugins lie in one folder, and loopback's is %s",
                          a->name, folder);
    }
}

/* What is of no use without another program; the OS image may have that, mostly an older one. */
static void check_companions(struct reader *r)
{
    static const struct {
        const char *program, *companion;
    } pairs[] = {
        {"containerd", "containerd-shim-runc-v2"},
        {"containerd", "ctr"                    },
        {"containerd", "runc"                   },
        {"containerd", "loopback"               },
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(pairs); i++)
        if (plan_binary(r->plan, pairs[i].program) && !plan_binary(r->plan, pairs[i].companion))
            reader_warn(r, reader_where(r, VAR_SEED_ARTIFACTS),
                        "seed_artifacts has %s and no %s: the OS image must have one that fits it",
                        pairs[i].program, pairs[i].companion);
}

/* Where artifacts put the CNI plugins, or the distribution. */
static const char *cni_folder(struct plan *p)
{
    const char *plugin = plan_program(p, "loopback", "/usr/lib/cni/loopback");

    return arena_printf(&p->arena, "%.*s", (int)(strrchr(plugin, '/') - plugin), plugin);
}

int artifacts_read(struct reader *r, struct error *e)
{
    struct inventory_origin where = reader_origin(r);
    const json_t *list = reader_cluster(r, VAR_SEED_ARTIFACTS, &where), *item;
    struct plan *p = r->plan;
    size_t i, n = json_array_size(list);
    int ret;

    p->artifacts = calloc(n + 1, sizeof(*p->artifacts));
    p->served = calloc(n + 1, sizeof(*p->served));
    if (!p->artifacts || !p->served)
        return error_oom(e);
    json_array_foreach(list, i, item)
    {
        struct artifact *a = &p->artifacts[i];

        ret = artifact_read(item, a, e);
        if (ret < 0)
            return ret; /* it was checked */
        copy_texts(&p->arena, a);
        p->served[i] = (struct plan_artifact){a->name, a->file, a->sha256, a->size};
        p->n_artifacts++;
        check_file(r, a, where);
    }
    p->shared.cni_folder = cni_folder(p);
    check_versions(r);
    check_program_folders(r);
    check_companions(r);
    cluster_check_artifacts(r);
    p->settings.has_dns = cluster_has_dns(r);
    ret = artifact_hosts_check(r, e);
    if (ret < 0)
        return ret;
    return r->failed || p->arena.failed ? error_oom(e) : 0;
}

const struct artifact *plan_image_of(const struct plan *p, const char *component)
{
    size_t i;

    for (i = 0; i < p->n_artifacts; i++)
        if (artifact_is_image_of(&p->artifacts[i], component))
            return &p->artifacts[i];
    return NULL;
}

const char *plan_program(const struct plan *p, const char *name, const char *otherwise)
{
    const struct artifact *a = plan_binary(p, name);

    return a ? a->path : otherwise;
}
