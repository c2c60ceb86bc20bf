/* SPDX-License-Identifier: Apache-2.0 */
#include "made.h"

#include "common/buf.h"
#include "common/mem.h"
#include "pem.h"
#include "tests/unit/test.h"

#define PKI "/etc/kubernetes/pki/"

const char *const made_paths[MADE_FILES] = {
    PKI "apiserver.crt",
    PKI "apiserver.key",
    PKI "apiserver-kubelet-client.crt",
    PKI "apiserver-kubelet-client.key",
    PKI "front-proxy-client.crt",
    PKI "front-proxy-client.key",
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/controller-manager.conf",
    "/etc/kubernetes/scheduler.conf",
    "/etc/kubernetes/manifests/kube-apiserver.yaml",
    "/etc/kubernetes/manifests/kube-controller-manager.yaml",
    "/etc/kubernetes/manifests/kube-scheduler.yaml",
};

static void add_base64(struct buf *to, const char *name, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);

    buf_addf(to, "    %s: ", name);
    for (size_t i = 0; i < len; i += 3) {
        unsigned n = 0, have = len - i < 3 ? (unsigned)(len - i) : 3;

        for (unsigned k = 0; k < 3; k++)
            n = n << 8 | (k < have ? (unsigned char)text[i + k] : 0);
        for (unsigned k = 0; k < 4; k++)
            buf_add_char(to, k <= have ? digits[n >> (18 - 6 * k) & 63] : '=');
    }
    buf_add_char(to, '\n');
}

static void write_kubeconfig(const struct tree *t, const char *path)
{
    _cleanup_buf_ struct buf text = BUF_INIT(65536);

    buf_add_str(&text, "apiVersion: v1\nkind: Config\nclusters:\n- name: kubernetes\n  cluster:\n");
    add_base64(&text, "certificate-authority-data", pem_ca);
    buf_add_str(&text, "users:\n- name: admin\n  user:\n");
    add_base64(&text, "client-certificate-data", pem_node);
    add_base64(&text, "client-key-data", pem_node_key);
    assert_int_equal(buf_check(&text), 0);
    tree_write(t, path, text.data);
}

void made_write_cas(const struct tree *t)
{
    tree_write(t, PKI "ca.crt", pem_ca);
    tree_write(t, PKI "front-proxy-ca.crt", pem_ca);
}

void made_write(const struct tree *t, size_t i)
{
    const char *path = made_paths[i], *end = strrchr(path, '.');

    if (!strcmp(end, ".conf"))
        write_kubeconfig(t, path);
    else
        tree_write(t, path,
                   !strcmp(end, ".crt")   ? pem_node
                   : !strcmp(end, ".key") ? pem_node_key
                                          : "apiVersion: v1\n");
}
