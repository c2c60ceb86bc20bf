/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "crypto.h"

/* What a node is given before its first boot, /etc/nodeseed/seed.yml:
 *   server: https://192.168.0.1:8443     the TLS plane
 *   plain: http://192.168.0.1:8080       the plain plane
 *   pin: <64 hex digits>                 SHA-256 of the SubjectPublicKeyInfo of the server's CA
 *   host: node1                          optional: who this is; else MAC, UUID and serial say it
 *   token: …                             optional: proves it, once; blanks: it is spent
 * and where the program keeps its own. Paths have the root prefix already. */
struct settings {
    char *server, *plain; /* without a trailing slash */
    uint8_t pin[SHA256_SIZE];
    char *host;                                             /* NULL when not given */
    char *token;                                            /* NULL when not given */
    char *root;                                             /* "" or the --root folder */
    char *state;                                            /* ROOT/var/lib/nodeseed */
    char *key, *certificate, *ca, *config, *journal, *logs; /* below state */
    char *file;                                             /* NULL without one */
};

#define SETTINGS_MAX (64 * 1024) /* bytes of seed.yml */

/* path is used as it is; root is "" or a folder. Errors name file and line, or the member. */
int settings_read(const char *path, const char *root, struct settings **ret,
                  struct error *e) _must_check_;
/* The installer's, from the kernel's command line; state is its folder, with root in front. */
int settings_make(const char *server, const char *plain, const char *pin, const char *root,
                  const char *state, struct settings **ret, struct error *e) _must_check_;
/* Overwrites a token in the file it came from with blanks, in place and synced, so that the disk
 * does not keep it; the rest of the file stays as somebody wrote it. Nothing to do is fine. */
int settings_scrub_token(const struct settings *s, bool *ret_scrubbed,
                         struct error *e) _must_check_;
void settings_free(struct settings *s); /* NULL ok; wipes the token */
DEFINE_CLEANUP(struct settings *, settings_free);
