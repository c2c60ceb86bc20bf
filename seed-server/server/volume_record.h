/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* What a node says of its local volumes, and which of them an administrator wants emptied. Pure.
 *
 *   volumes/HOST   [{"path","bytes"}]   what it had mounted when it last said so
 *   release/HOST   [{"path","id"}]      to be emptied; gone when the node has done it */
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
/* Those entries of a release/HOST whose id is not among emptied. New reference. */
json_t *release_without(const json_t *list, const json_t *emptied) _must_check_;
