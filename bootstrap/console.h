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

/* While the node attends, on the first master: looks once more, and tells the taskbox of a port
 * other than *told, which it then is (0: none was told). One attempt. *ret_mine: this host is the
 * first master, others need not look again. c has its config. */
int console_attend(struct context *c, int64_t *told, bool *ret_mine, struct error *e) _must_check_;
