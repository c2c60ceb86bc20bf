/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/protocol.h"
#include "http.h"

/* Enrolling with its effects: nonces, the one transaction, the certificate, the list of pending
 * machines. */
#define ENROL_BODY_MAX (PROTOCOL_CSR_MAX + PROTOCOL_FACTS_MAX + 4096)

struct enrolment;
struct pending;
struct server;

int enrolment_new(struct server *server, struct enrolment **ret, struct error *e) _must_check_;
void enrolment_free(struct enrolment *n); /* NULL ok */

void enrolment_nonce(struct enrolment *n, struct http_request *r);
/* POST /v1/enrol. */
void enrolment_ask(struct enrolment *n, struct http_request *r);

/* The machines that may not enrol, or not yet. Borrowed. */
struct pending *enrolment_pending(struct enrolment *n);
