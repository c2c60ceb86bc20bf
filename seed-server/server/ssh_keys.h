/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/buf.h"
#include "seed-server/plan/plan.h"
#include "store.h"

/* The public halves of hosts' SSH host keys, as each host told them last: sshkeys/HOST, whose value
 * is {"keys":["ssh-ed25519 AAAA…", …]}, sorted; an empty list where no SSH server is installed. */
#define SSH_HOST_KEYS_MAX 16

/* The value to be stored, from a request's body {"keys":["TYPE BASE64 COMMENT", …]}; free() it.
 * -EINVAL when one of them is no public key, or there are too many. */
int ssh_keys_read(const char *body, size_t len, char **ret, struct error *e) _must_check_;

/* Lines of OpenSSH's known_hosts, sshd(8), for all hosts of the plan by name and address. Of a host
 * without keys a comment says so. */
int ssh_known_hosts(const struct plan *plan, const struct store_view *view, struct buf *out,
                    struct error *e) _must_check_;
