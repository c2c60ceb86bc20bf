/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/error.h"

/* sd_notify(3) by its documented protocol, as that page advises programs which cannot link
 * libsystemd: one datagram with "KEY=value" lines to $NOTIFY_SOCKET. An unknown key is ignored by
 * older systemd. Without NOTIFY_SOCKET nothing is sent. A message that is lost is not worth a
 * failure: nothing is returned. */
void notify_send(const char *state);
void notify_sendf(const char *format, ...) _printf_(1, 2);
