/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

/* A persistent sorted map from text keys to byte values: a change leaves the old map as it was and
 * makes a new one that shares all but the path to the changed key (an AVL tree with path copying).
 * That is what lets readers hold an immutable snapshot for as long as they like, and lets a failed
 * transaction be dropped by forgetting its root. NULL is the empty map. Maps may be held, read and
 * dropped by any thread. */
struct pmap;

struct pmap_item {
    unsigned refs;
    uint32_t key_len;
    size_t value_len;
    uint64_t revision;
    char *value; /* NUL-terminated, the NUL not counted; points behind key */
    char key[];
};

struct pmap *pmap_ref(struct pmap *m); /* NULL ok */
void pmap_unref(struct pmap *m);       /* NULL ok */
DEFINE_CLEANUP(struct pmap *, pmap_unref);

/* A new map with key set to a copy of value. 0 or -ENOMEM with *ret untouched. */
int pmap_put(struct pmap *m, const char *key, const void *value, size_t len, uint64_t revision,
             struct pmap **ret) _must_check_;

/* A new map without key (the same contents when it was not there). */
int pmap_delete(struct pmap *m, const char *key, struct pmap **ret) _must_check_;

/* Borrowed from the map; NULL when absent. */
const struct pmap_item *pmap_get(const struct pmap *m, const char *key);

/* Items whose key begins with prefix, in key order, until seen answers other than 0, which is then
 * returned. */
typedef int pmap_seen(const struct pmap_item *item, void *userdata);
int pmap_each(const struct pmap *m, const char *prefix, pmap_seen *seen, void *userdata);

size_t pmap_count(const struct pmap *m);
