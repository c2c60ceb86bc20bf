/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto.h"
#include "step.h"

/* A private key that this machine makes, and of which others certify the public half: another one
 * in its place is another machine to them. */

/* The key in path; where there is none a new one, of mode 0600, which is on the disk, file and
 * folder, before it returns. The folder has to be there. What is in path and no key is set aside as
 * PATH.broken, with a note in the step's log. Any other error may pass, and the key is still there.
 */
int key_file_obtain(struct context *c, const char *path, struct key **ret,
                    struct error *e) _must_check_;
