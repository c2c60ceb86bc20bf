/* SPDX-License-Identifier: Apache-2.0 */
#include "pyvalue.h"

#include <inttypes.h>
#include <math.h>

#define NUMBER_KEY "\xfenumber"
#define OPAQUE_KEY "\xfeopaque"

static json_t *wrap(const char *key, const char *text, size_t len)
{
    json_t *v = json_object();

    if (v && json_object_set_new_nocheck(v, key, json_stringn_nocheck(text, len)) < 0) {
        json_decref(v);
        return NULL;
    }
    return v;
}

static const char *unwrap(const json_t *v, const char *key)
{
    if (!json_is_object(v) || json_object_size(v) != 1)
        return NULL;
    return json_string_value(json_object_get(v, key));
}

json_t *pyvalue_opaque(const char *reason)
{
    return wrap(OPAQUE_KEY, reason, strlen(reason));
}

json_t *pyvalue_string(const char *s, size_t n)
{
    return json_stringn_nocheck(s, n);
}

const char *pyvalue_number_text(const json_t *v)
{
    return unwrap(v, NUMBER_KEY);
}

const char *pyvalue_opaque_reason(const json_t *v)
{
    return unwrap(v, OPAQUE_KEY);
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return (unsigned)((c | 0x20) - 'a') + 10;
}

/* Fits v = v * base + digit into ret when the result is at most limit. */
static bool grow(uint64_t *v, unsigned base, unsigned digit, uint64_t limit)
{
    if (*v > (limit - digit) / base)
        return false;
    *v = *v * base + digit;
    return true;
}

static json_t *too_long(void)
{
    return pyvalue_opaque("Exceeds the limit (4300 digits) for integer string conversion");
}

/* Decimal text of digits in a base that is a power of two, by limbs of nine decimal digits. */
static json_t *big_integer(const char *digits, size_t n, unsigned base, bool negative)
{
    const uint32_t limb_base = 1000000000;
    uint32_t limbs[PYVALUE_DECIMAL_MAX / 9 + 2];
    size_t n_limbs = 1;
    char text[(PYVALUE_DECIMAL_MAX / 9 + 2) * 9 + 2];
    int at = 0;

    if (n > 4 * PYVALUE_DECIMAL_MAX) /* even in base 2 */
        return too_long();
    limbs[0] = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t carry = digit_value(digits[i]);

        for (size_t k = 0; k < n_limbs; k++) {
            carry += (uint64_t)limbs[k] * base;
            limbs[k] = (uint32_t)(carry % limb_base);
            carry /= limb_base;
        }
        if (carry) {
            if (n_limbs == ARRAY_SIZE(limbs))
                return too_long();
            limbs[n_limbs++] = (uint32_t)carry;
        }
    }
    at = snprintf(text, sizeof(text), "%s%" PRIu32, negative ? "-" : "", limbs[n_limbs - 1]);
    for (size_t k = n_limbs - 1; k-- > 0;)
        at += snprintf(text + at, sizeof(text) - (size_t)at, "%09" PRIu32, limbs[k]);
    if (at - negative > PYVALUE_DECIMAL_MAX)
        return too_long();
    return wrap(NUMBER_KEY, text, (size_t)at);
}

json_t *pyvalue_integer(const char *digits, size_t n, unsigned base, bool negative)
{
    uint64_t limit = (uint64_t)INT64_MAX + negative, v = 0;
    _cleanup_free_ char *text = NULL;
    size_t i;

    while (n > 1 && *digits == '0') {
        digits++;
        n--;
    }
    for (i = 0; i < n; i++)
        if (!grow(&v, base, digit_value(digits[i]), limit))
            break;
    if (i == n)
        return json_integer(negative ? (json_int_t)(0 - v) : (json_int_t)v);
    if (base != 10)
        return big_integer(digits, n, base, negative);
    if (n > PYVALUE_DECIMAL_MAX)
        return too_long();
    if (asprintf(&text, "%s%.*s", negative ? "-" : "", (int)n, digits) < 0) {
        text = NULL; /* its content is undefined then */
        return NULL;
    }
    return wrap(NUMBER_KEY, text, strlen(text));
}

void pyvalue_format_float(double d, char ret[PYVALUE_FLOAT_SIZE])
{
    char digits[28], *e; /* -d.dddddddddddddddde-ddd */
    int exponent, n;

    if (isnan(d) || isinf(d)) {
        (void)snprintf(ret, PYVALUE_FLOAT_SIZE, "%s",
                       isnan(d) ? "NaN" : (d < 0 ? "-Infinity" : "Infinity"));
        return;
    }
    /* The fewest digits that read back as the same number; 17 always do. */
    for (int precision = 0; precision < 17; precision++) {
        (void)snprintf(digits, sizeof(digits), "%.*e", precision, d);
        if (strtod(digits, NULL) == d)
            break;
    }
    e = strchr(digits, 'e');
    exponent = (int)strtol(e + 1, NULL, 10);
    *e = '\0';
    if (exponent < -4 || exponent >= 16) {
        (void)snprintf(ret, PYVALUE_FLOAT_SIZE, "%se%c%02d", digits, exponent < 0 ? '-' : '+',
                       abs(exponent) % 1000);
        return;
    }
    /* Here "%f" with as many places as there are digits after the point says exactly them. */
    n = (int)(strlen(digits) - (digits[0] == '-')); /* "d" or "d.ddd" */
    n = n > 1 ? n - 2 : 0;
    n -= exponent;
    (void)snprintf(ret, PYVALUE_FLOAT_SIZE, "%.*f", n > 0 ? n : 1, d);
}

json_t *pyvalue_float(double d)
{
    char text[PYVALUE_FLOAT_SIZE];

    if (!isnan(d) && !isinf(d))
        return json_real(d);
    pyvalue_format_float(d, text);
    return wrap(NUMBER_KEY, text, strlen(text));
}

struct pydict_entry {
    char *text; /* NULL: JSON can't spell it */
    size_t text_len;
    const char *type;
    json_t *value;
};

struct pydict {
    struct pydict_entry *items;
    size_t n, allocated;
    json_t *index; /* identity -> position in items */
};

struct pydict *pydict_new(void)
{
    struct pydict *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->index = json_object();
    if (!d->index) {
        free(d);
        return NULL;
    }
    return d;
}

void pydict_free(struct pydict *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n; i++) {
        free(d->items[i].text);
        json_decref(d->items[i].value);
    }
    free(d->items);
    json_decref(d->index);
    free(d);
}

void pydict_identify(struct buf *identity, const json_t *key)
{
    char text[PYVALUE_FLOAT_SIZE];
    const char *wrapped;
    double d;

    switch (json_typeof(key)) {
    case JSON_STRING:
        buf_add_char(identity, 's');
        buf_add(identity, json_string_value(key), json_string_length(key));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        buf_addf(identity, "n%d", json_is_true(key));
        return;
    case JSON_INTEGER:
        buf_addf(identity, "n%" JSON_INTEGER_FORMAT, json_integer_value(key));
        return;
    case JSON_REAL:
        d = json_real_value(key);
        if (d == floor(d)) { /* equals an int: spelled like it (-0.0 is 0) */
            buf_addf(identity, "n%.0f", d == 0 ? 0.0 : d);
            return;
        }
        pyvalue_format_float(d, text);
        buf_addf(identity, "n%s", text);
        return;
    case JSON_NULL:
        buf_add_char(identity, 'z');
        return;
    default:
        wrapped = pyvalue_number_text(key);
        buf_addf(identity, "n%s", wrapped ? wrapped : "?");
    }
}

bool pydict_key_text(struct buf *text, const json_t *key)
{
    char number[PYVALUE_FLOAT_SIZE];

    switch (json_typeof(key)) {
    case JSON_STRING:
        buf_add(text, json_string_value(key), json_string_length(key));
        return true;
    case JSON_TRUE:
        buf_add_str(text, "true");
        return true;
    case JSON_FALSE:
        buf_add_str(text, "false");
        return true;
    case JSON_NULL:
        buf_add_str(text, "null");
        return true;
    case JSON_INTEGER:
        buf_addf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(key));
        return true;
    case JSON_REAL:
        pyvalue_format_float(json_real_value(key), number);
        buf_add_str(text, number);
        return true;
    default:
        if (!pyvalue_number_text(key))
            return false;
        buf_add_str(text, pyvalue_number_text(key));
        return true;
    }
}

static struct pydict_entry *new_entry(struct pydict *d)
{
    if (d->n == d->allocated) {
        size_t want = d->allocated ? d->allocated * 2 : 8;
        struct pydict_entry *p = reallocarray(d->items, want, sizeof(*p));

        if (!p)
            return NULL;
        d->items = p;
        d->allocated = want;
    }
    d->items[d->n] = (struct pydict_entry){NULL, 0, NULL, NULL};
    return &d->items[d->n];
}

int pydict_set(struct pydict *d, const struct buf *identity, const struct buf *text,
               const char *type, json_t *value, bool *ret_duplicate)
{
    const char *id = identity->data ? identity->data : "";
    struct pydict_entry *entry;
    json_t *at;

    if (ret_duplicate)
        *ret_duplicate = false;
    if (!value || buf_check(identity) < 0 || (text && buf_check(text) < 0)) {
        json_decref(value);
        return -ENOMEM;
    }
    at = json_object_getn(d->index, id, identity->len);
    if (at) { /* the first key stays, the last value wins */
        entry = &d->items[json_integer_value(at)];
        json_decref(entry->value);
        entry->value = value;
        if (ret_duplicate)
            *ret_duplicate = true;
        return 0;
    }
    entry = new_entry(d);
    if (entry && text) {
        entry->text = malloc(text->len + 1);
        if (entry->text && text->len)
            memcpy(entry->text, text->data, text->len);
        entry->text_len = text->len;
    }
    if (!entry || (text && !entry->text) ||
        json_object_setn_new_nocheck(d->index, id, identity->len, json_integer((json_int_t)d->n)) <
            0) {
        if (entry)
            free(entry->text);
        json_decref(value);
        return -ENOMEM;
    }
    entry->type = type;
    entry->value = value;
    d->n++;
    return 0;
}

json_t *pydict_finish(struct pydict *d)
{
    _cleanup_json_ json_t *object = json_object();
    char reason[128];

    if (!object)
        return NULL;
    for (size_t i = 0; i < d->n; i++) {
        const struct pydict_entry *entry = &d->items[i];

        if (!entry->text) {
            (void)snprintf(reason, sizeof(reason),
                           "keys must be str, int, float, bool or None, not %s", entry->type);
            return pyvalue_opaque(reason);
        }
        if (json_object_setn_nocheck(object, entry->text, entry->text_len, entry->value) < 0)
            return NULL;
    }
    return TAKE_PTR(object);
}
