/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Is the text one block of PEM (RFC 7468) with that label ("CERTIFICATE REQUEST"), without headers,
 * and nothing around it but line ends after it? Libraries take the first block of its kind out of
 * any text. What the block holds is not looked at. */
bool pem_is_one_block(const char *text, size_t len, const char *label);
