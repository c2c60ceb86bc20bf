/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Cluster id, init master, etcd member names and pod networks: what is stored stays, what is
 * missing is made and listed as added. Runs once the hosts and their roles are known. */
int allot(struct reader *r, struct error *e) _must_check_;
