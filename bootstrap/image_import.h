/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Images go into containerd safe from a power cut. containerd has its database on the disk before
 * it says that an image is unpacked, but not the unpacked files (containerd #5854; since 2.0 there
 * is an option): after a cut within half a minute or so the database has layers whose files are
 * empty, and no later import looks at a layer that the database has.
 *
 * So what containerd had before the first import is kept in import.json, with an intent of the
 * journal ("artifacts/import": {"boot": its id}), until all is on the disk. Where the intent is
 * found in a later boot, whatever containerd has beyond that is taken out again: names of images,
 * layers, and contents, also what was pulled meanwhile. */

/* Before the first import. Keeps the intent that is there already. */
int image_import_begin(struct context *c, const char *containerd, struct error *e) _must_check_;

/* After the last one, also when it failed: syncs, and removes the intent. Nothing without one. */
int image_import_end(struct context *c, struct error *e) _must_check_;

/* Was an import begun that did not end? */
bool image_import_is_open(const struct context *c);

/* Ends what an earlier run began: as above in the boot that it was begun in, whose page cache still
 * has all that was written; else by taking out what may be broken. What a container uses already is
 * left, with a note. containerd: its socket; it runs. */
int image_import_recover(struct context *c, const char *containerd, struct error *e) _must_check_;

/* ---- decided apart from acting; lists are ctr's output, results new references ---- */

/* Digests of `ctr content ls -q`, or keys of committed snapshots of `ctr snapshots ls`. */
int image_import_digests(const char *list, json_t **ret, struct error *e) _must_check_;
int image_import_layers(const char *list, json_t **ret, struct error *e) _must_check_;

/* Names in `ctr images ls` whose manifest is not in had. */
int image_import_new_names(const char *list, const json_t *had, json_t **ret,
                           struct error *e) _must_check_;
/* Digests that are not in had. */
int image_import_new_digests(const char *list, const json_t *had, json_t **ret,
                             struct error *e) _must_check_;
/* Committed snapshots that are not in had, each after all that are on top of it, as they can be
 * removed. One with something on top that stays is not among them: *ret_kept counts those. */
int image_import_new_layers(const char *list, const json_t *had, json_t **ret, size_t *ret_kept,
                            struct error *e) _must_check_;
