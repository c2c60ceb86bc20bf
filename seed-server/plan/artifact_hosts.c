/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact_hosts.h"

#include "roles.h"

static bool with_bridge(const struct plan *p)
{
    return p->cluster.is_bridge;
}

static bool with_calico(const struct plan *p)
{
    return !p->cluster.is_bridge;
}

static bool with_dns(const struct plan *p)
{
    return p->settings.has_dns;
}

static bool with_provisioner(const struct plan *p)
{
    return p->cluster.storage.local.enabled && !p->cluster.storage.local.by_nodeseed;
}

/* Who needs what, where it is listed. A kubelet starts no pod without pause, and kube-proxy's pods
 * tolerate every taint, as all DaemonSets here do: masters that are no nodes run them as well.
 * CoreDNS and Calico's controllers run on whichever host the scheduler takes. */
static const struct need {
    enum artifact_kind kind;
    const char *name;
    unsigned roles;
    bool is_told;                          /* where it is not listed */
    bool (*is_used)(const struct plan *p); /* NULL: always */
} needs[] = {
    {ARTIFACT_IMAGE,  "pause",                    ROLE_KUBELET, true,  NULL            },
    {ARTIFACT_IMAGE,  "kube-proxy",               ROLE_KUBELET, true,  NULL            },
    {ARTIFACT_IMAGE,  "kube-apiserver",           ROLE_MASTER,  true,  NULL            },
    {ARTIFACT_IMAGE,  "kube-controller-manager",  ROLE_MASTER,  true,  NULL            },
    {ARTIFACT_IMAGE,  "kube-scheduler",           ROLE_MASTER,  true,  NULL            },
    {ARTIFACT_IMAGE,  "calico/node",              ROLE_KUBELET, false, with_calico     },
    {ARTIFACT_IMAGE,  "calico/cni",               ROLE_KUBELET, false, with_calico     },
    {ARTIFACT_IMAGE,  "calico/kube-controllers",  ROLE_KUBELET, false, with_calico     },
    {ARTIFACT_IMAGE,  "coredns",                  ROLE_KUBELET, false, with_dns        },
    {ARTIFACT_IMAGE,  "local-volume-provisioner", ROLE_KUBELET, false, with_provisioner},
    {ARTIFACT_BINARY, "kubelet",                  ROLE_KUBELET, false, NULL            },
    {ARTIFACT_BINARY, "containerd",               ROLE_KUBELET, false, NULL            },
    {ARTIFACT_BINARY, "containerd-shim-runc-v2",  ROLE_KUBELET, false, NULL            },
    {ARTIFACT_BINARY, "ctr",                      ROLE_KUBELET, false, NULL            },
    {ARTIFACT_BINARY, "runc",                     ROLE_KUBELET, false, NULL            },
    {ARTIFACT_BINARY, "loopback",                 ROLE_KUBELET, false, NULL            },
    {ARTIFACT_BINARY, "bridge",                   ROLE_KUBELET, false, with_bridge     },
    {ARTIFACT_BINARY, "host-local",               ROLE_KUBELET, false, with_bridge     },
    {ARTIFACT_BINARY, "portmap",                  ROLE_KUBELET, false, with_bridge     },
    {ARTIFACT_BINARY, "kubeadm",                  ROLE_MASTER,  false, NULL            },
    {ARTIFACT_BINARY, "etcd",                     ROLE_ETCD,    false, NULL            },
};

/* The first host of each set of roles: all others of it get the same. SIZE_MAX: there is none. */
struct kinds_of_hosts {
    size_t first[ROLE_SETS];
};

static struct kinds_of_hosts kinds_of_hosts(const struct reader *r)
{
    size_t i, n = inventory_host_count(r->inv);
    struct kinds_of_hosts k;

    for (i = 0; i < ROLE_SETS; i++)
        k.first[i] = SIZE_MAX;
    for (i = n; i > 0; i--)
        k.first[r->roles[i - 1]] = i - 1;
    k.first[0] = SIZE_MAX;
    return k;
}

static void print_roles(struct buf *out, unsigned roles)
{
    const char *between = "";

    for (unsigned bit = 1; bit < ROLE_SETS; bit <<= 1)
        if (roles & bit) {
            buf_addf(out, "%s%s", between, role_name((enum role)bit));
            between = ", ";
        }
}

/* An image may come as several archives, one for each role. */
static unsigned roles_of(const struct plan *p, const struct artifact *a)
{
    unsigned roles = a->roles;

    for (size_t i = 0; a->kind == ARTIFACT_IMAGE && i < p->n_artifacts; i++)
        if (p->artifacts[i].kind == ARTIFACT_IMAGE && strcmp(p->artifacts[i].image, a->image) == 0)
            roles |= p->artifacts[i].roles;
    return roles;
}

static void check_need(struct reader *r, const struct need *need, const struct kinds_of_hosts *k)
{
    const struct artifact *a = need->kind == ARTIFACT_IMAGE ? plan_image_of(r->plan, need->name)
                                                            : plan_binary(r->plan, need->name);
    _cleanup_buf_ struct buf has = BUF_INIT(64), wants = BUF_INIT(64);
    struct inventory_origin where = reader_where(r, VAR_SEED_ARTIFACTS);
    unsigned gets = a ? roles_of(r->plan, a) : 0, set;

    if (!a) {
        if (need->is_told)
            reader_warn(r, where, "seed_artifacts has no image of %s: it must be in the OS image",
                        need->name);
        return;
    }
    for (set = 1; set < ROLE_SETS; set++)
        if (k->first[set] != SIZE_MAX && set & need->roles && !(set & gets))
            break;
    if (set == ROLE_SETS)
        return;
    print_roles(&has, set);
    print_roles(&wants, gets | need->roles);
    reader_refuse(r, where,
                  "artifact %s: %.100s (%s) needs it and would not get it: write "
                  "roles: [%s]",
                  a->name, inventory_host_name(r->inv, k->first[set]), has.data, wants.data);
}

/* The later one would replace the earlier one on the machine, at each boot. */
static int check_places(struct reader *r, unsigned set, const struct kinds_of_hosts *k,
                        json_t *told, struct error *e)
{
    _cleanup_json_ json_t *places = json_object();
    const struct plan *p = r->plan;

    for (size_t i = 0; i < p->n_artifacts; i++) {
        const struct artifact *a = &p->artifacts[i];
        const char *before;

        if (a->kind != ARTIFACT_BINARY || !(a->roles & set))
            continue;
        before = json_string_value(json_object_get(places, a->path));
        if (!before) {
            if (json_object_set_new(places, a->path, json_string(a->name)) < 0)
                return error_oom(e);
        } else if (!json_object_get(told, a->name)) {
            reader_refuse(
                r, reader_where(r, VAR_SEED_ARTIFACTS),
                "artifact %s: its path %s is artifact %s's on %.100s: write another path, "
                "or roles that no host has both of",
                a->name, a->path, before, inventory_host_name(r->inv, k->first[set]));
            if (json_object_set_new(told, a->name, json_true()) < 0)
                return error_oom(e);
        }
    }
    return 0;
}

int artifact_hosts_check(struct reader *r, struct error *e)
{
    const struct kinds_of_hosts k = kinds_of_hosts(r);
    _cleanup_json_ json_t *told = json_object();
    int ret = 0;

    if (!r->plan->n_artifacts) {
        reader_warn(
            r, reader_where(r, VAR_SEED_ARTIFACTS),
            "seed_artifacts is not set: every program and image must be in the OS image already");
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
        if (!needs[i].is_used || needs[i].is_used(r->plan))
            check_need(r, &needs[i], &k);
    for (unsigned set = 1; set < ROLE_SETS && ret == 0; set++)
        if (k.first[set] != SIZE_MAX)
            ret = check_places(r, set, &k, told, e);
    return ret;
}
