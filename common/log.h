/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <syslog.h>

#include "error.h"

/* Programs log, libraries return errors. One line a call to stderr, with the "<N>" prefix of
 * sd-daemon(3) when stderr is the journal (JOURNAL_STREAM is set), without it on a terminal. */

/* Messages less urgent than level (LOG_ERR … LOG_DEBUG of syslog.h) are dropped. Default LOG_INFO.
 */
void log_set_level(int level);

void log_line(int level, const char *format, ...) _printf_(2, 3);

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
