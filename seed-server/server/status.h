/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"
#include "server.h"

/* What GET /admin/status answers (openapi.json, schema Status). New reference. */
int status_json(struct server *s, struct serving *serving, json_t **ret,
                struct error *e) _must_check_;

/* ["etcd","master","node"] of role bits; NULL without memory. */
json_t *status_roles_json(unsigned roles);
