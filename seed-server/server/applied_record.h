/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "sha256.h"

/* The store's applied/HOST, of a host that has been ready:
 *   {"config", "from"}
 * config is the SHA-256 of the config that it is to carry out, which only an administrator changes
 * from then on; from, while it has not done so, that of the one before. */
struct applied {
    char config[SHA256_TEXT_SIZE]; /* "": there is no record */
    char from[SHA256_TEXT_SIZE];   /* "": it is carried out */
};

/* text NULL: there is none. */
int applied_parse(const char *text, struct applied *ret, struct error *e) _must_check_;
/* To free; NULL without memory. */
char *applied_text(const struct applied *a) _must_check_;

/* The config that it has carried out, as far as is known. */
const char *applied_carried_out(const struct applied *a);

/* The host attends, having carried out has ("": it does not say); current is what the plan says.
 * True where that is news. */
bool applied_attended(struct applied *a, const char *has, const char *current);
/* It should carry out another one than it has. What the plan went back to meanwhile it has already.
 */
bool applied_is_due(const struct applied *a, const char *has, const char *current);
