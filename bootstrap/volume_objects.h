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

/* What to do about one that is to be released, by what volume_index_add found in its place (NULL:
 * nothing). emptied: its node has done so. Its claim is gone where Kubernetes says Released, or
 * Failed; then nothing else gets it before the PersistentVolume is made anew. Pure. */
enum release_verb {
    RELEASE_EMPTY,
    RELEASE_REFUSE, /* ret_why says why */
    RELEASE_DELETE, /* its PersistentVolume, whose successor is Available */
    RELEASE_DONE,
};
enum release_verb release_decide(const json_t *there, bool emptied, char *ret_why, size_t size);

/* All that are wanted and are not there; looks after those that are to be released; and tells the
 * server what there is then. */
int volume_objects_make(struct context *c, struct error *e) _must_check_;
