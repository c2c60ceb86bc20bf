/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tree.h"

/* What kubeadm makes on a master, with the certificates of pem.h: in the order in which it is
 * looked for. Manifests are those that end with .yaml. */
#define MADE_FILES 12
extern const char *const made_paths[MADE_FILES];

/* Writes the CAs, which are there before kubeadm runs. */
void made_write_cas(const struct tree *t);
/* Writes that file as it should be. */
void made_write(const struct tree *t, size_t i);
