/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"
#include "variables.h"

/* What the checks share while a plan is made: the inventory with its variables, the problems found
 * so far, and the plan that is being filled in. A value that was refused reads as absent, so that
 * one mistake is told once and the checks go on. */
struct reader {
    const struct inventory *inv;
    const struct plan_options *options;
    struct problems *problems;
    struct plan *plan;
    unsigned *roles;                          /* role bits by inventory index */
    bool set[VAR_COUNT];                      /* somebody defines it */
    struct inventory_origin where[VAR_COUNT]; /* its last definition */
    bool all_valid;                           /* no definition was refused: no need to look again */
    bool failed;                              /* out of memory */
};

/* Looks at every definition of every variable: unknown ones of ours, values that do not suit,
 * placeholders. */
int reader_check_variables(struct reader *r, struct error *e) _must_check_;

/* A problem that refuses the plan, and one that does not. */
void reader_refuse(struct reader *r, struct inventory_origin where, const char *format, ...)
    _printf_(3, 4);
void reader_warn(struct reader *r, struct inventory_origin where, const char *format, ...)
    _printf_(3, 4);
/* How what stands there is written. */
enum value_source reader_source(const struct reader *r, struct inventory_origin where);
/* Where hosts.ini is, without a line. */
struct inventory_origin reader_origin(const struct reader *r);

/* NULL when unset, null, empty or refused. An old name counts where the new one is unset.
 * ret_origin may be NULL. Borrowed. */
const json_t *reader_cluster(struct reader *r, enum variable_id id,
                             struct inventory_origin *ret_origin);
const json_t *reader_host(struct reader *r, size_t host, enum variable_id id,
                          struct inventory_origin *ret_origin);

/* Cluster variables with their default: text in the plan's arena (NULL: neither), the rest as is.
 */
const char *reader_text(struct reader *r, enum variable_id id);
bool reader_bool(struct reader *r, enum variable_id id);
uint64_t reader_number(struct reader *r, enum variable_id id);
uint64_t reader_duration(struct reader *r,
                         enum variable_id id); /* milliseconds, times the factor */
/* Where it was written, or where hosts.ini is. */
struct inventory_origin reader_where(struct reader *r, enum variable_id id);
