/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "install_config.h"
#include "step.h"

/* What a copied root file system is told to become this host: who the taskbox is and the token that
 * proves it (/etc/nodeseed/seed.yml), its addresses, no identity of the machine that the image was
 * made on, and the new name of its root file system wherever a boot loader or fstab has the old. */

/* A mounted file system of the image. */
enum install_place { PLACE_ROOT, PLACE_BOOT, PLACE_ESP };

/* In every text of a boot loader (and fstab, in PLACE_ROOT) the old UUID becomes the new one, in
 * place: both have 36 characters. *ret_n counts files that had it. */
int install_seed_rename(struct context *c, const char *folder, enum install_place place,
                        const char *old_uuid, const char *new_uuid, unsigned *ret_n,
                        struct error *e) _must_check_;

/* The rest, below the mounted root. nic: MAC of the card that the address is for, where the config
 * names no bond. -EINVAL when it is no root file system of a Linux with systemd. */
int install_seed_root(struct context *c, const char *folder, const struct install_config *config,
                      const char *token, const char *nic, struct error *e) _must_check_;
