/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "buf.h"

/* A key's fingerprint, the SHA-256 of its public key, as people compare it: one console shows it,
 * another one asks about it, so both must write it alike. In JSON and in the store it is 64 hex
 * digits without blanks. */
#define FINGERPRINT_SIZE 65
#define FINGERPRINT_WORDS_SIZE 80

/* Sixteen groups of four digits with blanks between; ret is "" when hex is no fingerprint. */
void fingerprint_words(const char *hex, char ret[FINGERPRINT_WORDS_SIZE]);

/* The same in two lines of eight groups, the second one behind indent, each with its end. */
void fingerprint_add(struct buf *b, const char *hex, const char *indent);

/* What somebody typed or copied: 64 hex digits of either case, with blanks, line breaks, colons or
 * hyphens between them, or none. False when it is anything else. */
bool fingerprint_read(const char *text, char ret[FINGERPRINT_SIZE]);
