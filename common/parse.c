/* SPDX-License-Identifier: Apache-2.0 */
#include "parse.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at *s up to the first other character, which *s is left at. -EINVAL without any digit,
 * -ERANGE past UINT64_MAX. */
static int take_number(const char **s, uint64_t *ret)
{
    uint64_t n = 0;

    if (!is_digit(**s))
        return -EINVAL;
    for (; is_digit(**s); (*s)++)
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, (uint64_t)(**s - '0'), &n))
            return -ERANGE;
    *ret = n;
    return 0;
}

int parse_uint(const char *s, uint64_t max, uint64_t *ret, struct error *e)
{
    const char *p = s;
    uint64_t n = 0;
    int r = take_number(&p, &n);

    if (r == -EINVAL || (r == 0 && *p))
        return error_set(e, -EINVAL, "\"%s\": expected a number from 0 to %llu", s,
                         (unsigned long long)max);
    if (r < 0 || n > max)
        return error_set(e, -ERANGE, "\"%s\" is too large: expected a number from 0 to %llu", s,
                         (unsigned long long)max);
    *ret = n;
    return 0;
}

/* Longest first, so that "ms" is not taken for "m". */
static const struct {
    const char *suffix;
    uint64_t ms;
} duration_units[] = {
    {"ms", 1       },
    {"d",  86400000},
    {"h",  3600000 },
    {"m",  60000   },
    {"s",  1000    },
};

static int take_duration_unit(const char **s, uint64_t *ret_ms)
{
    for (size_t i = 0; i < ARRAY_SIZE(duration_units); i++) {
        size_t len = strlen(duration_units[i].suffix);

        if (strncmp(*s, duration_units[i].suffix, len) == 0) {
            *s += len;
            *ret_ms = duration_units[i].ms;
            return 0;
        }
    }
    return -EINVAL;
}

int parse_duration(const char *s, uint64_t *ret_ms, struct error *e)
{
    uint64_t total = 0, last_unit = UINT64_MAX;
    const char *p = s;

    do {
        uint64_t n = 0, unit = 0, part;
        int r = take_number(&p, &n);

        if (r == 0 && !*p && last_unit == UINT64_MAX)
            unit = 1000; /* a bare number */
        else if (r == 0 && (take_duration_unit(&p, &unit) < 0 || unit >= last_unit))
            r = -EINVAL;
        if (r == -EINVAL)
            return error_set(e, r, "\"%s\": expected a duration such as 90s, 15m or 1h30m", s);
        if (r < 0 || __builtin_mul_overflow(n, unit, &part) ||
            __builtin_add_overflow(total, part, &total))
            return error_set(e, -ERANGE, "\"%s\": a duration longer than can be counted", s);
        last_unit = unit;
    } while (*p);
    *ret_ms = total;
    return 0;
}

int parse_size(const char *s, uint64_t *ret_bytes, struct error *e)
{
    static const char suffixes[] = "KMGT";
    const char *p = s, *suffix;
    unsigned shift = 0;
    uint64_t n = 0;
    int r = take_number(&p, &n);

    if (r == 0 && *p) {
        suffix = strchr(suffixes, *p);
        if (suffix && !p[1])
            shift = 10 * (unsigned)(suffix - suffixes + 1);
        else
            r = -EINVAL;
    }
    if (r == -EINVAL)
        return error_set(e, r, "\"%s\": expected a size such as 512M or 8G", s);
    if (r < 0 || n > UINT64_MAX >> shift)
        return error_set(e, -ERANGE, "\"%s\": a size larger than can be counted", s);
    *ret_bytes = n << shift;
    return 0;
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Two hex digits at s. */
static bool hex_byte(const char *s, uint8_t *ret)
{
    int high = hex_digit(s[0]), low = high < 0 ? -1 : hex_digit(s[1]);

    if (low < 0)
        return false;
    *ret = (uint8_t)(high << 4 | low);
    return true;
}

int parse_hex(const char *s, void *ret, size_t len, struct error *e)
{
    uint8_t *out = ret;

    if (strlen(s) != 2 * len)
        return error_set(e, -EINVAL, "expected %zu hex digits", 2 * len);
    for (size_t i = 0; i < len; i++)
        if (!hex_byte(s + 2 * i, &out[i]))
            return error_set(e, -EINVAL, "expected %zu hex digits", 2 * len);
    return 0;
}

void format_hex(const void *data, size_t len, char *ret)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < len; i++) {
        *ret++ = "0123456789abcdef"[p[i] >> 4];
        *ret++ = "0123456789abcdef"[p[i] & 15];
    }
    *ret = '\0';
}

int parse_mac(const char *s, char ret[MAC_TEXT_SIZE], struct error *e)
{
    size_t len = strlen(s), step = len == 12 ? 2 : 3;
    char separator = step == 3 ? s[len > 2 ? 2 : 0] : '\0';
    uint8_t bytes[6], all = 0;
    bool good = len == 12 || (len == 17 && (separator == ':' || separator == '-'));

    for (size_t i = 0; good && i < 6; i++) {
        good = hex_byte(s + step * i, &bytes[i]);
        if (good && step == 3 && i < 5)
            good = s[step * i + 2] == separator;
    }
    if (!good)
        return error_set(e, -EINVAL, "\"%s\": expected a MAC address such as 52:54:00:12:34:56", s);
    for (size_t i = 0; i < 6; i++)
        all |= bytes[i];
    if (all == 0 || bytes[0] & 1)
        return error_set(e, -EINVAL,
                         "\"%s\": a multicast or all-zero MAC address identifies no machine", s);
    for (size_t i = 0; i < 6; i++) {
        format_hex(&bytes[i], 1, ret + 3 * i);
        ret[3 * i + 2] = i < 5 ? ':' : '\0';
    }
    return 0;
}

static bool is_uuid_dash(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

int parse_uuid(const char *s, char ret[UUID_TEXT_SIZE], struct error *e)
{
    bool good = strlen(s) == UUID_TEXT_SIZE - 1;
    char text[UUID_TEXT_SIZE] = "";

    for (size_t i = 0; good && i < UUID_TEXT_SIZE - 1; i++) {
        good = is_uuid_dash(i) ? s[i] == '-' : hex_digit(s[i]) >= 0;
        text[i] = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] - 'A' + 'a') : s[i];
    }
    if (!good)
        return error_set(e, -EINVAL,
                         "\"%s\": expected a UUID such as 123e4567-e89b-42d3-a456-426614174000", s);
    memcpy(ret, text, UUID_TEXT_SIZE);
    return 0;
}

int uuid_make(char ret[UUID_TEXT_SIZE], struct error *e)
{
    uint8_t bytes[16];
    ssize_t n;
    size_t at = 0;

    do
        n = getrandom(bytes, sizeof(bytes), 0);
    while (n < 0 && errno == EINTR);
    if (n != sizeof(bytes)) /* 256 bytes or less come whole (random(7)) */
        return error_set_errno(e, n < 0 ? -errno : -EIO, "getrandom");
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (is_uuid_dash(at))
            ret[at++] = '-';
        format_hex(&bytes[i], 1, ret + at);
        at += 2;
    }
    return 0;
}

static const char *const placeholders[] = {
    "default string",
    "to be filled by o.e.m.",
    "to be filled by oem",
    "to be set by oem",
    "o.e.m.",
    "oem",
    "none",
    "null",
    "n/a",
    "na",
    "empty",
    "unknown",
    "invalid",
    "not specified",
    "not available",
    "not applicable",
    "not present",
    "not settable",
    "no asset tag",
    "system serial number",
    "system product name",
    "serial number",
    "chassis serial number",
    "base board serial number",
    "asset-1234567890",
    "0123456789",
    "1234567890",
    "123456789",
    "12345678",
    /* UUIDs that whole series of boards came with */
    "03000200-0400-0500-0006-000700080009",
    "00020003-0004-0005-0006-000700080009",
    "01234567-8910-1112-1314-151617181920",
    "12345678-1234-5678-90ab-cddeefaabbcc",
};

bool identifier_is_placeholder(const char *s)
{
    size_t len = strlen(s), distinct_from_first = 0, letters = 0;
    char first = '\0';

    while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
        len--;
    while (len > 0 && (*s == ' ' || *s == '\t')) {
        s++;
        len--;
    }
    for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
        if (strlen(placeholders[i]) == len && strncasecmp(s, placeholders[i], len) == 0)
            return true;

    /* One letter or digit over and over (00000000-0000-…, FFFFFFFF, xxxxxxxx), or none at all. */
    for (size_t i = 0; i < len; i++) {
        char c = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];

        if (!is_digit(c) && !(c >= 'a' && c <= 'z'))
            continue;
        if (letters++ == 0)
            first = c;
        else if (c != first)
            distinct_from_first++;
    }
    if (letters == 0 || (distinct_from_first == 0 && (first == '0' || letters >= 6)))
        return true;
    return false;
}

bool is_dns_name(const char *s)
{
    size_t len = strlen(s), label = 0;

    if (len == 0 || len > 253)
        return false;
    for (size_t i = 0; i <= len; i++) {
        char c = s[i];

        if (c == '.' || c == '\0') {
            if (label == 0 || label > 63 || s[i - 1] == '-')
                return false;
            label = 0;
            continue;
        }
        if (!is_digit(c) && !(c >= 'a' && c <= 'z') && (c != '-' || label == 0))
            return false;
        label++;
    }
    return true;
}

bool has_ending(const char *s, const char *ending)
{
    size_t len = strlen(s), n = strlen(ending);

    return len > n && memcmp(s + len - n, ending, n) == 0;
}

#define NEAREST_LEN_MAX 63

/* Levenshtein's distance, with a swap of neighbours counted once; both at most NEAREST_LEN_MAX. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][NEAREST_LEN_MAX + 2], la = strlen(a), lb = strlen(b);

    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);

            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                two_before[j - 2] + 1 < best)
                best = two_before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[la % 3][lb];
}

const char *nearest_name_within(const char *s, const char *const *names, size_t n, size_t edits)
{
    size_t len = strlen(s), best = edits + 1;
    const char *found = NULL;

    if (len == 0 || len > NEAREST_LEN_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(names[i]), distance;

        if (other > NEAREST_LEN_MAX || other >= len + best || len >= other + best)
            continue;
        distance = edit_distance(s, names[i]);
        if (distance < best) {
            best = distance;
            found = names[i];
        }
    }
    return found;
}

const char *nearest_name(const char *s, const char *const *names, size_t n)
{
    return nearest_name_within(s, names, n, strlen(s) / 3 + 1); /* farther is another word */
}
