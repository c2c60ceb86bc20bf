/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* How pods name the images that are not Kubernetes' own: what seed_artifacts brings, or where
 * kubespray's variables say that nodes pull it from, by tag or by digest. */

/* Sets plan->cluster.images, once the artifacts are there. What a variable says and what an
 * artifact is called must be the same. */
void image_names_read(struct reader *r);
/* Is there reason to wait for its pods: an artifact, or a variable that names a registry? Otherwise
 * nodes may have the image, or may not. */
bool image_is_expected(const struct plan *p, enum plan_image image);
