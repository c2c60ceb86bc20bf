/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* Numbers that are good once, for five minutes. What is handed out costs no memory (it carries its
 * time and an HMAC under a key of this process); what was used is remembered until it is too old,
 * or until so many others were used that there is no room. */
#define NONCE_LIFE_MS 300000
#define NONCE_TEXT_SIZE 65

struct nonces;
int nonces_new(struct nonces **ret, struct error *e) _must_check_;
void nonces_free(struct nonces *n); /* NULL ok */

int nonce_make(struct nonces *n, uint64_t now_ms, char ret[NONCE_TEXT_SIZE],
               struct error *e) _must_check_;
/* 0 the first time; -EINVAL when it is not ours, too old or was used. */
int nonce_use(struct nonces *n, const char *text, uint64_t now_ms, struct error *e) _must_check_;
