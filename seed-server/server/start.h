/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "server.h"

/* Everything up to serving requests. After a failure, too, server_stop cleans up. */
int server_start(struct server *s, const struct server_options *options,
                 struct error *e) _must_check_;
/* About once a second: deadlines of connections and watchers. */
void server_tick(struct server *s);
void server_stop(struct server *s);
