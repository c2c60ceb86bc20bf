/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto.h"

/* A private key that this machine made, of which others have certified the public half: another one
 * in its place is another machine to them. */

/* -ENOENT when a key is to be made: there is none, or what was read is none, which is set aside as
 * PATH.broken; *ret_broken says so. Any other error may pass, and the key is still there. */
int key_file_read(const char *path, struct key **ret, bool *ret_broken,
                  struct error *e) _must_check_;
