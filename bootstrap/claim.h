/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Which cluster this machine's etcd data and Kubernetes files are of: STATE/cluster.json,
 *   {"version":1,"cluster":"<uuid>","areas":["etcd","kubernetes"]}
 * An area is claimed before the first of its files is written, so that after a cut our own
 * half-done work is carried on, and what somebody else left is never taken over. */

/* Claims the area for the config's cluster. evidence: absolute paths, NULL-terminated, of which one
 * that exists says that the area is in use; the caller refuses (step_refuse) on -EPERM, whose error
 * names it. */
int claim_area(struct context *c, const char *area, const char *const *evidence,
               struct error *e) _must_check_;
