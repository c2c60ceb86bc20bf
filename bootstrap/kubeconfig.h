/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* What a kubeconfig file with everything in it has, as kubeadm writes them: the CA of its first
 * cluster, the certificate and the key of its first user. PEM, owned. */
struct kubeconfig {
    char *ca, *certificate, *key;
};

void kubeconfig_done(struct kubeconfig *k);
#define _cleanup_kubeconfig_ _cleanup_(kubeconfig_done)

/* path is absolute and gets the root prefix. -ENOENT when there is no file, -ENODATA when
 * its user has no certificate in it, -EINVAL when it is no such kubeconfig. */
int kubeconfig_read(const struct context *c, const char *path, struct kubeconfig *ret,
                    struct error *e) _must_check_;
