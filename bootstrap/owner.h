/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "common/error.h"

/* Whom a file belongs to. */
struct owner {
    uid_t uid;
    gid_t gid;
};

/* By ROOT/etc/passwd alone (a static program has no other name service); NULL is root. -ENOENT for
 * an unknown user. */
int owner_find(const char *root, const char *user, struct owner *ret, struct error *e) _must_check_;
/* The same, with the home folder as it stands there (/root for root without an entry); free() it.
 */
int owner_find_home(const char *root, const char *user, struct owner *ret, char **ret_home,
                    struct error *e) _must_check_;
/* Without privilege (a test's tree) everything is its own user's, and both are content with it. */
bool owner_is(const struct stat *st, const struct owner *owner);
int owner_set(const char *path, const struct owner *owner, bool *ret_changed,
              struct error *e) _must_check_;
