/* SPDX-License-Identifier: Apache-2.0 */
#include "literal_parser.h"

/* Operators, from the strongest to the weakest. */

static struct node *factor(struct parser *p);

static struct node *power(struct parser *p)
{
    bool await = parser_accept_word(p, "await");
    struct node *n = parser_primary(p);

    if (parser_at(p, "**")) {
        if (++p->depth > DEPTH_MAX)
            return parser_fail(p, 1);
        parser_advance(p);
        (void)factor(p);
        p->depth--;
        return parser_node(p, NODE_OTHER);
    }
    return await ? parser_node(p, NODE_OTHER) : n;
}

static struct node *factor(struct parser *p)
{
    char sign = parser_at(p, "+") ? '+' : parser_at(p, "-") ? '-' : '~';
    struct node *operand, *n;

    if (sign == '~' && !parser_at(p, "~"))
        return power(p);
    if (++p->depth > DEPTH_MAX)
        return parser_fail(p, 1);
    parser_advance(p);
    operand = factor(p);
    p->depth--;
    n = parser_node(p, sign == '~' ? NODE_OTHER : NODE_SIGN);
    if (n && operand) {
        n->sign = sign;
        n->first = operand;
    }
    return n;
}

static struct node *term(struct parser *p)
{
    static const char *const operators[] = {"*", "/", "//", "%", "@"};
    struct node *n = factor(p);
    bool more = true;

    while (more && !p->failure) {
        more = false;
        for (size_t i = 0; i < ARRAY_SIZE(operators) && !more; i++)
            more = parser_accept(p, operators[i]);
        if (more) {
            (void)factor(p);
            n = parser_node(p, NODE_OTHER);
        }
    }
    return n;
}

static struct node *sum(struct parser *p)
{
    struct node *left = term(p), *right, *n;

    while (parser_at(p, "+") || parser_at(p, "-")) {
        parser_advance(p);
        right = term(p);
        n = parser_node(p, NODE_SUM);
        if (!n || !right)
            return NULL;
        n->first = left;
        left->next = right;
        left = n;
    }
    return left;
}

/* Shifts, &, ^ and |: no literal has them, so their order doesn't matter. */
struct node *parser_bitwise(struct parser *p)
{
    struct node *n = sum(p);

    while (parser_accept(p, "<<") || parser_accept(p, ">>") || parser_accept(p, "&") ||
           parser_accept(p, "^") || parser_accept(p, "|")) {
        (void)sum(p);
        n = parser_node(p, NODE_OTHER);
    }
    return n;
}

static bool accept_comparison(struct parser *p)
{
    static const char *const operators[] = {"==", "!=", "<=", "<", ">=", ">"};

    for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
        if (parser_accept(p, operators[i]))
            return true;
    if (parser_accept_word(p, "in"))
        return true;
    if (parser_accept_word(p, "is")) {
        (void)parser_accept_word(p, "not");
        return true;
    }
    if (!parser_accept_word(p, "not"))
        return false;
    if (!parser_accept_word(p, "in"))
        (void)parser_fail(p, 1);
    return true;
}

static struct node *inversion(struct parser *p)
{
    struct node *n;

    if (parser_at_word(p, "not")) {
        if (++p->depth > DEPTH_MAX)
            return parser_fail(p, 1);
        parser_advance(p);
        (void)inversion(p);
        p->depth--;
        return parser_node(p, NODE_OTHER);
    }
    n = parser_bitwise(p);
    while (accept_comparison(p)) {
        (void)parser_bitwise(p);
        n = parser_node(p, NODE_OTHER);
    }
    return n;
}

struct node *parser_disjunction(struct parser *p)
{
    struct node *n = inversion(p);

    while (parser_accept_word(p, "and") || parser_accept_word(p, "or")) {
        (void)inversion(p);
        n = parser_node(p, NODE_OTHER);
    }
    return n;
}

static struct node *lambda(struct parser *p)
{
    while (!p->failure && !parser_at(p, ":")) {
        if (!parser_accept(p, "/")) {
            if (!parser_accept(p, "**") && parser_accept(p, "*") && parser_at(p, ","))
                goto next;
            parser_expect_name(p);
            if (parser_accept(p, "="))
                (void)parser_expression(p);
        }
    next:
        if (!parser_accept(p, ","))
            break;
    }
    parser_expect(p, ":");
    (void)parser_expression(p);
    return parser_node(p, NODE_OTHER);
}

struct node *parser_expression(struct parser *p)
{
    struct node *n;

    if (++p->depth > DEPTH_MAX)
        return parser_fail(p, 1);
    if (parser_accept_word(p, "lambda")) {
        n = lambda(p);
    } else {
        n = parser_disjunction(p);
        if (parser_accept_word(p, "if")) {
            (void)parser_disjunction(p);
            if (!parser_accept_word(p, "else"))
                return parser_fail(p, 1);
            (void)parser_expression(p);
            n = parser_node(p, NODE_OTHER);
        }
    }
    p->depth--;
    return p->failure ? NULL : n;
}

int literal_read(const char *text, size_t len, struct tree *ret)
{
    struct parser p = {
        .lexer = {text, text + len},
          .tree = ret
    };
    struct node *n, *tuple;
    struct children c;

    *ret = (struct tree){NULL, NULL};
    parser_advance(&p);
    n = parser_expression(&p);
    if (parser_at(&p, ",")) {
        tuple = parser_node(&p, NODE_TUPLE);
        c = (struct children){tuple, NULL, 0};
        if (tuple)
            parser_add_child(&c, n);
        while (parser_accept(&p, ",") && p.token.type != TOKEN_END)
            parser_add_child(&c, parser_expression(&p));
        n = tuple;
    }
    if (!p.failure && p.token.type != TOKEN_END)
        (void)parser_fail(&p, 1);
    ret->root = n;
    return p.failure;
}
