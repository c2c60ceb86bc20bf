/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* The PersistentVolumes of local volumes, made by the init master from what the server says. */

/* What to do for one that is wanted, by what the cluster has. Pure. */
enum volume_verb {
    VOLUME_THERE, /* it, or one of the same folder that is not ours to touch: *ret_other */
    VOLUME_CREATE,
    VOLUME_REPLACE, /* *ret_other is ours, of another class by now, and nobody has claimed it */
};

/* cluster is an object by "HOST\nPATH" of what volume_index_add found. *ret_other is borrowed from
 * it, NULL where there is none. */
enum volume_verb volume_decide(const json_t *cluster, const json_t *wanted, const char **ret_other);

/* A page of a PersistentVolumeList into cluster: those of a local path on one host. */
int volume_index_add(json_t *cluster, const json_t *page, struct error *e) _must_check_;

/* All that are wanted and are not there. */
int volume_objects_make(struct context *c, struct error *e) _must_check_;
