/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http.h"

/* Enrolling with its effects: nonces, the one transaction, the certificate, the list of pending
 * machines; and what an administrator does about them. */
struct enrolment;
struct server;

int enrolment_new(struct server *server, struct enrolment **ret, struct error *e) _must_check_;
void enrolment_free(struct enrolment *n); /* NULL ok */

void enrolment_nonce(struct enrolment *n, struct http_request *r);
/* POST /v1/enrol. */
void enrolment_ask(struct enrolment *n, struct http_request *r);

size_t enrolment_pending_count(struct enrolment *n);
json_t *enrolment_pending_json(struct enrolment *n);
/* Whether a machine waits for approval as this host, and its fingerprint ("" when several do). */
bool enrolment_awaits_approval(struct enrolment *n, const char *host, char ret[SHA256_TEXT_SIZE]);

/* The administrator's requests; each answers r. */
void enrolment_approve(struct enrolment *n, struct http_request *r, const char *host,
                       const char *fingerprint);
void enrolment_rearm(struct enrolment *n, struct http_request *r, const char *host);
void enrolment_token(struct enrolment *n, struct http_request *r, const char *host);
