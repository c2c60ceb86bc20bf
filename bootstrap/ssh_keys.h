/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* The SSH server's public host keys, as they are now, to the taskbox (seedctl known-hosts); an
 * empty list where no SSH server is installed. Waits for a taskbox that is away; a refusal is noted
 * in the step's log and is no error: a machine is ready without. -ENOMEM. */
int ssh_keys_tell(struct context *c, struct error *e) _must_check_;
