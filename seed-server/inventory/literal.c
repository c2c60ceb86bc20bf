/* SPDX-License-Identifier: Apache-2.0 */
#include "literal.h"

#include "common/pyvalue.h"
#include "literal_syntax.h"
#include "unicode.h"

/* convert() answers 0, a negative errno, or 1 where literal_eval raises ValueError. */
static int convert(const struct node *n, json_t **ret, struct error *e);

static int made(json_t *v, json_t **ret, struct error *e)
{
    if (!v)
        return error_oom(e);
    *ret = v;
    return 0;
}

static int not_serializable(const char *type, json_t **ret, struct error *e)
{
    char reason[64];

    (void)snprintf(reason, sizeof(reason), "Object of type %s is not JSON serializable", type);
    return made(pyvalue_opaque(reason), ret, e);
}

static int number(const struct node *n, bool negative, json_t **ret, struct error *e)
{
    const struct token *t = &n->number;
    _cleanup_free_ char *digits = malloc(t->n + 1);
    size_t len = 0;
    double d;

    if (!digits)
        return error_oom(e);
    for (size_t i = t->base && t->base != 10 ? 2 : 0; i < t->n; i++)
        if (t->s[i] != '_')
            digits[len++] = t->s[i];
    digits[len] = '\0';
    if (t->imaginary)
        return not_serializable("complex", ret, e);
    if (!t->base) {
        d = strtod(digits, NULL);
        return made(pyvalue_float(negative ? -d : d), ret, e);
    }
    if (t->base == 10 && len > PYVALUE_DECIMAL_MAX)
        return 1; /* a syntax error to Python */
    return made(pyvalue_integer(digits, len, t->base, negative), ret, e);
}

static const char *type_name(const struct node *n)
{
    switch (n->type) {
    case NODE_TUPLE:
        return "tuple";
    case NODE_LIST:
        return "list";
    case NODE_DICT:
        return "dict";
    case NODE_SET:
    case NODE_EMPTY_SET:
        return "set";
    case NODE_ELLIPSIS:
        return "ellipsis";
    case NODE_STRING:
        return n->bytes ? "bytes" : "str";
    default:
        return "complex";
    }
}

/* What identifies n's value as a key. -EINVAL where Python can't hash it. */
static int identify(const struct node *n, const json_t *value, struct buf *identity,
                    struct error *e)
{
    const struct node *child;
    size_t i = 0;
    int r;

    switch (n->type) {
    case NODE_TUPLE:
        buf_add_char(identity, '(');
        for (child = n->first; child; child = child->next, i++) {
            r = identify(child, json_array_get(value, i), identity, e);
            if (r < 0)
                return r;
            buf_add_char(identity, ',');
        }
        buf_add_char(identity, ')');
        return 0;
    case NODE_LIST:
    case NODE_DICT:
    case NODE_SET:
    case NODE_EMPTY_SET:
        return error_set(e, -EINVAL, "unhashable type: '%s'", type_name(n));
    default:
        if (pyvalue_opaque_reason(value)) /* no two are told apart: such a dict can't be printed */
            buf_addf(identity, "o%p", (const void *)n);
        else
            pydict_identify(identity, value);
        return 0;
    }
}

static int sequence(const struct node *n, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *array = json_array();
    json_t *item;
    int r;

    if (!array)
        return error_oom(e);
    for (const struct node *child = n->first; child; child = child->next) {
        r = convert(child, &item, e);
        if (r)
            return r;
        if (json_array_append_new(array, item) < 0)
            return error_oom(e);
    }
    return made(TAKE_PTR(array), ret, e);
}

/* Nothing can print a set: what counts is whether Python makes one. */
static int set(const struct node *n, json_t **ret, struct error *e)
{
    int r;

    for (const struct node *child = n->first; child; child = child->next) {
        _cleanup_json_ json_t *item = NULL;
        _cleanup_buf_ struct buf identity = BUF_INIT(SIZE_MAX / 2);

        r = convert(child, &item, e);
        if (r == 0)
            r = identify(child, item, &identity, e);
        if (r)
            return r;
    }
    return not_serializable("set", ret, e);
}

static int dict(const struct node *n, json_t **ret, struct error *e)
{
    _cleanup_(pydict_freep) struct pydict *d = pydict_new();
    int r;

    if (!d)
        return error_oom(e);
    for (const struct node *k = n->first; k; k = k->next->next) {
        _cleanup_json_ json_t *key = NULL, *value = NULL;
        _cleanup_buf_ struct buf identity = BUF_INIT(SIZE_MAX / 2), text = BUF_INIT(SIZE_MAX / 2);
        bool printable;

        r = convert(k, &key, e);
        if (r == 0)
            r = convert(k->next, &value, e);
        if (r == 0)
            r = identify(k, key, &identity, e);
        if (r)
            return r;
        printable = k->type != NODE_TUPLE && pydict_key_text(&text, key);
        r = pydict_set(d, &identity, printable ? &text : NULL, type_name(k), TAKE_PTR(value), NULL);
        if (r < 0)
            return error_oom(e);
    }
    return made(pydict_finish(d), ret, e);
}

static int string(const struct node *n, json_t **ret, struct error *e)
{
    if (n->named)
        return error_set(e, -EINVAL,
                         "\"\\N{…}\" names a character, which isn't supported: write it as "
                         "\\uXXXX, or as it is");
    if (n->bytes)
        return not_serializable("bytes", ret, e);
    return made(pyvalue_string(n->text, n->text_n), ret, e);
}

/* A number plus or minus an imaginary one is complex; every other sum is an error. */
static int sum(const struct node *n, json_t **ret, struct error *e)
{
    const struct node *left = n->first, *right = left->next;

    if (left->type == NODE_SIGN)
        left = left->first;
    if (left->type != NODE_NUMBER || left->number.imaginary || right->type != NODE_NUMBER ||
        !right->number.imaginary)
        return 1;
    return not_serializable("complex", ret, e);
}

static int convert(const struct node *n, json_t **ret, struct error *e)
{
    switch (n->type) {
    case NODE_NONE:
        return made(json_null(), ret, e);
    case NODE_TRUE:
    case NODE_FALSE:
        return made(json_boolean(n->type == NODE_TRUE), ret, e);
    case NODE_ELLIPSIS:
        return not_serializable("ellipsis", ret, e);
    case NODE_NUMBER:
        return number(n, false, ret, e);
    case NODE_STRING:
        return string(n, ret, e);
    case NODE_TUPLE:
    case NODE_LIST:
        return sequence(n, ret, e);
    case NODE_SET:
        return set(n, ret, e);
    case NODE_EMPTY_SET:
        return not_serializable("set", ret, e);
    case NODE_DICT:
        return dict(n, ret, e);
    case NODE_SIGN:
        return n->first->type == NODE_NUMBER ? number(n->first, n->sign == '-', ret, e) : 1;
    case NODE_SUM:
        return sum(n, ret, e);
    case NODE_NAME:
    case NODE_OTHER:
        return 1;
    }
    return 1;
}

/* Most values are plain words; those that can't be literals are told by their start. */
static bool may_be_literal(const char *s, size_t n)
{
    static const char *const words[] = {"None", "True", "False", "set"};
    size_t i = 0;

    if (!n)
        return false;
    if (strchr("0123456789.+-\"'([{", *s) && *s)
        return true;
    for (i = 0; i < ARRAY_SIZE(words); i++)
        if (n >= strlen(words[i]) && !memcmp(s, words[i], strlen(words[i])))
            return true;
    for (i = 0; i < n && i < 2 && strchr("urbfURBF", s[i]); i++)
        ;
    return i > 0 && i < n && (s[i] == '"' || s[i] == '\'');
}

/* Addresses, which most values are that start like a number. Digits and dots with two dots among
 * them are two numbers side by side; and a colon has no place outside brackets, which these lack.
 */
static bool is_address(const char *s, size_t n)
{
    size_t dots = 0, colons = 0, digits = 0, others = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] >= '0' && s[i] <= '9')
            digits++;
        else if (s[i] == '.')
            dots++;
        else if (s[i] == ':')
            colons++;
        else if (((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') || s[i] == '-' || s[i] == '/')
            others++;
        else
            return false;
    }
    return colons || (!others && digits && dots >= 2);
}

/* literal_eval can't take bytes that aren't UTF-8, nor NUL. */
static bool is_source(const char *s, size_t n)
{
    uint32_t c;
    size_t len;

    for (size_t i = 0; i < n; i += len) {
        len = unicode_decode(s + i, n - i, &c);
        if (!c || (c >= 0xd800 && c <= 0xdfff))
            return false;
    }
    return true;
}

int literal_parse(const char *text, size_t len, json_t **ret, struct error *e)
{
    _cleanup_(tree_done) struct tree tree = {NULL, NULL};
    const char *s = text, *end = text + len;
    int r = 1;

    while (s < end && (*s == ' ' || *s == '\t'))
        s++;
    if (may_be_literal(s, (size_t)(end - s)) && !is_address(s, (size_t)(end - s)) &&
        is_source(s, (size_t)(end - s))) {
        if (end - s > LITERAL_MAX)
            return error_set(e, -E2BIG, "a value of more than %d bytes", LITERAL_MAX);
        r = literal_read(s, (size_t)(end - s), &tree);
        if (r == 0 && tree.root->type == NODE_STRING && tree.root->bytes)
            return made(pyvalue_string(tree.root->text, tree.root->text_n), ret, e);
        if (r == 0)
            r = convert(tree.root, ret, e);
        if (r < 0)
            return r == -ENOMEM ? error_oom(e) : r;
    }
    return r ? made(pyvalue_string(text, len), ret, e) : 0;
}
