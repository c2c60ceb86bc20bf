/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store.h"

/* A host's one-time token: 192 random bits in hex. It proves who may enrol (protocol.h), and is
 * gone with the enrolment. */
#define TOKEN_TEXT_SIZE 49

/* Mints one and puts it into t (NULL ok); an earlier one is void. Wipe ret after use. */
int token_make(const char *host, char ret[TOKEN_TEXT_SIZE], struct store_txn *t,
               struct error *e) _must_check_;
