/* SPDX-License-Identifier: Apache-2.0 */
#include "range.h"

#include "common/mem.h"

/* Digits into *ret, saturating; false when there is none. */
static bool read_number(const char **at, uint64_t *ret)
{
    const char *s = *at;
    uint64_t n = 0;

    for (; *s >= '0' && *s <= '9'; s++)
        n = n > (UINT64_MAX - 9) / 10 ? UINT64_MAX / 10 : n * 10 + (uint64_t)(*s - '0');
    if (s == *at)
        return false;
    *at = s;
    *ret = n;
    return true;
}

enum range_result range_parse(const char *header, uint64_t size, uint64_t *ret_offset,
                              uint64_t *ret_len)
{
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first, has_last;

    if (!header || strncmp(header, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    header += 6;
    has_first = read_number(&header, &first);
    if (*header++ != '-')
        return RANGE_WHOLE;
    has_last = read_number(&header, &last);
    if (*header != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first))
        return RANGE_WHOLE;
    if (!has_first) { /* the last so many bytes */
        if (last == 0 || size == 0)
            return RANGE_UNSATISFIABLE;
        first = last < size ? size - last : 0;
        last = size - 1;
    }
    if (first >= size)
        return RANGE_UNSATISFIABLE;
    if (last >= size)
        last = size - 1;
    *ret_offset = first;
    *ret_len = last - first + 1;
    return RANGE_PART;
}

bool etag_listed(const char *header, const char *etag)
{
    size_t len = strlen(etag);

    if (!header)
        return false;
    while (*header) {
        header += strspn(header, " \t,");
        if (strncmp(header, "W/", 2) == 0)
            header += 2;
        if (*header == '*')
            return true;
        if (strncmp(header, etag, len) == 0 && (header[len] == '\0' || strchr(" \t,", header[len])))
            return true;
        header += strcspn(header, ",");
    }
    return false;
}
