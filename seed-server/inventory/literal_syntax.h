/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/json.h"

/* Inside literal_*.c only: a Python expression as a tree. All of Python's expression grammar is
 * recognised, because whether text is an expression at all decides which of two errors comes first;
 * but everything that is no literal is one kind of node. */

enum token_type {
    TOKEN_END,
    TOKEN_ERROR, /* no token of Python: a syntax error */
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_OPERATOR,
};

struct token {
    enum token_type type;
    const char *s; /* the whole token */
    size_t n;
    /* numbers: base and the digits' place; floats and imaginary ones have base 0 */
    unsigned base;
    bool imaginary;
    /* strings: what stands between the quotes */
    const char *body;
    size_t body_n;
    bool raw, bytes, format;
};

struct lexer {
    const char *at, *end;
};

/* Text is one line of valid UTF-8 without NUL bytes. */
void lexer_next(struct lexer *l, struct token *ret);

/* Appends a string token's value. 0; 1 is a syntax error; *ret_named is set for "\N{…}". */
int literal_decode(const struct token *t, struct buf *out, bool *ret_named) _must_check_;

enum node_type {
    NODE_NONE,
    NODE_TRUE,
    NODE_FALSE,
    NODE_ELLIPSIS,
    NODE_NUMBER,
    NODE_STRING,
    NODE_TUPLE,
    NODE_LIST,
    NODE_SET,
    NODE_DICT,      /* children: key, value, key, value … */
    NODE_EMPTY_SET, /* set() */
    NODE_SIGN,      /* +x or -x: sign, one child */
    NODE_SUM,       /* x + y, x - y: two children */
    NODE_NAME,      /* any other name: no literal */
    NODE_OTHER,     /* a valid expression that is no literal */
};

struct node {
    enum node_type type;
    char sign;
    bool bytes, named; /* strings */
    struct token number;
    char *text; /* strings */
    size_t text_n;
    struct node *next;  /* sibling */
    struct node *first; /* children */
    struct node *made;  /* all nodes of a tree, to free them */
};

struct tree {
    struct node *made;
    struct node *root;
};

void tree_done(struct tree *t);

/* 0; 1 where Python says SyntaxError; -ENOMEM. */
int literal_read(const char *text, size_t len, struct tree *ret) _must_check_;
