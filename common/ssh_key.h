/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

#include "error.h"

/* An SSH public key as sshd(8) has it in authorized_keys, .pub files and known_hosts, but without
 * options: TYPE BASE64 [COMMENT], one blank between them, one line. The base64 has to be a key of
 * that type (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f), so that what passes
 * is a key, and nothing else that a line of authorized_keys may say. *ret_len (may be NULL) is the
 * length of "TYPE BASE64". -EINVAL; the error says what is wrong and shows no more than the type.
 */
#define SSH_KEY_TEXT_MAX 8192
int ssh_key_check(const char *text, size_t *ret_len, struct error *e) _must_check_;
