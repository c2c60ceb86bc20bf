/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Installing blank machines (seed_boot=pxe): what the inventory must say for it. The decisions of
 * the server, whether a host installs now, are in server/install_state.h. */

/* What blank machines boot with, by its name in seed_artifacts (kind boot). */
#define INSTALL_KERNEL "installer.vmlinuz"
#define INSTALL_INITRD "installer.initrd"
#define INSTALL_GRUB "grub-local.pxe"
#define INSTALL_GRUB_EFI "grub-local.efi"

/* seed_install_disk and seed_install_image of a host into h->install, with their checks; artifacts,
 * identifiers and disks are read already. */
void install_read_host(struct reader *r, struct host *h);

/* What all hosts with seed_boot=pxe need of seed_artifacts. */
void install_check(struct reader *r);
