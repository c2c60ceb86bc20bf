/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "make_plan.h"

/* Plans with a host that boots by PXE. */

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define BOOT(name) "- {name: " name ", kind: boot, size: 4096, sha256: '" DIGEST "'}\n"
#define OS(name)                                                                                   \
    "- {name: " name                                                                               \
    ", kind: os-image, compression: zstd, size: 4096, raw_size: 4194304, sha256: "                 \
    "'" DIGEST "'}\n"
#define LIST "kube_network_plugin: bridge\nkube_pods_subnet: 10.233.64.0/18\nseed_artifacts:\n"
#define PXE_FILES BOOT("installer.vmlinuz") BOOT("installer.initrd") BOOT("grub-local.pxe")
#define FILES PXE_FILES BOOT("grub-local.efi")

#define MAC "seed_mac=52:54:00:00:00:02 "
#define DISK "\"seed_install_disk={'serial': 'OS2'}\" "

/* GUIDE with node2 booting by PXE, and more on its line; good until the next call. */
const char *guide_pxe(const char *more);
