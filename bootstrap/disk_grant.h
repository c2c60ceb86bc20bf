/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Leave to wipe disks, which the administrator gives for one serial number at a time and the
 * taskbox keeps (seedctl rearm HOST --wipe SERIAL). */

/* The host's unused grants, {"SERIAL": "<id>", …}: a new reference. */
int disk_grants_get(struct context *c, json_t **ret, struct error *e) _must_check_;

/* Before the first byte is written (marked false), and when the disk has its mark (true). -EEXIST
 * when the grant is spent, withdrawn or another one now. */
int disk_grant_spend(struct context *c, const char *serial, const char *grant, bool marked,
                     struct error *e) _must_check_;
