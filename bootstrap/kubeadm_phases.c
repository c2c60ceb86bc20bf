/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"
#include "control_plane.h"

#define TOKENS                                                                                     \
    "/api/v1/namespaces/kube-system/secrets?fieldSelector=type%3Dbootstrap.kubernetes.io/token"
#define TOKEN_DESCRIPTION "made by nodeseed" /* in the plan's kubeadm configuration */

static int check_files(struct context *c, const char *const *paths, struct error *e)
{
    size_t i;

    for (i = 0; paths[i]; i++) {
        _cleanup_free_ char *path = context_path(c, paths[i]);

        if (!path)
            return error_oom(e);
        if (access(path, F_OK) < 0)
            return error_set_errno(e, -errno, "%s", path);
    }
    return 0;
}

/* kubeadm writes certificates and keys in place: an empty one is a cut one, and a wrong one makes
 * its next run fail loudly. */
static int verify_files(struct context *c, const struct control_plane *cp, struct kube_api *api,
                        struct error *e)
{
    static const char *const paths[] = {
        "/etc/kubernetes/pki/apiserver.crt",
        "/etc/kubernetes/pki/apiserver.key",
        "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
        "/etc/kubernetes/pki/apiserver-kubelet-client.key",
        "/etc/kubernetes/pki/front-proxy-client.crt",
        "/etc/kubernetes/pki/front-proxy-client.key",
        "/etc/kubernetes/admin.conf",
        "/etc/kubernetes/controller-manager.conf",
        "/etc/kubernetes/scheduler.conf",
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/manifests/kube-controller-manager.yaml",
        "/etc/kubernetes/manifests/kube-scheduler.yaml",
        NULL,
    };

    (void)cp;
    (void)api;
    return check_files(c, paths, e);
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

/* wait-control-plane is the step's own wait; kubelet.conf, which is the plan's, and addons are not
 * kubeadm's here. */
#define NEVER "preflight,kubelet-start,wait-control-plane,upload-certs,kubelet-finalize,addon"

const struct kubeadm_phase kubeadm_phases[] = {
    {"files",   "making certificates and static pods",
     NEVER ",kubeconfig/kubelet,upload-config,mark-control-plane,bootstrap-token", verify_files  },
    {"cluster", "writing the cluster's own configuration",
     NEVER ",certs,kubeconfig,control-plane,etcd",                                 verify_cluster},
};
const size_t kubeadm_phase_count = ARRAY_SIZE(kubeadm_phases);

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
