/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <stdarg.h>

/* Keeps the message one line: control characters become spaces, so that a hostile file name or a
 * server's answer cannot forge a log line. */
static void make_one_line(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = ' ';
}

int(error_set)(struct error *e, int code, const char *format, ...)
{
    va_list ap;

    if (!e)
        return code;
    e->code = code;
    va_start(ap, format);
    (void)vsnprintf(e->message, sizeof(e->message), format, ap); /* cut short is fine */
    va_end(ap);
    make_one_line(e->message);
    return code;
}

int(error_set_errno)(struct error *e, int code, const char *format, ...)
{
    char words[512];
    va_list ap;

    if (!e)
        return code;
    va_start(ap, format);
    (void)vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    return error_set(e, code, "%s: %s", words, strerror(-code));
}

int(error_wrap)(struct error *e, const char *format, ...)
{
    char words[512], old[sizeof(e->message)];
    va_list ap;

    if (!e)
        return -EIO;
    va_start(ap, format);
    (void)vsnprintf(words, sizeof(words), format, ap);
    va_end(ap);
    memcpy(old, e->message, sizeof(old));
    return error_set(e, e->code, "%s: %s", words, old);
}

int(error_oom)(struct error *e)
{
    return error_set(e, -ENOMEM, "out of memory");
}
