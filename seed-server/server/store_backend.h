/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* What store.c needs of a place that keeps keys: one writer, transactions, everything read once.
 * store_sqlite.c is the embedded one. All but open and load are the writer thread's alone and
 * answer 0, -ENOSPC, -ENOMEM, -EBUSY, -EUCLEAN or -EIO. */
struct store_backend;

int backend_open(const char *path, struct store_backend **ret, struct error *e) _must_check_;
void backend_close(struct store_backend *b); /* NULL ok */

/* Every key once, until loaded answers a negative errno. */
typedef int backend_loaded(const char *key, const void *value, size_t len, uint64_t revision,
                           void *userdata);
int backend_load(struct store_backend *b, backend_loaded *loaded, void *userdata,
                 struct error *e) _must_check_;

int backend_begin(struct store_backend *b) _must_check_;
int backend_put(struct store_backend *b, const char *key, const void *value, size_t len,
                uint64_t revision) _must_check_;
int backend_delete(struct store_backend *b, const char *key) _must_check_;
/* 0 only when what was written since begin survives a power cut. */
int backend_commit(struct store_backend *b) _must_check_;
/* What was deleted or replaced in earlier commits is in no file afterwards. Costs a sync or two. */
int backend_scrub(struct store_backend *b) _must_check_;
/* After a failure; harmless when nothing was begun. */
void backend_rollback(struct store_backend *b);
