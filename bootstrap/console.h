/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "kube_api.h"

/* KubeSphere's console: the Service ks-console of type NodePort, which its installer makes when all
 * of it runs. */

/* The Service's port on every node; 0 when it is of another type or has none yet. Pure. */
int64_t console_port(const json_t *service);

/* Tells the taskbox where it is. Where an addon holds the installer (Deployment ks-installer), the
 * console is waited for as long as addons are; elsewhere it is looked for once. */
int console_find(struct context *c, struct kube_api *api, const json_t *addons,
                 struct error *e) _must_check_;
