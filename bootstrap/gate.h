/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* Waits, for ever if need be, until the server lets this host into the step (long-poll of
 * /v1/gates/STEP), and shows why it waits. A granted slot's lease is sent along with every request
 * from then on, until gate_leave(). An error is the server's refusal. */
int gate_wait(struct context *c, enum step step, struct error *e) _must_check_;
void gate_leave(struct context *c);
