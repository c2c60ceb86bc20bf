/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* On the init master: makes the labels and taints of all Nodes that the server names what it says
 * (GET /v1/nodes), and tells it so. A Node that is not there is counted and keeps nothing else from
 * being done; one that cannot be changed neither, but then nothing is told and the error says
 * which. Safe to repeat: a Node that is as it should be is only read. */
int marks_attend(struct context *c, struct error *e) _must_check_;
