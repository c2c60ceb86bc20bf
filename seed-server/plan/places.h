/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Refuses what is the whole cluster's where it is not read: set for nobody of k8s-cluster, or with
 * another value for one of its hosts than for the cluster. After roles_read. */
int places_check(struct reader *r, struct error *e) _must_check_;
