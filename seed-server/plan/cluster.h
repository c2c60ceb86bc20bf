/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* The cluster's own variables into plan->cluster and plan->settings, with every check that needs no
 * host. */
int cluster_read(struct reader *r, struct error *e) _must_check_;

/* The storage classes of vars.yml into plan->cluster.storage. */
void storage_read(struct reader *r);

/* Who makes the PersistentVolumes of local volumes: known once the artifacts are. */
void storage_check_artifacts(struct reader *r);

/* seed_artifacts into plan->artifacts, and whether the files are there. */
int artifacts_read(struct reader *r, struct error *e) _must_check_;

/* What the network plugin and the storage classes need of them. */
void cluster_check_artifacts(struct reader *r);
/* Is cluster DNS a part of it: its image is an artifact, or a variable says where that is? */
bool cluster_has_dns(struct reader *r);
