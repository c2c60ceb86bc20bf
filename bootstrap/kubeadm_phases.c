/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "common/base64.h"
#include "control_plane.h"
#include "master_certs.h"

#define TOKENS                                                                                     \
    "/api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io/token"
#define TOKEN_DESCRIPTION "made by nodeseed" /* in the plan's kubeadm configuration */

/* kubeadm writes in place and leaves it to the kernel when: after a cut a file may be there empty.
 */
static int check_manifest(struct context *c, const char *path, struct error *e)
{
    _cleanup_free_ char *full = context_path(c, path);
    struct stat st;

    if (!full)
        return error_oom(e);
    if (stat(full, &st) < 0)
        return error_set_errno(e, -errno, "%s", full);
    return st.st_size > 0 ? 0 : error_set(e, -ENOENT, "%s is empty", full);
}

static int verify_files(struct context *c, const struct control_plane *cp, struct kube_api *api,
                        struct error *e)
{
    static const char *const manifests[] = {
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        "/etc/kubernetes/manifests/kube-scheduler.yaml",
    };
    int r = master_certs_check(c, e);

    (void)cp;
    (void)api;
    for (size_t i = 0; i < ARRAY_SIZE(manifests) && r == 0; i++)
        r = check_manifest(c, manifests[i], e);
    return r;
}

/* upload-config, mark-control-plane, bootstrap-token */
static int verify_cluster(struct context *c, const struct control_plane *cp, struct kube_api *api,
                          struct error *e)
{
    static const char *const paths[] = {
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config",
        "/api/v1/namespaces/kube-public/configmaps/cluster-info",
        ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/"
         "kubeadm:node-autoapprove-certificate-rotation"),
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/kubeadm:node-autoapprove-bootstrap",
    };
    _cleanup_json_ json_t *node = NULL;
    _cleanup_free_ char *path = NULL;
    const json_t *labels;
    size_t i;
    int r;

    (void)c;
    for (i = 0; i < ARRAY_SIZE(paths); i++) {
        _cleanup_json_ json_t *object = NULL;

        r = kube_get(api, paths[i], &object, e);
        if (r < 0)
            return r;
    }
    if (asprintf(&path, "/api/v1/nodes/%s", cp->node) < 0) {
        path = NULL;
        return error_oom(e);
    }
    r = kube_get(api, path, &node, e);
    if (r < 0)
        return r;
    /* the label's name changed: master until 1.23, both from 1.20, control-plane alone from 1.24 */
    labels = json_object_get(json_object_get(node, "metadata"), "labels");
    if (!json_object_get(labels, "node-role.kubernetes.io/master") &&
        !json_object_get(labels, "node-role.kubernetes.io/control-plane"))
        return error_set(e, -ENOENT, "node %s is not marked as a control plane", cp->node);
    return 0;
}

/* kubeadm init's phases, since which minor version there are (kubeadm refuses to skip what it does
 * not know), and in which of our runs each is meant. wait-control-plane is the step's own wait;
 * kubelet.conf, which is the plan's, and addons are not kubeadm's here. */
enum { RUN_NEVER = -1, RUN_FILES, RUN_CLUSTER };

static const struct {
    const char *name;
    unsigned since;
    int run;
} init_phases[] = {
    {"preflight",          13, RUN_NEVER  },
    {"certs",              13, RUN_FILES  },
    {"kubeconfig",         13, RUN_FILES  },
    {"kubeconfig/kubelet", 13, RUN_NEVER  },
    {"kubelet-start",      13, RUN_NEVER  },
    {"control-plane",      13, RUN_FILES  },
    {"etcd",               13, RUN_FILES  },
    {"wait-control-plane", 13, RUN_NEVER  },
    {"upload-config",      13, RUN_CLUSTER},
    {"upload-certs",       14, RUN_NEVER  },
    {"mark-control-plane", 13, RUN_CLUSTER},
    {"bootstrap-token",    13, RUN_CLUSTER},
    {"kubelet-finalize",   17, RUN_NEVER  },
    {"addon",              13, RUN_NEVER  },
    {"show-join-command",  22, RUN_NEVER  },
};

const struct kubeadm_phase kubeadm_phases[] = {
    [RUN_FILES] = {"files",   "making certificates and static pods",     verify_files,   master_certs_clear,
                   control_plane_sync},
    [RUN_CLUSTER] = {"cluster", "writing the cluster's own configuration", verify_cluster, NULL,
                   NULL              },
};
const size_t kubeadm_phase_count = ARRAY_SIZE(kubeadm_phases);

int kubeadm_skips(const struct kubeadm_phase *phase, const char *version, char **ret,
                  struct error *e)
{
    _cleanup_buf_ struct buf list = BUF_INIT(1024);
    unsigned minor;

    if (sscanf(version, "%*u.%u", &minor) != 1)
        return error_set(e, -EINVAL, "kubernetes_version %s: expected such as 1.20.2", version);
    for (size_t i = 0; i < ARRAY_SIZE(init_phases); i++)
        if (minor >= init_phases[i].since && init_phases[i].run != phase - kubeadm_phases)
            buf_addf(&list, "%s%s", list.len ? "," : "--skip-phases=", init_phases[i].name);
    if (buf_check(&list) < 0)
        return error_oom(e);
    *ret = buf_take(&list, NULL);
    return 0;
}

/* Is the Secret the token that the plan's kubeadm configuration asks for? */
static bool is_our_token(const json_t *secret)
{
    const char *encoded =
        json_string_value(json_object_get(json_object_get(secret, "data"), "description"));
    _cleanup_free_ char *text = NULL;
    size_t len;

    return encoded && base64_decode(encoded, &text, &len, NULL) == 0 &&
           strstr(text, TOKEN_DESCRIPTION);
}

int control_plane_delete_tokens(struct kube_api *api, struct error *e)
{
    _cleanup_json_ json_t *list = NULL;
    const json_t *secret;
    json_t *items;
    size_t i;
    int r;

    if ((r = kube_get(api, TOKENS, &list, e)) < 0 ||
        (r = json_get_array(list, "items", &items, e)) < 0)
        return r;
    json_array_foreach(items, i, secret)
    {
        _cleanup_free_ char *path = NULL;
        const char *name =
            json_string_value(json_object_get(json_object_get(secret, "metadata"), "name"));

        if (!name || !is_our_token(secret))
            continue;
        if (asprintf(&path, "/api/v1/namespaces/kube-system/secrets/%s", name) < 0) {
            path = NULL;
            return error_oom(e);
        }
        r = kube_delete(api, path, e);
        if (r < 0)
            return r;
    }
    return 0;
}
