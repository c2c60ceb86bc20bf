/* SPDX-License-Identifier: Apache-2.0 */
#include "print.h"

#include "common/buf.h"
#include "common/pyvalue.h"
#include "inventory.h"
#include "unicode.h"

/* Python's json.dumps(value, sort_keys=True, indent=4, ensure_ascii=False) */

static int print(const json_t *v, unsigned depth, struct buf *out, struct error *e);

static void new_line(struct buf *out, unsigned depth)
{
    static const char spaces[] = "                ";

    buf_add_char(out, '\n');
    for (size_t left = depth * 4; left;) {
        size_t n = left < sizeof(spaces) - 1 ? left : sizeof(spaces) - 1;

        buf_add(out, spaces, n);
        left -= n;
    }
}

/* A lone surrogate's three bytes, which are no UTF-8. */
static bool is_surrogate(const char *s, size_t n)
{
    return n >= 3 && (unsigned char)s[0] == 0xed && ((unsigned char)s[1] & 0xe0) == 0xa0 &&
           ((unsigned char)s[2] & 0xc0) == 0x80;
}

static void print_string(const char *s, size_t n, struct buf *out)
{
    static const char escapes[] = "\"\"\\\\\nn\rr\tt\bb\ff";
    size_t len, plain = 0; /* from where on nothing was put out yet */
    uint32_t c;

    buf_add_char(out, '"');
    for (size_t i = 0; i < n; i += len) {
        const char *escape = NULL;
        bool bad;

        if (s[i] >= 0x20 && s[i] != '"' && s[i] != '\\') {
            len = 1; /* by far the most */
            continue;
        }
        len = unicode_decode(s + i, n - i, &c);
        bad = c >= 0xd800 && c <= 0xdfff;
        for (size_t k = 0; k < sizeof(escapes) - 1 && c < 0x80 && !escape; k += 2)
            if ((char)c == escapes[k])
                escape = &escapes[k + 1];
        if (c >= 0x20 && !escape && !bad)
            continue;
        buf_add(out, s + plain, i - plain);
        if (bad) { /* what Ansible's terminal can't say becomes '?' */
            len = is_surrogate(s + i, n - i) ? 3 : len;
            buf_add_char(out, '?');
        } else if (escape) {
            buf_add_char(out, '\\');
            buf_add_char(out, *escape);
        } else {
            buf_addf(out, "\\u%04x", c);
        }
        plain = i + len;
    }
    buf_add(out, s + plain, n - plain);
    buf_add_char(out, '"');
}

struct member {
    const char *key;
    size_t len;
    const json_t *value;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *p = a, *q = b;
    int r = memcmp(p->key, q->key, p->len < q->len ? p->len : q->len);

    if (r)
        return r;
    return p->len < q->len ? -1 : p->len > q->len;
}

static int print_object(const json_t *v, unsigned depth, struct buf *out, struct error *e)
{
    _cleanup_free_ struct member *members = calloc(json_object_size(v) + 1, sizeof(*members));
    json_t *object = (json_t *)v; /* jansson's iterators want it so; nothing is changed */
    size_t n = 0;
    int r;

    if (!members)
        return error_oom(e);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        members[n++] = (struct member){json_object_iter_key(at), json_object_iter_key_len(at),
                                       json_object_iter_value(at)};
    qsort(members, n, sizeof(*members), compare_members);
    buf_add_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_add_char(out, ',');
        new_line(out, depth + 1);
        print_string(members[i].key, members[i].len, out);
        buf_add_str(out, ": ");
        r = print(members[i].value, depth + 1, out, e);
        if (r < 0)
            return r;
    }
    if (n)
        new_line(out, depth);
    buf_add_char(out, '}');
    return 0;
}

static int print_array(const json_t *v, unsigned depth, struct buf *out, struct error *e)
{
    json_t *item;
    size_t i;
    int r;

    buf_add_char(out, '[');
    json_array_foreach(v, i, item)
    {
        if (i)
            buf_add_char(out, ',');
        new_line(out, depth + 1);
        r = print(item, depth + 1, out, e);
        if (r < 0)
            return r;
    }
    if (json_array_size(v))
        new_line(out, depth);
    buf_add_char(out, ']');
    return 0;
}

static int print(const json_t *v, unsigned depth, struct buf *out, struct error *e)
{
    char number[PYVALUE_FLOAT_SIZE];

    switch (json_typeof(v)) {
    case JSON_OBJECT:
        if (pyvalue_opaque_reason(v))
            return error_set(e, -EINVAL, "%s", pyvalue_opaque_reason(v));
        if (!pyvalue_number_text(v))
            return print_object(v, depth, out, e);
        buf_add_str(out, pyvalue_number_text(v));
        return 0;
    case JSON_ARRAY:
        return print_array(v, depth, out, e);
    case JSON_STRING:
        print_string(json_string_value(v), json_string_length(v), out);
        return 0;
    case JSON_INTEGER:
        buf_addf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        return 0;
    case JSON_REAL:
        pyvalue_format_float(json_real_value(v), number);
        buf_add_str(out, number);
        return 0;
    case JSON_TRUE:
        buf_add_str(out, "true");
        return 0;
    case JSON_FALSE:
        buf_add_str(out, "false");
        return 0;
    case JSON_NULL:
        buf_add_str(out, "null");
        return 0;
    }
    return 0;
}

void print_begin(struct printing *p, char bracket)
{
    buf_add_char(p->out, bracket);
    p->depth++;
    p->any = false;
}

void print_end(struct printing *p, char bracket)
{
    p->depth--;
    if (p->any)
        new_line(p->out, p->depth);
    buf_add_char(p->out, bracket);
    p->any = true;
}

void print_item(struct printing *p)
{
    if (p->any)
        buf_add_char(p->out, ',');
    new_line(p->out, p->depth);
    p->any = true;
}

void print_text(struct printing *p, const char *s, size_t len)
{
    print_string(s, len, p->out);
}

void print_key(struct printing *p, const char *key, size_t len)
{
    print_item(p);
    print_string(key, len, p->out);
    buf_add_str(p->out, ": ");
}

int print_value(struct printing *p, const json_t *v, struct error *e)
{
    return print(v, p->depth, p->out, e);
}

int inventory_print(const json_t *value, struct buf *out, struct error *e)
{
    int r;

    r = print(value, 0, out, e);
    if (r < 0)
        return r;
    buf_add_char(out, '\n');
    r = buf_check(out);
    return r < 0 ? error_set_errno(e, r, "printing the inventory") : 0;
}
