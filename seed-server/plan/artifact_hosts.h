/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* What the artifacts' "roles" come to on the hosts that there are. Once the plan has its artifacts
 * and storage, and the reader the hosts' roles. */

/* Refuses an artifact that a host needs by its roles and would not get, and two programs that a
 * host would put into one place; warns of images that are not listed at all. -ENOMEM. */
int artifact_hosts_check(struct reader *r, struct error *e) _must_check_;
