/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "step.h"

/* The config's "etcd": the member that STEP_ETCD makes of this host. Everything is the config's. */
struct etcd {
    json_t *files, *certificates;
    const char *unit, *member, *data_dir;
    const char *user, *home;
    const char *url, *ca, *cert, *key; /* of its health */
};

int etcd_read(struct context *c, struct etcd *ret, struct error *e) _must_check_;
