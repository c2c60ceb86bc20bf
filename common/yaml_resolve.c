/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "pyvalue.h"
#include "yaml_node.h"

enum yaml_tag yaml_tag_find(const char *name)
{
    static const struct {
        const char *name;
        enum yaml_tag tag;
    } tags[] = {
        {"tag:yaml.org,2002:null",           YAML_TAG_NULL     },
        {"tag:yaml.org,2002:bool",           YAML_TAG_BOOL     },
        {"tag:yaml.org,2002:int",            YAML_TAG_INT      },
        {"tag:yaml.org,2002:float",          YAML_TAG_FLOAT    },
        {"tag:yaml.org,2002:binary",         YAML_TAG_BINARY   },
        {"tag:yaml.org,2002:timestamp",      YAML_TAG_TIMESTAMP},
        {"tag:yaml.org,2002:omap",           YAML_TAG_OMAP     },
        {"tag:yaml.org,2002:pairs",          YAML_TAG_PAIRS    },
        {"tag:yaml.org,2002:set",            YAML_TAG_SET      },
        {"tag:yaml.org,2002:str",            YAML_TAG_STR      },
        {"tag:yaml.org,2002:python/unicode", YAML_TAG_STR      },
        {"tag:yaml.org,2002:seq",            YAML_TAG_SEQ      },
        {"tag:yaml.org,2002:map",            YAML_TAG_MAP      },
        {"tag:yaml.org,2002:python/dict",    YAML_TAG_MAP      },
        {"tag:yaml.org,2002:merge",          YAML_TAG_MERGE    },
        {"tag:yaml.org,2002:value",          YAML_TAG_VALUE    },
        {"!unsafe",                          YAML_TAG_UNSAFE   },
        {"!vault",                           YAML_TAG_VAULT    },
        {"!vault-encrypted",                 YAML_TAG_VAULT    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
        if (!strcmp(name, tags[i].name))
            return tags[i].tag;
    return YAML_TAG_UNKNOWN;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Skips characters of set. */
static const char *skip(const char *p, const char *set)
{
    return p + strspn(p, set);
}

static bool is_one_of(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(s, *words))
            return true;
    return false;
}

/* (?::[0-5]?[0-9])+ at *p */
static bool sexagesimal_parts(const char **p)
{
    const char *start = *p;

    while (**p == ':' && is_digit((*p)[1])) {
        if ((*p)[1] <= '5' && is_digit((*p)[2]))
            *p += 3;
        else
            *p += 2;
    }
    return *p > start;
}

static bool is_exponent_or_end(const char *p)
{
    if (!*p)
        return true;
    if ((*p != 'e' && *p != 'E') || (p[1] != '-' && p[1] != '+') || !is_digit(p[2]))
        return false;
    return *skip(p + 2, "0123456789") == '\0';
}

/* [-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)? | \.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
 * | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]* | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN) */
static bool is_float(const char *s)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    const char *p = s + (*s == '-' || *s == '+');

    if (is_one_of(p, infinities) || is_one_of(s, nans))
        return true;
    if (*s == '.')
        return is_digit(s[1]) && is_exponent_or_end(skip(s + 1, "0123456789_"));
    if (!is_digit(*p))
        return false;
    p = skip(p, "0123456789_");
    if (*p == ':')
        return sexagesimal_parts(&p) && *p == '.' && !*skip(p + 1, "0123456789_");
    return *p == '.' && is_exponent_or_end(skip(p + 1, "0123456789_"));
}

/* [-+]?0b[0-1_]+ | [-+]?0[0-7_]+ | [-+]?(?:0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+
 * | [-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+ */
static bool is_int(const char *s)
{
    const char *p = s + (*s == '-' || *s == '+');

    if (*p == '0') {
        if (p[1] == 'b')
            return p[2] && !*skip(p + 2, "01_");
        if (p[1] == 'x')
            return p[2] && !*skip(p + 2, "0123456789abcdefABCDEF_");
        return !*skip(p + 1, "01234567_");
    }
    if (!is_digit(*p))
        return false;
    p = skip(p, "0123456789_");
    return !*p || (sexagesimal_parts(&p) && !*p);
}

/* Up to two digits at *p, at least `least`. -1 where there are fewer. */
static int two_digits(const char **p, int least)
{
    int n = 0, v = 0;

    for (; n < 2 && is_digit(**p); n++)
        v = v * 10 + *(*p)++ - '0';
    return n < least ? -1 : v;
}

struct timestamp {
    int year, month, day, hour, minute, second, microsecond, offset; /* offset in minutes */
    bool strict_date; /* month and day have two digits */
    bool has_time, has_zone;
};

static bool read_zone(const char *p, struct timestamp *t)
{
    bool negative = *p == '-';
    int hours, minutes = 0;

    t->has_zone = true;
    if (*p == 'Z')
        return p[1] == '\0';
    if (*p != '-' && *p != '+')
        return false;
    p++;
    hours = two_digits(&p, 1);
    if (hours < 0)
        return false;
    if (*p == ':') {
        p++;
        minutes = two_digits(&p, 2);
    }
    if (minutes < 0 || *p)
        return false;
    t->offset = (hours * 60 + minutes) * (negative ? -1 : 1);
    return true;
}

/* The date or date and time that PyYAML's timestamp_regexp matches. */
static bool read_timestamp(const char *s, struct timestamp *t)
{
    const char *p = s, *q;

    *t = (struct timestamp){0};
    for (int i = 0; i < 4; i++) {
        if (!is_digit(*p))
            return false;
        t->year = t->year * 10 + *p++ - '0';
    }
    if (*p++ != '-' || (t->month = two_digits(&p, 1)) < 0)
        return false;
    if (*p++ != '-' || (t->day = two_digits(&p, 1)) < 0)
        return false;
    t->strict_date = p - s == 10;
    if (!*p)
        return true;
    t->has_time = true;
    q = skip(p, " \t");
    if (q == p && *q != 'T' && *q != 't')
        return false;
    p = q > p ? q : p + 1;
    if ((t->hour = two_digits(&p, 1)) < 0 || *p++ != ':' || (t->minute = two_digits(&p, 2)) < 0 ||
        *p++ != ':' || (t->second = two_digits(&p, 2)) < 0)
        return false;
    if (*p == '.') {
        int unit = 100000;

        for (p++; is_digit(*p); p++, unit /= 10)
            t->microsecond += (*p - '0') * unit;
    }
    q = skip(p, " \t");
    if (!*q)
        return q == p; /* white space at the end belongs to nothing */
    return read_zone(q, t);
}

enum yaml_tag yaml_resolve(const char *value, size_t len)
{
    static const char *const bools[] = {"yes",  "Yes",  "YES",   "no",    "No",    "NO", "true",
                                        "True", "TRUE", "false", "False", "FALSE", "on", "On",
                                        "ON",   "off",  "Off",   "OFF",   NULL};
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    struct timestamp t;

    if (strlen(value) != len)
        return YAML_TAG_STR; /* holds NUL */
    if (is_one_of(value, bools))
        return YAML_TAG_BOOL;
    if (is_one_of(value, nulls))
        return YAML_TAG_NULL;
    if (is_float(value))
        return YAML_TAG_FLOAT;
    if (is_int(value))
        return YAML_TAG_INT;
    if (!strcmp(value, "<<"))
        return YAML_TAG_MERGE;
    if (!strcmp(value, "="))
        return YAML_TAG_VALUE;
    if (read_timestamp(value, &t) && (t.has_time || t.strict_date))
        return YAML_TAG_TIMESTAMP;
    return YAML_TAG_STR;
}

static int made(json_t *v, json_t **ret, struct error *e)
{
    if (!v)
        return error_oom(e);
    *ret = v;
    return 0;
}

/* Without the value: it may be a password that looks like a date. */
static int malformed(const char *what, struct error *e)
{
    return error_set(e, -EINVAL, "this is no %s (a text that looks like one needs quotes)", what);
}

static int scalar_bool(const char *value, json_t **ret, struct error *e)
{
    static const char *const yes[] = {"yes", "true", "on"}, *const no[] = {"no", "false", "off"};

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (!strcasecmp(value, yes[i]))
            return made(json_true(), ret, e);
        if (!strcasecmp(value, no[i]))
            return made(json_false(), ret, e);
    }
    return malformed("boolean", e);
}

/* 1:30 is 90, and so on by sixties. */
static int scalar_sixties(const char *digits, bool negative, json_t **ret, struct error *e)
{
    int64_t v = 0, part = 0;

    for (const char *p = digits;; p++) {
        if (is_digit(*p)) {
            if (__builtin_mul_overflow(part, 10, &part) ||
                __builtin_add_overflow(part, *p - '0', &part))
                return malformed("number by sixties within 64 bits", e);
            continue;
        }
        if ((*p && *p != ':') || p == digits || p[-1] == ':')
            return malformed("integer", e);
        if (__builtin_mul_overflow(v, 60, &v) || __builtin_add_overflow(v, part, &v))
            return malformed("number by sixties within 64 bits", e);
        part = 0;
        if (!*p)
            return made(json_integer(negative ? -v : v), ret, e);
    }
}

/* Cuts white space off both ends, as int() and float() do. */
static char *trim(char *s)
{
    size_t n;

    s += strspn(s, " \t\n\v\f\r");
    for (n = strlen(s); n && strchr(" \t\n\v\f\r", s[n - 1]); n--)
        ;
    s[n] = '\0';
    return s;
}

/* Python's int(s, base): a sign and the base's own prefix may stand before the digits. */
static int python_int(char *s, unsigned base, bool negative, json_t **ret, struct error *e)
{
    static const struct {
        unsigned base;
        char letter;
        const char *digits;
    } bases[] = {
        {2,  'b',  "01"                    },
        {8,  'o',  "01234567"              },
        {10, '\0', "0123456789"            },
        {16, 'x',  "0123456789abcdefABCDEF"}
    };
    size_t n, i = 0;

    while (bases[i].base != base)
        i++;
    s = trim(s);
    if (*s == '-' || *s == '+')
        negative ^= *s++ == '-';
    if (*s == '0' && bases[i].letter && (s[1] | 0x20) == bases[i].letter)
        s += 2;
    n = strlen(s);
    if (!n || *skip(s, bases[i].digits) || (base == 10 && n > PYVALUE_DECIMAL_MAX))
        return malformed("integer", e);
    return made(pyvalue_integer(s, n, base, negative), ret, e);
}

static int scalar_int(char *s, json_t **ret, struct error *e)
{
    bool negative = *s == '-';

    s += *s == '-' || *s == '+';
    if (!strcmp(s, "0"))
        return made(json_integer(0), ret, e);
    if (!strncmp(s, "0b", 2))
        return python_int(s + 2, 2, negative, ret, e);
    if (!strncmp(s, "0x", 2))
        return python_int(s + 2, 16, negative, ret, e);
    if (*s == '0')
        return python_int(s, 8, negative, ret, e);
    if (strchr(s, ':'))
        return scalar_sixties(s, negative, ret, e);
    return python_int(s, 10, negative, ret, e);
}

/* What Python's float() takes, but for white space around: digits, a point, an exponent. */
static bool is_python_float(const char *s)
{
    const char *p = skip(s, "0123456789");
    size_t n = (size_t)(p - s);

    if (*p == '.') {
        const char *q = skip(p + 1, "0123456789");

        n += (size_t)(q - p - 1);
        p = q;
    }
    if (!n)
        return false;
    if (*p == 'e') {
        p++;
        p += *p == '-' || *p == '+';
        if (!is_digit(*p))
            return false;
        p = skip(p, "0123456789");
    }
    return !*p;
}

static int scalar_float(char *s, json_t **ret, struct error *e)
{
    double sign = *s == '-' ? -1 : 1, v = 0, base = 1;
    char *colon;

    s += *s == '-' || *s == '+';
    s = trim(s);
    if (!strcmp(s, ".inf") || !strcmp(s, "inf") || !strcmp(s, "infinity"))
        return made(pyvalue_float(sign * INFINITY), ret, e);
    if (!strcmp(s, ".nan") || !strcmp(s, "nan"))
        return made(pyvalue_float(NAN), ret, e);
    /* in PyYAML's order, from the last part on, for the same rounding */
    while ((colon = strrchr(s, ':'))) {
        if (!is_python_float(colon + 1))
            return malformed("number", e);
        v += strtod(colon + 1, NULL) * base;
        base *= 60;
        *colon = '\0';
    }
    if (!is_python_float(s))
        return malformed("number", e);
    return made(pyvalue_float(sign * (v + strtod(s, NULL) * base)), ret, e);
}

static bool is_date(const struct timestamp *t)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (t->year % 4 == 0 && t->year % 100 != 0) || t->year % 400 == 0;

    return t->year >= 1 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days[t->month - 1] + (leap && t->month == 2);
}

/* As Ansible prints dates: isoformat(). */
static int scalar_timestamp(const char *value, json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(256);
    struct timestamp t;

    if (!read_timestamp(value, &t) || !is_date(&t) || t.hour > 23 || t.minute > 59 ||
        t.second > 59 || abs(t.offset) >= 24 * 60)
        return malformed("date and time", e);
    buf_addf(&text, "%04d-%02d-%02d", t.year, t.month, t.day);
    if (t.has_time)
        buf_addf(&text, "T%02d:%02d:%02d", t.hour, t.minute, t.second);
    if (t.microsecond)
        buf_addf(&text, ".%06d", t.microsecond);
    if (t.has_zone)
        buf_addf(&text, "%c%02d:%02d", t.offset < 0 ? '-' : '+', abs(t.offset) / 60,
                 abs(t.offset) % 60);
    if (buf_check(&text) < 0)
        return error_oom(e);
    return made(pyvalue_string(text.data, text.len), ret, e);
}

int yaml_scalar(enum yaml_tag tag, const char *value, size_t len, json_t **ret, struct error *e)
{
    _cleanup_free_ char *plain = NULL; /* without underscores, in lower case for floats */
    char *p;

    if (tag == YAML_TAG_NULL)
        return made(json_null(), ret, e);
    if (tag == YAML_TAG_BINARY) {
        for (size_t i = 0; i < len; i++)
            if ((unsigned char)value[i] >= 0x80)
                return error_set(e, -EINVAL, "base64 is ASCII, this isn't");
        return made(pyvalue_opaque("Object of type bytes is not JSON serializable"), ret, e);
    }
    if (tag == YAML_TAG_STR)
        return made(pyvalue_string(value, len), ret, e);
    if (strlen(value) != len)
        return error_set(e, -EINVAL, "a NUL byte has no place here");
    if (tag == YAML_TAG_BOOL)
        return scalar_bool(value, ret, e);
    if (tag == YAML_TAG_TIMESTAMP)
        return scalar_timestamp(value, ret, e);
    plain = p = strdup(value);
    if (!plain)
        return error_oom(e);
    for (const char *s = value; *s; s++)
        if (*s != '_')
            *p++ = tag == YAML_TAG_FLOAT && *s >= 'A' && *s <= 'Z' ? (char)(*s | 0x20) : *s;
    *p = '\0';
    return tag == YAML_TAG_INT ? scalar_int(plain, ret, e) : scalar_float(plain, ret, e);
}
