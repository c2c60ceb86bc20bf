/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "common/parse.h"

/* Leave to wipe one disk of one host, once. In the store as wipe/HOST/SERIAL:
 *   {"grant": "<uuid>", "state": "granted|begun|spent", "since_ms"}
 * granted by an administrator alone; begun before the node writes its first byte; spent when the
 * disk itself has the grant's mark. From there no way leads back: the same id is never granted
 * again, and rearming, replacing or installing a host leaves these records as they are. */

enum wipe_state { WIPE_GRANTED, WIPE_BEGUN, WIPE_SPENT, WIPE_STATE_COUNT };

struct wipe_grant {
    char id[UUID_TEXT_SIZE];
    enum wipe_state state;
    uint64_t since_ms;
};

int wipe_grant_parse(const char *text, struct wipe_grant *ret, struct error *e) _must_check_;
/* To free; NULL without memory. */
char *wipe_grant_text(const struct wipe_grant *g) _must_check_;

/* What a node says, which has the disk with that serial. */
struct wipe_use {
    char serial[256], id[UUID_TEXT_SIZE];
    bool marked; /* the disk has its mark; otherwise nothing has been written yet */
};

#define WIPE_BODY_MAX 1024

int wipe_use_parse(const char *body, size_t len, struct wipe_use *ret,
                   struct error *e) _must_check_;

/* Uses the grant. -EEXIST when it is spent, or another one now. *ret_store: it has changed. */
int wipe_grant_apply(struct wipe_grant *g, const struct wipe_use *use, uint64_t now_ms,
                     bool *ret_store, struct error *e) _must_check_;
