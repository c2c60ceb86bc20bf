/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mem.h"

/* What went wrong, described once where it happened and wrapped on the way up:
 * "reading hosts.ini: line 12: …". Libraries fill it in, only programs print it. */
struct error {
    int code;          /* negative errno, 0 while nothing happened */
    char message[768]; /* one line, no trailing newline, never a secret */
};

#define ERROR_INIT                                                                                 \
    {                                                                                              \
        0, ""                                                                                      \
    }

/* Both return the code (a negative errno) so that a failing function can end in
 * `return error_set(e, -EINVAL, "…")`. e may be NULL where a caller does not want the words. */
int error_set(struct error *e, int code, const char *format, ...) _printf_(3, 4);

/* Like error_set with ": " and strerror of code appended. */
int error_set_errno(struct error *e, int code, const char *format, ...) _printf_(3, 4);

/* Puts "FORMAT…: " before the message that is there. Returns e's code (-EIO if e is NULL). */
int error_wrap(struct error *e, const char *format, ...) _printf_(2, 3);

/* -ENOMEM with the standard words. */
int error_oom(struct error *e);
