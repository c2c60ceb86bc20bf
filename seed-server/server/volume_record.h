/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What a node says of its local volumes, and which of them an administrator wants emptied. Pure.
 *
 *   volumes/HOST   [{"path","bytes"}]   what it had mounted when it last said so
 *   release/HOST   [{"path","id","state","why"}]   to be emptied, by steps:
 *       asked      by an administrator; the first master looks whether its claim is gone
 *       empty      it is: the node empties it
 *       emptied    the node has; the first master deletes the PersistentVolume, and the entry goes
 *       refused    why */
#define VOLUMES_MAX 256 /* of one host */

/* The body of POST /v1/volumes, {"volumes":[{"path","bytes"}],"emptied":["ID"]}: each path is there
 * once, and is plain. New references; *ret_emptied is an empty list
 * where the node did not say. -EINVAL. */
int volumes_body_parse(const char *text, size_t len, json_t **ret_volumes, json_t **ret_emptied,
                       struct error *e) _must_check_;

/* A record as it is stored; anything else than a list of objects with a path counts as empty. New
 * reference, NULL without memory. */
json_t *volumes_record(const char *text) _must_check_;
/* The entry with that path, or NULL. Borrowed. */
const json_t *volumes_find(const json_t *list, const char *path);

/* Of a release/HOST. An entry without a state was asked for. */
const char *release_state(const json_t *entry);
bool release_is(const json_t *entry, const char *state);
/* What the first master has to look at, or to do, before or after a node empties one. */
bool release_is_masters(const json_t *entry);
/* What the node is to empty, [{"path","id"}]; new reference, NULL without memory. */
json_t *release_to_empty(const json_t *list) _must_check_;
/* Those whose ids are in emptied, as far as they were to be; true where there were any. */
bool release_note_emptied(json_t *list, const json_t *emptied);
/* What the first master says of the one with that id: "empty" or "refused" (with why) of what was
 * asked for; "done" or "refused" of what was emptied. True where it is news; *ret_done: and it is
 * over. */
bool release_answer(json_t *list, const char *id, const char *state, const char *why,
                    bool *ret_done);
