/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/json.h"
#include "common/protocol.h"

/* What this machine remembers of its own first boot: /var/lib/nodeseed/journal.json,
 *   {"version": 1,
 *    "steps":   {"disks": {"inputs": "<sha256 hex>", "result": "done"|"failed", "once": true,
 *                          "time": unix_ms}},
 *    "intents": {"disks/DATA1": {…}}}
 * Replaced whole and synced (file and folder) by each call that changes it, before the call
 * returns. It is a hint about the past: what a step finds on the machine counts more. A journal
 * that cannot be read is set aside as journal.json.broken and begun anew, never a reason not to
 * boot. */
struct journal;

/* The document of a journal's text: a new reference, of the shape above in all that is read of it.
 * -EINVAL or -E2BIG for anything else. */
int journal_parse(const char *text, size_t len, json_t **ret, struct error *e) _must_check_;

/* path is kept as a copy; its folder must exist. *ret_broken (may be NULL) says that an unreadable
 * journal was set aside. */
int journal_open(const char *path, struct journal **ret, bool *ret_broken,
                 struct error *e) _must_check_;
/* Only to look at it: nothing is set aside, and a missing one is an empty one. -EINVAL or -E2BIG
 * for one that cannot be read. */
int journal_look(const char *path, struct journal **ret, struct error *e) _must_check_;
void journal_free(struct journal *j); /* NULL ok */
DEFINE_CLEANUP(struct journal *, journal_free);

/* True when step ended well with these inputs. */
bool journal_step_done(const struct journal *j, enum step step, const char *inputs);
/* True when step ever ended well, whatever its inputs. */
bool journal_step_done_once(const struct journal *j, enum step step);
int journal_set_step(struct journal *j, enum step step, const char *inputs, bool done,
                     struct error *e) _must_check_;
/* The same, but written along with the next change: for steps that are done at each boot anyway. */
int journal_note_step(struct journal *j, enum step step, const char *inputs, bool done,
                      struct error *e) _must_check_;

/* Intents: what a step is about to do to something that it could not recognise after a cut
 * half-way ("mkfs on the disk with serial X, UUID Y"), and what it chose once and for all (the
 * network card that the address is on). key is "STEP/THING". get answers a borrowed value, NULL
 * when there is none; set copies value's reference; remove of an absent one is fine. */
json_t *journal_intent(const struct journal *j, const char *key);
int journal_set_intent(struct journal *j, const char *key, json_t *value,
                       struct error *e) _must_check_;
int journal_remove_intent(struct journal *j, const char *key, struct error *e) _must_check_;
