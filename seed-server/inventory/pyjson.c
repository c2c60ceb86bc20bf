/* SPDX-License-Identifier: Apache-2.0 */
#include "pyjson.h"

#include "common/pyvalue.h"
#include "unicode.h"

struct reader {
    const char *at, *end;
    unsigned line, depth;
    const struct pyjson_options *options;
};

static int value(struct reader *x, json_t **ret, struct error *e);

static int refuse(const struct reader *x, const char *what, struct error *e)
{
    return error_set(e, -EINVAL, "line %u: %s", x->line, what);
}

static int made(json_t *v, json_t **ret, struct error *e)
{
    if (!v)
        return error_oom(e);
    *ret = v;
    return 0;
}

static void skip_space(struct reader *x)
{
    for (; x->at < x->end && memchr(" \t\r\n", *x->at, 4); x->at++)
        if (*x->at == '\n')
            x->line++;
}

static bool accept(struct reader *x, const char *s)
{
    size_t n = strlen(s);

    if ((size_t)(x->end - x->at) < n || memcmp(x->at, s, n) != 0)
        return false;
    x->at += n;
    return true;
}

/* Four hex digits. */
static bool unit(struct reader *x, uint32_t *ret)
{
    *ret = 0;
    if (x->end - x->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *x->at++;

        if (c >= '0' && c <= '9')
            *ret = *ret << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            *ret = *ret << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    return true;
}

static int escape(struct reader *x, struct buf *out, struct error *e)
{
    static const char simple[][2] = {
        {'"',  '"' },
        {'\\', '\\'},
        {'/',  '/' },
        {'b',  '\b'},
        {'f',  '\f'},
        {'n',  '\n'},
        {'r',  '\r'},
        {'t',  '\t'}
    };
    const char *after;
    uint32_t c, low;
    char utf8[4];

    if (x->at == x->end)
        return refuse(x, "Unterminated string", e);
    for (size_t i = 0; i < ARRAY_SIZE(simple); i++)
        if (*x->at == simple[i][0]) {
            buf_add_char(out, simple[i][1]);
            x->at++;
            return 0;
        }
    if (!accept(x, "u"))
        return refuse(x, "Invalid \\escape", e);
    if (!unit(x, &c))
        return refuse(x, "Invalid \\uXXXX escape", e);
    after = x->at;
    if (c >= 0xd800 && c <= 0xdbff && accept(x, "\\u") && unit(x, &low) && low >= 0xdc00 &&
        low <= 0xdfff)
        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
    else
        x->at = after;
    buf_add(out, utf8, unicode_encode(c, utf8));
    return 0;
}

/* A string behind its opening quote. */
static int string(struct reader *x, struct buf *out, struct error *e)
{
    int r;

    for (;;) {
        if (x->at == x->end)
            return refuse(x, "Unterminated string", e);
        if (*x->at == '"') {
            x->at++;
            return buf_check(out) < 0 ? error_oom(e) : 0;
        }
        if ((unsigned char)*x->at < 0x20)
            return refuse(x, "Invalid control character", e);
        if (*x->at != '\\') {
            buf_add_char(out, *x->at++);
            continue;
        }
        x->at++;
        r = escape(x, out, e);
        if (r < 0)
            return r;
    }
}

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* -?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)? */
static int number(struct reader *x, json_t **ret, struct error *e)
{
    const char *start = x->at, *p = start, *whole, *q;
    bool negative = *p == '-', is_float = false;
    _cleanup_free_ char *text = NULL;

    whole = p += negative;
    if (p < x->end && *p == '0')
        p++;
    else
        p = digits(p, x->end);
    if (p == whole)
        return refuse(x, "Expecting value", e);
    if (x->end - p > 1 && *p == '.' && (q = digits(p + 1, x->end)) > p + 1) {
        is_float = true;
        p = q;
    }
    if (p < x->end && (*p | 0x20) == 'e') {
        const char *from = p + 1;

        from += from < x->end && (*from == '-' || *from == '+');
        q = digits(from, x->end);
        if (q > from) {
            is_float = true;
            p = q;
        }
    }
    x->at = p;
    if (!is_float) {
        if (p - whole > PYVALUE_DECIMAL_MAX)
            return refuse(x, "Exceeds the limit (4300 digits) for integer string conversion", e);
        return made(pyvalue_integer(whole, (size_t)(p - whole), 10, negative), ret, e);
    }
    text = strndup(start, (size_t)(p - start));
    if (!text)
        return error_oom(e);
    return made(pyvalue_float(strtod(text, NULL)), ret, e);
}

static int array(struct reader *x, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *a = json_array();
    json_t *item;
    int r;

    if (!a)
        return error_oom(e);
    skip_space(x);
    if (accept(x, "]"))
        return made(TAKE_PTR(a), ret, e);
    for (;;) {
        skip_space(x);
        r = value(x, &item, e);
        if (r < 0)
            return r;
        if (json_array_append_new(a, item) < 0)
            return error_oom(e);
        skip_space(x);
        if (accept(x, "]"))
            return made(TAKE_PTR(a), ret, e);
        if (!accept(x, ","))
            return refuse(x, "Expecting ',' delimiter", e);
    }
}

/* Every string in v, whole. */
static json_t *wrap_unsafe(const json_t *v)
{
    _cleanup_json_ json_t *copy = NULL;
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_string(v)) {
        copy = json_object();
        return copy && json_object_set_nocheck(copy, "__ansible_unsafe", (json_t *)v) == 0
                   ? TAKE_PTR(copy)
                   : NULL;
    }
    if ((!json_is_array(v) && !json_is_object(v)) || pyvalue_number_text(v) ||
        json_object_get(v, "__ansible_vault") || json_object_get(v, "__ansible_unsafe"))
        return json_incref((json_t *)v);
    copy = json_is_array(v) ? json_array() : json_object();
    if (!copy)
        return NULL;
    json_array_foreach(v, i, item)
    {
        if (json_array_append_new(copy, wrap_unsafe(item)) < 0)
            return NULL;
    }
    json_object_foreach((json_t *)v, key, item)
    {
        if (json_object_set_new_nocheck(copy, key, wrap_unsafe(item)) < 0)
            return NULL;
    }
    return TAKE_PTR(copy);
}

/* Ansible's object_hook: the first of its two marks among the keys decides. */
static int hook(const struct reader *x, json_t *object, json_t **ret, struct error *e)
{
    const char *key;
    json_t *v;

    json_object_foreach(object, key, v)
    {
        if (!strcmp(key, "__ansible_unsafe"))
            return made(x->options->mark_unsafe ? wrap_unsafe(v) : json_incref(v), ret, e);
        if (!strcmp(key, "__ansible_vault")) {
            if (!json_is_string(v))
                return error_set(e, -EINVAL, "__ansible_vault is no text");
            return made(json_pack("{sO}", key, v), ret, e);
        }
    }
    *ret = json_incref(object);
    return 0;
}

static int object(struct reader *x, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *o = json_object();
    bool top = x->depth == 1;
    json_t *item;
    int r;

    if (!o)
        return error_oom(e);
    skip_space(x);
    if (accept(x, "}"))
        return made(TAKE_PTR(o), ret, e);
    for (;;) {
        _cleanup_buf_ struct buf key = BUF_INIT(SIZE_MAX / 2);

        skip_space(x);
        if (!accept(x, "\""))
            return refuse(x, "Expecting property name enclosed in double quotes", e);
        r = string(x, &key, e);
        if (r < 0)
            return r;
        if (top && x->options->key_seen) /* a string has no line breaks: it is on this line */
            x->options->key_seen(key.data ? key.data : "", key.len, x->line, x->options->userdata);
        skip_space(x);
        if (!accept(x, ":"))
            return refuse(x, "Expecting ':' delimiter", e);
        skip_space(x);
        r = value(x, &item, e);
        if (r < 0)
            return r;
        if (json_object_setn_new_nocheck(o, key.data ? key.data : "", key.len, item) < 0)
            return error_oom(e);
        skip_space(x);
        if (accept(x, "}"))
            return hook(x, o, ret, e);
        if (!accept(x, ","))
            return refuse(x, "Expecting ',' delimiter", e);
    }
}

static int constant(struct reader *x, json_t **ret, struct error *e)
{
    if (accept(x, "null"))
        return made(json_null(), ret, e);
    if (accept(x, "true"))
        return made(json_true(), ret, e);
    if (accept(x, "false"))
        return made(json_false(), ret, e);
    if (accept(x, "NaN"))
        return made(pyvalue_float(__builtin_nan("")), ret, e);
    if (accept(x, "Infinity"))
        return made(pyvalue_float(__builtin_inf()), ret, e);
    if (accept(x, "-Infinity"))
        return made(pyvalue_float(-__builtin_inf()), ret, e);
    return number(x, ret, e);
}

static int value(struct reader *x, json_t **ret, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(SIZE_MAX / 2);
    int r;

    if (x->at == x->end)
        return refuse(x, "Expecting value", e);
    if (*x->at != '[' && *x->at != '{' && *x->at != '"')
        return constant(x, ret, e);
    if (*x->at++ == '"') {
        r = string(x, &text, e);
        return r < 0 ? r : made(pyvalue_string(text.data ? text.data : "", text.len), ret, e);
    }
    if (++x->depth > PYJSON_DEPTH_MAX)
        return refuse(x, "nested too deep", e);
    r = x->at[-1] == '[' ? array(x, ret, e) : object(x, ret, e);
    x->depth--;
    return r;
}

int pyjson_parse(const char *text, size_t len, const struct pyjson_options *options, json_t **ret,
                 struct error *e)
{
    struct reader x = {text, text + len, 1, 0, options};
    _cleanup_json_ json_t *v = NULL;
    int r;

    skip_space(&x);
    r = value(&x, &v, e);
    if (r < 0)
        return r;
    skip_space(&x);
    if (x.at < x.end)
        return refuse(&x, "Extra data", e);
    *ret = TAKE_PTR(v);
    return 0;
}
