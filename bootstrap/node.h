/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* The config's "node": what STEP_NODE waits for, and as whom it asks. Texts are the config's. */
struct node {
    const char *name, *api, *ca, *cert, *key, *pod_cidr;
    uint64_t timeout_ms; /* more than 0 */
};

int node_read(struct context *c, struct node *ret, struct error *e) _must_check_;
