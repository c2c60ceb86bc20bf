/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/error.h"

/* A thread that waits for descriptors to become readable, on behalf of connections that should cost
 * nobody else anything meanwhile. */
struct waiter;

/* readable is called on the waiter's thread, once for each waiter_add, with what was given there;
 * the end of the stream counts. */
int waiter_new(void (*readable)(void *userdata), struct waiter **ret, struct error *e) _must_check_;
/* Nothing may be waited for any more, or nobody mind that it is not. */
void waiter_free(struct waiter *w); /* NULL ok */
DEFINE_CLEANUP(struct waiter *, waiter_free);

/* The descriptor is watched until it is readable once; closing it ends that as well. -errno when it
 * cannot be. */
int waiter_add(struct waiter *w, int fd, void *userdata) _must_check_;
