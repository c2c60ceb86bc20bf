/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "server.h"

/* What GET /admin/status answers (openapi.json, schema Status), host by host, so that 100,000 of
 * them never stand in memory as values. */
int status_print(struct server *s, struct serving *serving, struct buf *out,
                 struct error *e) _must_check_;

/* ["etcd","master","node"] of role bits; NULL without memory. */
json_t *status_roles_json(unsigned roles);
