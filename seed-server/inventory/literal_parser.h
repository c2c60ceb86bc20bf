/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "literal_syntax.h"

/* Inside literal_*.c only: a recursive descent over Python 3.11's expression grammar
 * (docs.python.org/3.11, "Full Grammar specification"), one function a rule, named after it. Every
 * rule returns its node, or NULL with p->failure set. */

#define DEPTH_MAX 4000 /* chains such as "- - -x" and "lambda: lambda: x" */

struct parser {
    struct lexer lexer;
    struct token token; /* the one that is looked at */
    struct tree *tree;
    unsigned brackets, depth;
    int failure; /* 0, 1 (syntax error) or -ENOMEM */
};

/* literal_parser.c: what every rule uses. The first failure stays; after it nothing is accepted. */
struct node *parser_fail(struct parser *p, int failure);
struct node *parser_node(struct parser *p, enum node_type type);
void parser_advance(struct parser *p);
bool parser_at(const struct parser *p, const char *operator_text);
bool parser_at_word(const struct parser *p, const char *word);
bool parser_accept(struct parser *p, const char *operator_text); /* advances where it is there */
bool parser_accept_word(struct parser *p, const char *word);
void parser_expect(struct parser *p, const char *operator_text); /* fails where it isn't */
void parser_expect_name(struct parser *p);                       /* no keyword */
bool parser_open(struct parser *p, const char *bracket);         /* like accept, and counts */
void parser_close(struct parser *p, const char *bracket);        /* like expect */

/* Children in order of their coming. */
struct children {
    struct node *parent, *last;
    size_t n;
};

void parser_add_child(struct children *c, struct node *child);

/* literal_atom.c */
struct node *parser_primary(struct parser *p);

/* literal_read.c */
struct node *parser_expression(struct parser *p);
struct node *parser_disjunction(struct parser *p);
struct node *parser_bitwise(struct parser *p);
