/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "plan.h"

/* PersistentVolumes of local volumes. Where the static provisioner runs it makes them; where it
 * does not, nodeseed does, of the same names and kind, so that one can take over from the other. */

/* local-pv-%x of FNV-1a-32 over the entry below the class' folder, the node's name and the class'
 * (sig-storage-local-static-provisioner, pkg/discovery: generatePVName). */
#define VOLUME_NAME_SIZE 24
void volume_name(const char *entry, const char *node, const char *class,
                 char ret[VOLUME_NAME_SIZE]);

/* A file system's size as Kubernetes' quantity: rounded down to whole GiB, to MiB where these are
 * fewer than ten, as the provisioner does it, or to bytes. */
#define VOLUME_CAPACITY_SIZE 24
void volume_capacity(uint64_t bytes, char ret[VOLUME_CAPACITY_SIZE]);
