/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* The server's memory: text keys, small values, a revision per key. It offers what both an embedded
 * SQLite file and etcd can do (get, list by prefix, compare-and-set in a transaction, watch), so
 * that several taskboxes can share a store later: another back end is another .c file.
 *
 * One writer thread groups whatever transactions wait into one commit with an fsync. Readers take a
 * view: an immutable snapshot that costs a reference and never blocks.
 *
 * Keys:
 *   cluster/id, cluster/init-master, alloc/pod-cidr/HOST, alloc/etcd-member/HOST   see plan.h
 *   arm/HOST          {"opened_ms"}: when the window for enrolling opened
 *   identity/HOST     {"spki","certificate","enrolled_ms"}
 *   approve/HOST      {"fingerprint"}: the key that an administrator accepted
 *   token/HOST        {"token"}: one time, gone with the enrolment
 *   install/HOST      see install_state.h; only of hosts with seed_boot=pxe
 *   sshkeys/HOST      see ssh_keys.h
 *   quarantine/HOST   {"reason","since_ms"}
 *   progress/HOST     see progress.h
 *   applied/HOST      see applied_record.h
 *   volumes/HOST, release/HOST, cluster/volumes-made   see volume_record.h, volumes.h
 *   marks/HOST, cluster/nodes-made   see mark_record.h
 *   cluster/console   {"port"}: KubeSphere's console, on every node
 *   lease/STEP        see gate_wait.c */
struct store;
struct store_view;
struct store_txn;

/* Opens or makes the file and reads it whole. -EUCLEAN when it is not a store of ours, -EBUSY when
 * another server has it. */
int store_open(const char *path, struct store **ret, struct error *e) _must_check_;
/* Finishes what was submitted and ends the writer; later submissions answer -ESHUTDOWN, views can
 * still be taken. */
void store_stop(struct store *s);
void store_close(struct store *s); /* NULL ok; stops first */
DEFINE_CLEANUP(struct store *, store_close);

struct store_view *store_view(struct store *s);
void store_view_unref(struct store_view *v); /* NULL ok */
DEFINE_CLEANUP(struct store_view *, store_view_unref);

/* The value, NUL-terminated and borrowed from the view, or NULL when absent; *ret_revision (may be
 * NULL) is 0 then: what store_txn_expect takes. */
const char *store_view_get(const struct store_view *v, const char *key, uint64_t *ret_revision);
/* The revision of the newest transaction in the view. */
uint64_t store_view_revision(const struct store_view *v);

typedef int store_seen(const char *key, const char *value, uint64_t revision, void *userdata);
/* In key order, until seen answers other than 0. */
int store_view_each(const struct store_view *v, const char *prefix, store_seen *seen,
                    void *userdata);

/* A transaction: all or nothing, and nothing when an expectation does not hold. Running out of
 * memory while one is built is remembered and reported by the submission. */
struct store_txn *store_txn_new(void); /* NULL without memory, which submit and commit accept */
void store_txn_free(struct store_txn *t);
DEFINE_CLEANUP(struct store_txn *, store_txn_free);
/* revision 0: the key must not exist. */
void store_txn_expect(struct store_txn *t, const char *key, uint64_t revision);
/* value NULL: there was no memory to make it. */
void store_txn_put(struct store_txn *t, const char *key, const char *value);
void store_txn_delete(struct store_txn *t, const char *key);

/* Called once, on the writer thread, after the commit is on disk and visible to new views: 0;
 * -EAGAIN: an expectation did not hold; -ENOSPC: the disk is full; -EIO, -ENOMEM; -ESHUTDOWN. After
 * any failure nothing was changed, and the next submission tries afresh. Must not block. */
typedef void store_done(int result, void *userdata);
/* Takes t over. done may be NULL. */
void store_submit(struct store *s, struct store_txn *t, store_done *done, void *userdata);

/* Submits and waits. Not for the writer thread, nor for threads that serve requests. */
int store_commit(struct store *s, struct store_txn *t, struct error *e) _must_check_;

/* Called on the writer thread for each committed change of a key that begins with prefix, before
 * the transaction's own callback; value is NULL when it was deleted. Watches are set up before the
 * first transaction and live as long as the store. */
typedef void store_changed(const char *key, const char *value, uint64_t revision, void *userdata);
int store_watch(struct store *s, const char *prefix, store_changed *changed,
                void *userdata) _must_check_;

struct store_figures {
    uint64_t transactions, commits, conflicts, failures;
    size_t keys;
};
void store_figures(struct store *s, struct store_figures *ret);
