/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define SHA256_SIZE 32
#define SHA256_TEXT_SIZE (2 * SHA256_SIZE + 1)

int sha256(const void *data, size_t len, uint8_t ret[SHA256_SIZE], struct error *e) _must_check_;
/* Of a whole file, read through fd from its beginning by pread(2). */
int sha256_file(int fd, uint8_t ret[SHA256_SIZE], struct error *e) _must_check_;
/* HMAC (RFC 2104). Leaves nothing of the key behind. */
int sha256_hmac(const void *key, size_t key_len, const void *data, size_t len,
                uint8_t ret[SHA256_SIZE], struct error *e) _must_check_;
