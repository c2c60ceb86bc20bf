/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Variables that the table does not have. Most are somebody else's and nobody's business here; told
 * are those of ours that do not exist, those that were probably meant to be one of the table's, and
 * passwords. A name may be on a thousand hosts' lines: a warning tells it once. */

#define STRANGE_NAMES_MAX 64 /* that are told; further ones are counted */

struct strange_names {
    struct index judged; /* every name, and its place in told or NOT_TOLD */
    struct strange_name {
        const char *name;              /* the inventory's */
        const char *meant;             /* the table's; NULL: it is a password */
        struct inventory_origin where; /* the first */
        size_t n;
    } told[STRANGE_NAMES_MAX];
    size_t n, n_further;
};

/* One definition of one; refuses where that is due. */
void strange_names_see(struct strange_names *s, struct reader *r, const char *name,
                       const json_t *value, struct inventory_origin where);
/* The warnings, after the last. */
void strange_names_tell(const struct strange_names *s, struct reader *r);
void strange_names_done(struct strange_names *s);
