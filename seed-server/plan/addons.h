/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* conf/addons: manifests of the administrator's own, KubeSphere's installer among them. Each object
 * is looked at as far as it can be without the API server; a List is taken apart. Into
 * plan->manifests: [{"name", "objects"}]. */

/* All of them together, as they go into the first master's config. */
#define ADDONS_MAX ((size_t)2 * 1024 * 1024)

int addons_read(struct reader *r, struct error *e) _must_check_;
