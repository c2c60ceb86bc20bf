/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "install_state.h"
#include "store.h"

/* install/HOST between the store and install_state.h. */
struct install_stored {
    struct install_record record;
    uint64_t revision; /* 0: there is none, and record says what holds then */
};
void install_stored_done(struct install_stored *s);

/* Always answers something: a record that cannot be read is logged and counts as installed, so that
 * nothing is written over because of it. */
void install_stored_read(const struct store_view *view, const char *host,
                         struct install_stored *ret);
/* Puts the record into t, unless another came first. */
void install_stored_put(const struct install_stored *s, const char *host, struct store_txn *t);
