/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "json.h"

/* What differs between two trees, in a person's order: by path, as "/kubelet/unit".
 *
 * Items of a list are told apart by what names them, where all of them have such a member ("path",
 * "name", "address", "match") or are objects of Kubernetes (kind, namespace and name): an item that
 * was put in between is one difference. Its place in the path is then "/files[/etc/x]",
 * "/objects[StorageClass local]"; that of other lists' items is their number, where both lists have
 * as many. Texts of several lines differ line by line, and a line that is a JSON object within it.
 */

/* old or new is NULL where it was added or has gone; both are borrowed. Other than 0 ends it. */
typedef int json_diff_seen(const char *path, const json_t *old, const json_t *new, void *userdata);

/* What seen answered, or -ENOMEM. Trees from json_parse are not deeper than JSON_DEPTH_MAX. */
int json_diff(const json_t *old, const json_t *new, json_diff_seen *seen, void *userdata,
              struct error *e) _must_check_;
