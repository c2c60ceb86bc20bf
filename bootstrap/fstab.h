/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/error.h"

/* fstab(5), of which only our own lines are touched: those that mount our place or our UUID. */

#define FSTAB_MAX (1024 * 1024)

/* The line of a data disk. nofail: a machine whose data disk died still boots, and says so. */
#define FSTAB_OPTIONS "defaults,nofail 0 2"

/* text with one line "UUID=uuid place fs FSTAB_OPTIONS" in the place of the first line for that
 * UUID or place, or at the end; further such lines are dropped, every other byte stays. *ret to
 * free. */
int fstab_edit(const char *text, const char *uuid, const char *place, const char *fs, char **ret,
               struct error *e) _must_check_;

/* The same to a file, replaced atomically if it differs. A missing file counts as empty. */
int fstab_update(const char *path, const char *uuid, const char *place, const char *fs,
                 struct error *e) _must_check_;

/* *ret: would fstab_update change nothing? */
int fstab_check(const char *path, const char *uuid, const char *place, const char *fs, bool *ret,
                struct error *e) _must_check_;
