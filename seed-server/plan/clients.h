/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

/* What a node's own OS must have so that its kubelet can mount a storage class' volumes: a program
 * that the kubelet runs on the host, the package that has it, the kernel module that it works by.
 */

/* "preflight.clients" of node-config(5) for hosts with these roles. Both answer a new reference,
 * NULL without memory, and an empty list where nothing is needed. */
json_t *clients_render(const struct plan *p, unsigned roles);
/* The packages' names alone, Debian's and Ubuntu's, as cloud-init's "packages" takes them; also of
 * what makes the cluster's data disks. */
json_t *clients_packages(const struct plan *p, unsigned roles);
/* Adds the modules to a list of names. -1 without memory. */
int clients_add_modules(const struct plan *p, unsigned roles, json_t *list) _must_check_;
