/* SPDX-License-Identifier: Apache-2.0 */
#include "host_pattern.h"

#include "common/pyvalue.h"
#include "unicode.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* re.IGNORECASE lets [a-z] match four more letters: dotted and dotless i, long s and the Kelvin
 * sign. Returns the letter's bytes or 0. */
static size_t letter(const char *s, const char *end)
{
    uint32_t c;
    size_t n = unicode_decode(s, (size_t)(end - s), &c);

    if (n == 1)
        return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? 1 : 0;
    return n && (c == 0x130 || c == 0x131 || c == 0x17f || c == 0x212a) ? n : 0;
}

static const char *skip_digits(const char *s, const char *end)
{
    while (s < end && is_digit(*s))
        s++;
    return s;
}

static const char *skip_hex(const char *s, const char *end)
{
    while (s < end && is_hex(*s))
        s++;
    return s;
}

/* "[:DIGITS]]" after a range's begin and end; the position behind the ']', or NULL. */
static const char *range_tail(const char *s, const char *end)
{
    if (s < end && *s == ':') {
        const char *step = s + 1;

        s = skip_digits(step, end);
        if (s == step)
            return NULL;
    }
    return s < end && *s == ']' ? s + 1 : NULL;
}

/* "[begin:end[:step]]" at s with begin and end read by skip; the position behind it, or NULL. */
static const char *number_range(const char *s, const char *end,
                                const char *(*skip)(const char *, const char *))
{
    const char *begin, *colon;

    if (s == end || *s != '[')
        return NULL;
    begin = s + 1;
    colon = skip(begin, end);
    if (colon == begin || colon == end || *colon != ':')
        return NULL;
    s = skip(colon + 1, end);
    if (s == colon + 1)
        return NULL;
    return range_tail(s, end);
}

static const char *label_range(const char *s, const char *end)
{
    const char *p = s + 1;
    size_t n;

    if (s == end || *s != '[')
        return NULL;
    n = letter(p, end);
    if (!n)
        return number_range(s, end, skip_digits);
    p += n;
    if (p == end || *p != ':')
        return NULL;
    n = letter(p + 1, end);
    return n ? range_tail(p + 1 + n, end) : NULL;
}

/* Labels of \w, '-' and ranges that don't start with '-' or end with '-' or '_', joined by dots. */
static bool is_hostname(const char *s, const char *end)
{
    for (;;) {
        const char *label = s;
        bool good_end = false;

        while (s < end) {
            const char *behind = label_range(s, end);
            uint32_t c;
            size_t n;

            if (behind) {
                s = behind;
                good_end = true;
                continue;
            }
            n = unicode_decode(s, (size_t)(end - s), &c);
            if (!(unicode_is_word(c) || (c == '-' && s > label)))
                break;
            good_end = c != '-' && c != '_';
            s += n;
        }
        if (!good_end)
            return false;
        if (s == end)
            return true;
        if (*s != '.')
            return false;
        s++;
    }
}

/* 0…255 with up to three digits as Ansible's expression has it ("099" is fine, "256" is not). */
static bool is_octet(const char *s, const char *end)
{
    size_t n = (size_t)(end - s);

    if (number_range(s, end, skip_digits) == end)
        return true;
    if (n < 1 || n > 3 || skip_digits(s, end) != end)
        return false;
    if (n < 3 || s[0] <= '1')
        return true;
    return s[0] == '2' && (s[1] <= '4' || (s[1] == '5' && s[2] <= '5'));
}

static bool is_ipv4(const char *s, const char *end)
{
    for (int i = 0; i < 4; i++) {
        const char *dot = memchr(s, '.', (size_t)(end - s));

        if ((dot == NULL) != (i == 3) || !is_octet(s, dot ? dot : end))
            return false;
        s = dot ? dot + 1 : end;
    }
    return true;
}

/* One 16-bit part at s: hex digits (one to four of them) or a range; the position behind it. */
static const char *ipv6_part(const char *s, const char *end)
{
    const char *p = skip_hex(s, end);

    if (p > s)
        return p - s <= 4 ? p : s + 4;
    return number_range(s, end, skip_hex);
}

/* "a.b.c.d" of hex parts at s, as Ansible has it. */
static const char *ipv6_dotted(const char *s, const char *end)
{
    for (int i = 0; i < 4; i++) {
        s = ipv6_part(s, end);
        if (!s || i == 3)
            return s;
        if (s == end || *s != '.')
            return NULL;
        s++;
    }
    return NULL;
}

/* Ansible's expression for IPv6 anchors its end in its last alternative only, so a start that looks
 * like an address is enough; and with that most of its alternatives are included in others. */
static bool starts_like_ipv6(const char *s, const char *end)
{
    const char *p = s, *part;
    int parts = 0;
    bool zeros = true; /* all parts so far are "0" */

    if (end - s >= 2 && s[0] == ':' && s[1] == ':')
        return true;
    for (; parts < 7; parts++) {
        part = ipv6_part(p, end);
        if (!part || part == end || *part != ':')
            break;
        if (parts == 5 && zeros && part - p == 4 && !strncasecmp(p, "ffff", 4) &&
            ipv6_dotted(part + 1, end) == end)
            return true; /* the alternative that is anchored */
        zeros = zeros && part - p == 1 && *p == '0';
        p = part + 1;
        if (parts + 1 <= 6 && p < end && *p == ':')
            return true; /* 1::, 1:2::… */
        if (parts + 1 == 6 && zeros && ipv6_dotted(p, end))
            return true;
    }
    return parts == 7 && ipv6_part(p, end);
}

/* "…:DIGITS" at the end: the position of the colon, or NULL. */
static const char *port_colon(const char *s, const char *end)
{
    const char *p = end;

    while (p > s && is_digit(p[-1]))
        p--;
    return p < end && p > s && p[-1] == ':' ? p - 1 : NULL;
}

/* Whether s holds no colon and no bracket but in whole bracketed expressions. */
static bool is_plain_host(const char *s, const char *end)
{
    for (; s < end; s++) {
        if (*s == ':' || *s == ']')
            return false;
        if (*s == '[') {
            s = memchr(s, ']', (size_t)(end - s));
            if (!s)
                return false;
        }
    }
    return true;
}

int host_pattern_split(const char *pattern, size_t len, const char **ret_name, size_t *ret_len,
                       json_t **ret_port, struct error *e)
{
    const char *s = pattern, *end = pattern + len, *digits = NULL, *digits_end = NULL, *colon;

    *ret_name = pattern;
    *ret_len = len;
    *ret_port = NULL;
    colon = port_colon(s, end);
    if (colon && *s == '[' && colon - s >= 3 && colon[-1] == ']') {
        digits = colon + 1;
        digits_end = end;
        s++;
        end = colon - 1;
        colon = port_colon(s, end);
    }
    if (colon && is_plain_host(s, colon)) {
        digits = colon + 1;
        digits_end = end;
        end = colon;
    }
    if (!digits || digits_end - digits > PYVALUE_DECIMAL_MAX)
        return 0;
    if (s == end || !(is_ipv4(s, end) || starts_like_ipv6(s, end) || is_hostname(s, end)))
        return 0; /* no address that Ansible knows: the word as it is, colon and all */
    *ret_port = pyvalue_integer(digits, (size_t)(digits_end - digits), 10, false);
    if (!*ret_port)
        return error_oom(e);
    *ret_name = s;
    *ret_len = (size_t)(end - s);
    return 0;
}
