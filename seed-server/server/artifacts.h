/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http.h"
#include "seed-server/plan/plan.h"
#include "store.h"

/* The files that nodes download, of one plan: opened and digested when the plan is loaded, so that
 * what is served is what was checked. */
struct artifacts;

/* Opens every artifact below folder: regular files only, no symbolic links, nothing above it. What
 * is missing or has another digest or size is a problem: a fatal one, for which it fails with
 * -ESTALE, or with may_miss one that leaves this artifact out. Digests of files that did not change
 * since (device, inode, size, both times) are taken from the store and added to it. */
int artifacts_load(const struct plan *plan, const char *folder, struct store *store, bool may_miss,
                   struct problems *problems, struct artifacts **ret, struct error *e) _must_check_;
void artifacts_free(struct artifacts *a); /* NULL ok */
DEFINE_CLEANUP(struct artifacts *, artifacts_free);

/* Answers GET of an artifact by its name or, with by_digest, its SHA-256 in hex: 200, 206, 304,
 * 404, 416; 503 when the file was left out, or changed since it was checked. */
void artifacts_send(struct artifacts *a, struct http_request *r, const char *name, bool by_digest);
