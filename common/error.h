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

#ifdef __clang_analyzer__
/* clang --analyze looks at one file at a time and would think that these may return 0. */
#define error_is_code(call)                                                                        \
    ({                                                                                             \
        int _code = (call);                                                                        \
        if (_code >= 0)                                                                            \
            __builtin_unreachable();                                                               \
        _code;                                                                                     \
    })
#define error_set(...) error_is_code((error_set)(__VA_ARGS__))
#define error_set_errno(...) error_is_code((error_set_errno)(__VA_ARGS__))
#define error_wrap(...) error_is_code((error_wrap)(__VA_ARGS__))
#define error_oom(...) error_is_code((error_oom)(__VA_ARGS__))
#endif
