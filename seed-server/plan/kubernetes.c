/* SPDX-License-Identifier: Apache-2.0 */
#include "kubernetes.h"

#include <stddef.h>

#define V1BETA1 "kubeadm.k8s.io/v1beta1"
#define V1BETA2 "kubeadm.k8s.io/v1beta2"
#define V1BETA3 "kubeadm.k8s.io/v1beta3"
#define V1BETA4 "kubeadm.k8s.io/v1beta4"
#define PATCHES "--patches"
#define SIGNING "cluster-signing-duration"
#define OLD_SIGNING "experimental-cluster-signing-duration"
#define MASTER "node-role.kubernetes.io/master"
#define CONTROL_PLANE "node-role.kubernetes.io/control-plane"

/* Sources: kubeadm's API reference (v1beta1 1.13–1.14, v1beta2 1.15–1.21, v1beta3 1.22–1.30,
 * v1beta4 from 1.31), the kubelet's change logs (--network-plugin went in 1.24, --container-runtime
 * and its endpoint flag in 1.27), in-tree GlusterFS went in 1.26 and RBD in 1.31, the master label
 * in 1.24, kubeadm's --experimental-patches came in 1.19 and was called --patches from 1.22, and
 * the controller-manager's --cluster-signing-duration in 1.19. */
/* clang-format off */
static const struct kubernetes versions[] = {
    /*                    list   init   url    rt     net    config gluster rbd   signing  patches master */
    {13, 14, V1BETA1, false, false, false, true,  true,  false, true,  true,  OLD_SIGNING, NULL, MASTER},
    {15, 18, V1BETA2, false, false, false, true,  true,  false, true,  true,  OLD_SIGNING, NULL, MASTER},
    {19, 21, V1BETA2, false, false, false, true,  true,  false, true,  true,  SIGNING,
     "--experimental-patches", MASTER},
    {22, 23, V1BETA3, false, false, true,  true,  true,  false, true,  true,  SIGNING, PATCHES, MASTER},
    {24, 25, V1BETA3, false, false, true,  true,  false, false, true,  true,  SIGNING, PATCHES, CONTROL_PLANE},
    {26, 26, V1BETA3, false, false, true,  true,  false, false, false, true,  SIGNING, PATCHES, CONTROL_PLANE},
    {27, 30, V1BETA3, false, false, true,  false, false, true,  false, true,  SIGNING, PATCHES, CONTROL_PLANE},
    {31, KUBERNETES_NEWEST, V1BETA4,
                      true,  true,  true,  false, false, true,  false, false, SIGNING, PATCHES, CONTROL_PLANE},
};
/* clang-format on */

const struct kubernetes *kubernetes_of(unsigned minor)
{
    size_t i;

    for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
        if (minor >= versions[i].first && minor <= versions[i].last)
            return &versions[i];
    return NULL;
}
