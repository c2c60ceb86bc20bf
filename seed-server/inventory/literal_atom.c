/* SPDX-License-Identifier: Apache-2.0 */
#include "literal_parser.h"

/* Names, numbers, strings, brackets of all kinds, and what may follow them: calls, subscripts and
 * attributes. */

/* NAME ':=' expression, or an expression. */
static struct node *named_expression(struct parser *p)
{
    bool name = p->token.type == TOKEN_NAME;
    struct node *n = parser_expression(p);

    if (!parser_at(p, ":="))
        return n;
    if (!n || n->type != NODE_NAME || !name) /* (x) isn't a name any more */
        return parser_fail(p, 1);
    parser_advance(p);
    (void)parser_expression(p);
    return parser_node(p, NODE_OTHER);
}

static struct node *star_named_expression(struct parser *p)
{
    if (!parser_accept(p, "*"))
        return named_expression(p);
    (void)parser_bitwise(p);
    return parser_node(p, NODE_OTHER);
}

static bool is_comprehension(const struct parser *p)
{
    return parser_at_word(p, "for") || parser_at_word(p, "async");
}

/* for targets in iterable [if condition]…, at least once. */
static struct node *comprehension(struct parser *p)
{
    do {
        (void)parser_accept_word(p, "async");
        if (!parser_accept_word(p, "for"))
            return parser_fail(p, 1);
        do {
            if (parser_at_word(p, "in"))
                break; /* a comma may end the targets */
            (void)parser_accept(p, "*");
            (void)parser_bitwise(p);
        } while (parser_accept(p, ","));
        if (!parser_accept_word(p, "in"))
            return parser_fail(p, 1);
        (void)parser_disjunction(p);
        while (parser_accept_word(p, "if"))
            (void)parser_disjunction(p);
    } while (is_comprehension(p));
    return parser_node(p, NODE_OTHER);
}

static struct node *yield_expression(struct parser *p)
{
    parser_advance(p);
    if (parser_accept_word(p, "from"))
        return parser_expression(p) ? parser_node(p, NODE_OTHER) : NULL;
    while (!p->failure && !parser_at(p, ")")) {
        (void)star_named_expression(p);
        if (!parser_accept(p, ","))
            break;
    }
    return parser_node(p, NODE_OTHER);
}

/* "(" … ")": a tuple, a group, a generator. */
static struct node *parenthesized(struct parser *p)
{
    struct node *tuple = parser_node(p, NODE_TUPLE), *result = tuple;
    struct children c = {tuple, NULL, 0};
    bool comma = false, starred;

    if (parser_at_word(p, "yield")) {
        result = yield_expression(p);
        parser_close(p, ")");
        return result;
    }
    while (tuple && !p->failure && !parser_at(p, ")")) {
        starred = parser_at(p, "*");
        parser_add_child(&c, star_named_expression(p));
        if (c.n == 1 && !comma && is_comprehension(p)) {
            result = comprehension(p);
            break;
        }
        if (!parser_accept(p, ",")) {
            if (starred && !comma)
                return parser_fail(p, 1); /* (*a) */
            break;
        }
        comma = true;
    }
    parser_close(p, ")");
    if (p->failure)
        return NULL;
    return result == tuple && c.n == 1 && !comma ? tuple->first : result;
}

static struct node *list(struct parser *p)
{
    struct node *list_node = parser_node(p, NODE_LIST);
    struct children c = {list_node, NULL, 0};

    while (list_node && !p->failure && !parser_at(p, "]")) {
        parser_add_child(&c, star_named_expression(p));
        if (c.n == 1 && is_comprehension(p)) {
            list_node = comprehension(p);
            break;
        }
        if (!parser_accept(p, ","))
            break;
    }
    parser_close(p, "]");
    return p->failure ? NULL : list_node;
}

/* "{" … "}": a dict, a set, a comprehension of either. */
static struct node *braces(struct parser *p)
{
    struct node *n = parser_node(p, NODE_DICT);
    struct children c = {n, NULL, 0};
    bool set = false;

    while (n && !p->failure && !parser_at(p, "}")) {
        bool first = !c.n;

        if (!set && parser_accept(p, "**")) {
            /* literal_eval gets None for the key: no literal */
            (void)parser_bitwise(p);
            parser_add_child(&c, parser_node(p, NODE_OTHER));
            parser_add_child(&c, parser_node(p, NODE_OTHER));
        } else {
            bool starred = parser_at(p, "*");

            parser_add_child(&c, star_named_expression(p));
            if (first && (starred || !parser_at(p, ":")))
                set = true;
            if (!set) {
                if (starred)
                    return parser_fail(p, 1);
                parser_expect(p, ":");
                parser_add_child(&c, parser_expression(p));
            }
        }
        if (first && is_comprehension(p)) {
            n = comprehension(p);
            break;
        }
        if (!parser_accept(p, ","))
            break;
    }
    parser_close(p, "}");
    if (p->failure)
        return NULL;
    if (set && n->type == NODE_DICT)
        n->type = NODE_SET;
    return n;
}

/* Adjacent strings are one. */
static struct node *strings(struct parser *p)
{
    struct node *n = parser_node(p, NODE_STRING);
    _cleanup_buf_ struct buf text = BUF_INIT(SIZE_MAX / 2);
    bool first = true, format = false;

    while (n && !p->failure && p->token.type == TOKEN_STRING) {
        if (!first && p->token.bytes != n->bytes)
            return parser_fail(p, 1);
        n->bytes = p->token.bytes;
        format = format || p->token.format;
        first = false;
        if (!p->token.format && literal_decode(&p->token, &text, &n->named))
            return parser_fail(p, 1);
        parser_advance(p);
    }
    if (p->failure || !n)
        return NULL;
    n->text = buf_take(&text, &n->text_n);
    if (!n->text)
        return parser_fail(p, -ENOMEM);
    if (format)
        n->type = NODE_OTHER;
    return n;
}

static struct node *word(struct parser *p)
{
    static const struct {
        const char *name;
        enum node_type type;
    } constants[] = {
        {"None",  NODE_NONE },
        {"True",  NODE_TRUE },
        {"False", NODE_FALSE}
    };

    for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
        if (parser_accept_word(p, constants[i].name))
            return parser_node(p, constants[i].type);
    parser_expect_name(p);
    return parser_node(p, NODE_NAME);
}

static struct node *atom(struct parser *p)
{
    struct node *n;

    if (p->failure)
        return NULL;
    switch (p->token.type) {
    case TOKEN_NUMBER:
        n = parser_node(p, NODE_NUMBER);
        if (n)
            n->number = p->token;
        parser_advance(p);
        return n;
    case TOKEN_STRING:
        return strings(p);
    case TOKEN_NAME:
        return word(p);
    case TOKEN_OPERATOR:
        if (parser_open(p, "("))
            return parenthesized(p);
        if (parser_open(p, "["))
            return list(p);
        if (parser_open(p, "{"))
            return braces(p);
        if (parser_accept(p, "..."))
            return parser_node(p, NODE_ELLIPSIS);
        return parser_fail(p, 1);
    default:
        return parser_fail(p, 1);
    }
}

/* A call's arguments and its ")"; *ret_empty says that there were none. */
static void arguments(struct parser *p, bool *ret_empty)
{
    bool first = true;

    while (!p->failure && !parser_at(p, ")")) {
        bool starred = parser_accept(p, "**") || parser_accept(p, "*");

        (void)named_expression(p);
        if (!starred && parser_accept(p, "="))
            (void)parser_expression(p);
        else if (first && is_comprehension(p))
            (void)comprehension(p);
        first = false;
        if (!parser_accept(p, ","))
            break;
    }
    *ret_empty = first;
    parser_close(p, ")");
}

static void subscript(struct parser *p)
{
    bool any = false;

    while (!p->failure && !(any && parser_at(p, "]"))) {
        any = true;
        if (!parser_at(p, ":"))
            (void)star_named_expression(p);
        for (int i = 0; i < 2 && parser_accept(p, ":"); i++)
            if (!parser_at(p, ":") && !parser_at(p, ",") && !parser_at(p, "]"))
                (void)parser_expression(p);
        if (!parser_accept(p, ","))
            break;
    }
    parser_close(p, "]");
}

struct node *parser_primary(struct parser *p)
{
    bool set = parser_at_word(p, "set"), empty;
    struct node *n = atom(p);

    while (!p->failure) {
        if (parser_accept(p, ".")) {
            parser_expect_name(p);
        } else if (parser_open(p, "(")) {
            arguments(p, &empty);
            n = parser_node(p, set && empty ? NODE_EMPTY_SET : NODE_OTHER);
            set = false;
            continue;
        } else if (parser_open(p, "[")) {
            subscript(p);
        } else {
            break;
        }
        set = false;
        n = parser_node(p, NODE_OTHER);
    }
    return p->failure ? NULL : n;
}
