/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* HTTP range requests (RFC 9110, 14): one range of bytes; what asks for several, or is not
 * understood, is answered with the whole, as the RFC allows. Pure. */
enum range_result { RANGE_WHOLE, RANGE_PART, RANGE_UNSATISFIABLE };

/* header is the Range field's value or NULL. For RANGE_PART: *ret_len bytes from *ret_offset. */
enum range_result range_parse(const char *header, uint64_t size, uint64_t *ret_offset,
                              uint64_t *ret_len);

/* Whether a list of entity tags (If-None-Match) has this one, compared weakly; "*" has every. */
bool etag_listed(const char *header, const char *etag);
