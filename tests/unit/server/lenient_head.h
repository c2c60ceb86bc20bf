/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <string.h>

#include "seed-server/server/http_head.h"
#include "seed-server/server/http_uri.h"

/* Reads a head as leniently as libmicrohttpd 0.9.75 does, in place, and has http_head judge it.
 * False where libmicrohttpd gives up by itself. text is len bytes and a NUL; it is overwritten. */

static inline char *lenient_line(char **at, char *end)
{
    char *line = *at, *lf = memchr(line, '\n', (size_t)(end - line));

    if (!lf)
        return NULL;
    *lf = '\0';
    if (lf > line && lf[-1] == '\r')
        lf[-1] = '\0';
    *at = lf + 1;
    return line;
}

static inline bool lenient_head(char *text, size_t len, struct http_head *ret)
{
    char *at = text, *end = text + len, *method, *uri, *version, *line;
    size_t line_len, uri_len;

    method = lenient_line(&at, end);
    line_len = method ? strlen(method) : 0;
    uri = line_len ? memchr(method, ' ', line_len) : NULL;
    if (!uri)
        return false;
    *uri++ = '\0';
    while (*uri == ' ')
        uri++;
    version = strrchr(uri, ' ');
    if (!version || strlen(version) != 9 || strncmp(version + 1, "HTTP/1.", 7) != 0 ||
        version[8] < '0' || version[8] > '9')
        return false;
    *version++ = '\0';
    uri_len = strlen(uri);
    if (!uri_is_plain(uri))
        return false;
    http_head_begin(ret, method, uri, uri_len, version, true);
    while ((line = lenient_line(&at, end)) && *line) {
        char *colon = strchr(line, ':');

        if (!colon)
            return false;
        *colon++ = '\0';
        http_head_field(ret, line, colon + strspn(colon, " \t"));
    }
    if (!line)
        return false;
    http_head_end(ret, (size_t)(at - text));
    return true;
}
