/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "identify.h"

/* What whoever stands before a machine that waits is to read: who it is, by what its key is known,
 * and what to type on the taskbox. Pure. */
struct install_screen {
    const struct machine *machine;
    const char *mac;         /* of the card that it booted from; "" unknown */
    const char *fingerprint; /* of its key, hex */
    const char *taskbox;     /* URL */
    const char *words;       /* the taskbox's own */
    bool known;              /* it has a host's name already and waits to be approved */
};

void install_screen_print(const struct install_screen *s, struct buf *ret);
