/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* A unit together with what it is configured by. That a running unit has yet to be restarted for
 * new files is remembered as an intent of the journal ("restart/UNIT") from before the first of
 * them is written until the restart, so that a cut in between does not leave it with the old ones.
 */

/* Obtains the certificates (NULL: none) and writes the files. *ret: must the unit be restarted, or
 * systemd's idea of it be renewed? */
int unit_configure(struct context *c, const char *unit, json_t *files, json_t *certificates,
                   bool *ret, struct error *e) _must_check_;

/* The same as an intent alone, for certificates that are renewed on their own. */
int unit_will_restart(struct context *c, const char *unit, struct error *e) _must_check_;
bool unit_is_to_restart(const struct context *c, const char *unit);

/* The same for each unit of the config that runs the program, as its file there says: before
 * another one is put in its place. */
int unit_program_changes(struct context *c, const char *program, struct error *e) _must_check_;

/* It has been. */
int unit_restarted(struct context *c, const char *unit, struct error *e) _must_check_;
