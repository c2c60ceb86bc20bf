/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* What differs between versions of Kubernetes, by minor version (1.MINOR), as one table. */
struct kubernetes {
    unsigned first, last;      /* minor versions that the row is for */
    const char *kubeadm_api;   /* "kubeadm.k8s.io/v1beta2" */
    bool args_are_list;        /* extraArgs: [{name, value}] instead of a dict */
    bool timeout_in_init;      /* timeouts are InitConfiguration's, not apiServer's */
    bool socket_is_url;        /* criSocket is a URL */
    bool has_runtime_flags;    /* kubelet --container-runtime=remote */
    bool has_network_flags;    /* kubelet --network-plugin=cni */
    bool runtime_in_config;    /* kubelet's configuration names the runtime's socket */
    bool has_gluster, has_rbd; /* in-tree volume plugins */
    const char *signing_flag;  /* controller-manager: how long what it signs lives */
    const char *patches_flag;  /* kubeadm init's for patches of static pods; NULL: has none */
    const char *master_label;  /* of taint and label: node-role.kubernetes.io/… */
};
#define KUBERNETES_NEWEST 34

/* NULL for versions that this product does not know. */
const struct kubernetes *kubernetes_of(unsigned minor);
