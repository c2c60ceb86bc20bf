/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "applied_record.h"
#include "route.h"
#include "store.h"

/* What ready hosts are to carry out. Until a host has been ready it is told what the plan says.
 * From then on it keeps the config that it has carried out, whatever becomes of the plan and
 * however often it boots, until an administrator releases the plan's for it (seedctl apply). */

/* No record, and one that cannot be read (which is logged): config is "". ret_revision may be NULL.
 */
struct applied applied_read(const struct store_view *view, const char *host,
                            uint64_t *ret_revision);

/* The host that asks attends, with the digest of the config that it has carried out, or "". */
void applied_attend(struct server *s, const struct http_request *r, const char *has);
/* Is there another one for it to carry out, and is it its turn? Of etcd's members and masters one
 * works at a time, in the inventory's order, so that no quorum is lost to a restart; one that was
 * released alone and has begun goes first. */
bool applied_due(struct server *s, const struct http_request *r, const char *has);

/* Answers /v1/config. */
void applied_send_config(struct server *s, struct http_request *r);

/* apply.c: GET and POST /admin/apply */
route_handler handle_apply_show, handle_apply;
