/* SPDX-License-Identifier: Apache-2.0 */
#include "literal_parser.h"

#define BRACKETS_MAX 200 /* as in Python's tokenizer */

struct node *parser_fail(struct parser *p, int failure)
{
    if (!p->failure)
        p->failure = failure;
    return NULL;
}

struct node *parser_node(struct parser *p, enum node_type type)
{
    struct node *n;

    if (p->failure)
        return NULL;
    n = calloc(1, sizeof(*n));
    if (!n)
        return parser_fail(p, -ENOMEM);
    n->type = type;
    n->made = p->tree->made;
    p->tree->made = n;
    return n;
}

void tree_done(struct tree *t)
{
    while (t->made) {
        struct node *n = t->made;

        t->made = n->made;
        free(n->text);
        free(n);
    }
    t->root = NULL;
}

void parser_advance(struct parser *p)
{
    lexer_next(&p->lexer, &p->token);
    if (p->token.type == TOKEN_ERROR)
        (void)parser_fail(p, 1);
}

static bool is_text(const struct parser *p, enum token_type type, const char *s)
{
    return !p->failure && p->token.type == type && p->token.n == strlen(s) &&
           !memcmp(p->token.s, s, p->token.n);
}

bool parser_at(const struct parser *p, const char *s)
{
    return is_text(p, TOKEN_OPERATOR, s);
}

bool parser_at_word(const struct parser *p, const char *s)
{
    return is_text(p, TOKEN_NAME, s);
}

bool parser_accept(struct parser *p, const char *s)
{
    if (!parser_at(p, s))
        return false;
    parser_advance(p);
    return true;
}

bool parser_accept_word(struct parser *p, const char *s)
{
    if (!parser_at_word(p, s))
        return false;
    parser_advance(p);
    return true;
}

void parser_expect(struct parser *p, const char *s)
{
    if (!parser_accept(p, s))
        (void)parser_fail(p, 1);
}

bool parser_open(struct parser *p, const char *s)
{
    if (!parser_at(p, s))
        return false;
    if (p->brackets == BRACKETS_MAX) {
        (void)parser_fail(p, 1);
        return false;
    }
    p->brackets++;
    parser_advance(p);
    return true;
}

void parser_close(struct parser *p, const char *s)
{
    p->brackets--;
    parser_expect(p, s);
}

static bool is_keyword(const struct token *t)
{
    static const char *const keywords[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};

    for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
        if (t->n == strlen(keywords[i]) && !memcmp(t->s, keywords[i], t->n))
            return true;
    return false;
}

static bool is_name(const struct parser *p)
{
    return !p->failure && p->token.type == TOKEN_NAME && !is_keyword(&p->token);
}

void parser_expect_name(struct parser *p)
{
    if (is_name(p))
        parser_advance(p);
    else
        (void)parser_fail(p, 1);
}

void parser_add_child(struct children *c, struct node *child)
{
    if (!child)
        return;
    if (c->last)
        c->last->next = child;
    else
        c->parent->first = child;
    c->last = child;
    c->n++;
}
