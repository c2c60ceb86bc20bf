/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

#include "common/error.h"

/* The service manager: notify.c alone includes libsystemd. Everything is a no-op without one. */

/* Descriptors passed by socket activation, by their names (FileDescriptorName=): -1 each when there
 * was none of that name. */
struct notify_sockets {
    int plain, tls, control;
};
int notify_take_sockets(struct notify_sockets *ret, struct error *e) _must_check_;

void notify_ready(const char *status);
void notify_status(const char *status);
void notify_stopping(void);
/* How often notify_alive wants to be called, in ms; 0: no watchdog. */
uint64_t notify_watchdog_ms(void);
void notify_alive(void);
