/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "common/buf.h"
#include "sha256.h"

/* Configs of ready hosts, in STATE/configs: HOST is the one that the host has carried out,
 * HOST.next the one that an administrator released for it. Without them it could not be said what a
 * new plan changes, nor could a host that lost its config be given what it had. They are named by
 * their digest in the store (applied_record.h): one that is torn, or another's, is as good as none.
 */

int config_files_write(const char *state_folder, const char *host, bool next, const char *text,
                       size_t len, struct error *e) _must_check_;
/* The one with that digest. -ENOENT where there is none. */
int config_files_read(const char *state_folder, const char *host, const char *digest,
                      struct buf *out, struct error *e) _must_check_;
/* The host has carried it out: HOST.next becomes HOST, where it is the one with that digest. */
int config_files_carried_out(const char *state_folder, const char *host, const char *digest,
                             struct error *e) _must_check_;
