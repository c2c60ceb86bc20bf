/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "http.h"

/* Installations of blank machines, with their effects: whose turn it is to write, the token for the
 * installed system's key, the end. What is decided is install_state.h's. Any thread. */
struct installs;
struct server;

int installs_new(struct server *server, struct installs **ret, struct error *e) _must_check_;
void installs_free(struct installs *n); /* NULL ok */

/* Some word of r->host's installer came, by its certificate: it keeps its turn, and until it is
 * done its host stays armed, however long it waits or writes. */
void installs_seen(struct installs *n, const struct http_request *r);
/* It gives its turn back: it failed, and will ask again. */
void installs_give_up(struct installs *n, const char *host);

/* A line for the log that anybody on the network can cause as often as he likes: of many only some,
 * and how many were left out. */
void installs_say(struct installs *n, const char *format, ...) _printf_(2, 3);

/* GET /v1/install, POST /v1/install/handover and /v1/install/done. */
void installs_ask(struct installs *n, struct http_request *r);
void installs_hand_over(struct installs *n, struct http_request *r);
void installs_done(struct installs *n, struct http_request *r);
