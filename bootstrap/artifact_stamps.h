/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "artifact.h"

/* Which digest a file on this machine was found to have, as long as it has not been touched since:
 * 100 MB programs are not hashed at every boot. STATE/artifacts.json,
 *   {"/usr/local/bin/kubelet": {"sha256": "…", "inode": N, "size": N, "changed_ns": N}}
 * changed_ns is st_ctim, which nobody can set back. It is a cache: whatever is wrong with it costs
 * one hash. */
struct stamps {
    char *path;
    json_t *files;
    bool changed;
};

int stamps_open(struct stamps *s, const char *path, struct error *e) _must_check_;
void stamps_done(struct stamps *s);

/* *ret: is file what the artifact says, in size, mode and digest? */
int stamps_check(struct stamps *s, const char *file, const struct artifact *a, bool *ret,
                 struct error *e) _must_check_;

/* file was written and its digest checked on the way just now. */
int stamps_add(struct stamps *s, const char *file, const struct artifact *a,
               struct error *e) _must_check_;

/* Writes what the two learnt, if anything. */
int stamps_save(struct stamps *s, struct error *e) _must_check_;
