/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "common/error.h"

/* RFC 4648 base64 as kubeconfig files, Secrets and SSH keys have it: padded, no white space. *ret
 * is NUL-terminated, the NUL not counted; free() it. */
int base64_decode(const char *s, char **ret, size_t *ret_len, struct error *e) _must_check_;
