/* SPDX-License-Identifier: Apache-2.0 */
#include "http_uri.h"

static bool is_path_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~+:@/", c));
}

/* Past the segment that begins at at; NULL when it is "", "." or ".." . */
static const char *skip_segment(const char *at)
{
    const char *end = at;

    while (*end != '/' && is_path_byte(*end))
        end++;
    if (end == at || (at[0] == '.' && (end == at + 1 || (at[1] == '.' && end == at + 2))))
        return NULL;
    return end;
}

bool uri_is_plain(const char *uri)
{
    const char *at = uri;

    if (strcmp(uri, "/") == 0)
        return true;
    do {
        if (*at != '/')
            return false;
        at = skip_segment(at + 1);
    } while (at && *at && *at != '?');
    if (at && *at == '?')
        for (at++; is_path_byte(*at) || *at == '=' || *at == '&' || *at == ',';)
            at++;
    return at && *at == '\0';
}

size_t uri_parameters(const char *uri)
{
    const char *at = strchr(uri, '?');
    size_t n = 0;

    for (; at; at = strchr(at + 1, '&'))
        n++;
    return n;
}

int uri_query_text(const char *query, const char *name, char *ret, size_t size)
{
    size_t name_len = strlen(name);

    while (*query) {
        size_t len = strcspn(query, "&");

        if (len > name_len && query[name_len] == '=' && strncmp(query, name, name_len) == 0) {
            len -= name_len + 1;
            if (len >= size)
                return -EINVAL;
            memcpy(ret, query + name_len + 1, len);
            ret[len] = '\0';
            return 0;
        }
        query += len;
        query += *query == '&';
    }
    ret[0] = '\0';
    return 0;
}
