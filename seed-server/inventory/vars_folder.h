/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

#define VARS_FOLDER_DEPTH_MAX 32 /* folders in folders; deeper ones are refused */

/* What the names of files of variables end in, in the order in which they are looked for: "" first,
 * for a name without a dot. */
#define VARS_ENDINGS 4
extern const char *const vars_endings[VARS_ENDINGS];
bool vars_is_ending(const char *s);

/* Reads group_vars/ and host_vars/ in folder (where hosts.ini is) for every group and host: the
 * file NAME, or the files in the folder NAME, or NAME.yml, NAME.yaml, NAME.json, whichever is there
 * first, as Ansible's host_group_vars plugin does. */
int vars_folders_load(struct inventory *inv, const char *folder, bool mark_unsafe,
                      struct error *e) _must_check_;
