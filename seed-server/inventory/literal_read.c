/* SPDX-License-Identifier: Apache-2.0 */
#include "literal_syntax.h"

/* A recursive descent over Python 3.11's expression grammar (docs.python.org/3.11, "Full Grammar
 * specification"), one function a rule, named after it. Every function returns its node, or NULL
 * with p->failure set. */

#define BRACKETS_MAX 200 /* as in Python's tokenizer */
#define DEPTH_MAX 4000   /* chains such as "- - -x" and "lambda: lambda: x" */

struct parser {
    struct lexer lexer;
    struct token token; /* the one that is looked at */
    struct tree *tree;
    unsigned brackets, depth;
    int failure; /* 0, 1 (syntax error) or -ENOMEM */
};

static struct node *expression(struct parser *p);
static struct node *factor(struct parser *p);
static struct node *bitwise(struct parser *p);
static struct node *disjunction(struct parser *p);

static struct node *fail(struct parser *p, int failure)
{
    if (!p->failure)
        p->failure = failure;
    return NULL;
}

static struct node *new_node(struct parser *p, enum node_type type)
{
    struct node *n;

    if (p->failure)
        return NULL;
    n = calloc(1, sizeof(*n));
    if (!n)
        return fail(p, -ENOMEM);
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

static void advance(struct parser *p)
{
    lexer_next(&p->lexer, &p->token);
    if (p->token.type == TOKEN_ERROR)
        (void)fail(p, 1);
}

static bool is_text(const struct parser *p, enum token_type type, const char *s)
{
    return !p->failure && p->token.type == type && p->token.n == strlen(s) &&
           !memcmp(p->token.s, s, p->token.n);
}

static bool is_operator(const struct parser *p, const char *s)
{
    return is_text(p, TOKEN_OPERATOR, s);
}

static bool is_word(const struct parser *p, const char *s)
{
    return is_text(p, TOKEN_NAME, s);
}

static bool accept(struct parser *p, const char *s)
{
    if (!is_operator(p, s))
        return false;
    advance(p);
    return true;
}

static bool accept_word(struct parser *p, const char *s)
{
    if (!is_word(p, s))
        return false;
    advance(p);
    return true;
}

static void expect(struct parser *p, const char *s)
{
    if (!accept(p, s))
        (void)fail(p, 1);
}

static bool open_bracket(struct parser *p, const char *s)
{
    if (!is_operator(p, s))
        return false;
    if (p->brackets == BRACKETS_MAX) {
        (void)fail(p, 1);
        return false;
    }
    p->brackets++;
    advance(p);
    return true;
}

static void close_bracket(struct parser *p, const char *s)
{
    p->brackets--;
    expect(p, s);
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

static void expect_name(struct parser *p)
{
    if (is_name(p))
        advance(p);
    else
        (void)fail(p, 1);
}

/* Children in order of their coming. */
struct children {
    struct node *parent, *last;
    size_t n;
};

static void add_child(struct children *c, struct node *child)
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

/* NAME ':=' expression, or an expression. */
static struct node *named_expression(struct parser *p)
{
    struct node *n = expression(p);

    if (!is_operator(p, ":="))
        return n;
    if (!n || n->type != NODE_OTHER) /* only a name may stand there; near enough */
        return fail(p, 1);
    advance(p);
    (void)expression(p);
    return new_node(p, NODE_OTHER);
}

static struct node *star_named_expression(struct parser *p)
{
    if (!accept(p, "*"))
        return named_expression(p);
    (void)bitwise(p);
    return new_node(p, NODE_OTHER);
}

static bool is_comprehension(const struct parser *p)
{
    return is_word(p, "for") || is_word(p, "async");
}

/* for targets in iterable [if condition]…, at least once. */
static struct node *comprehension(struct parser *p)
{
    do {
        (void)accept_word(p, "async");
        if (!accept_word(p, "for"))
            return fail(p, 1);
        do {
            if (is_word(p, "in"))
                break; /* a comma may end the targets */
            (void)accept(p, "*");
            (void)bitwise(p);
        } while (accept(p, ","));
        if (!accept_word(p, "in"))
            return fail(p, 1);
        (void)disjunction(p);
        while (accept_word(p, "if"))
            (void)disjunction(p);
    } while (is_comprehension(p));
    return new_node(p, NODE_OTHER);
}

static struct node *yield_expression(struct parser *p)
{
    advance(p);
    if (accept_word(p, "from"))
        return expression(p) ? new_node(p, NODE_OTHER) : NULL;
    while (!p->failure && !is_operator(p, ")")) {
        (void)star_named_expression(p);
        if (!accept(p, ","))
            break;
    }
    return new_node(p, NODE_OTHER);
}

/* "(" … ")": a tuple, a group, a generator. */
static struct node *parenthesized(struct parser *p)
{
    struct node *tuple = new_node(p, NODE_TUPLE), *result = tuple;
    struct children c = {tuple, NULL, 0};
    bool comma = false, starred;

    if (is_word(p, "yield")) {
        result = yield_expression(p);
        close_bracket(p, ")");
        return result;
    }
    while (tuple && !p->failure && !is_operator(p, ")")) {
        starred = is_operator(p, "*");
        add_child(&c, star_named_expression(p));
        if (c.n == 1 && !comma && is_comprehension(p)) {
            result = comprehension(p);
            break;
        }
        if (!accept(p, ",")) {
            if (starred && !comma)
                return fail(p, 1); /* (*a) */
            break;
        }
        comma = true;
    }
    close_bracket(p, ")");
    if (p->failure)
        return NULL;
    return result == tuple && c.n == 1 && !comma ? tuple->first : result;
}

static struct node *list(struct parser *p)
{
    struct node *list_node = new_node(p, NODE_LIST);
    struct children c = {list_node, NULL, 0};

    while (list_node && !p->failure && !is_operator(p, "]")) {
        add_child(&c, star_named_expression(p));
        if (c.n == 1 && is_comprehension(p)) {
            list_node = comprehension(p);
            break;
        }
        if (!accept(p, ","))
            break;
    }
    close_bracket(p, "]");
    return p->failure ? NULL : list_node;
}

/* "{" … "}": a dict, a set, a comprehension of either. */
static struct node *braces(struct parser *p)
{
    struct node *n = new_node(p, NODE_DICT);
    struct children c = {n, NULL, 0};
    bool set = false;

    while (n && !p->failure && !is_operator(p, "}")) {
        bool first = !c.n;

        if (!set && accept(p, "**")) {
            /* literal_eval gets None for the key: no literal */
            (void)bitwise(p);
            add_child(&c, new_node(p, NODE_OTHER));
            add_child(&c, new_node(p, NODE_OTHER));
        } else {
            bool starred = is_operator(p, "*");

            add_child(&c, star_named_expression(p));
            if (first && (starred || !is_operator(p, ":")))
                set = true;
            if (!set) {
                if (starred)
                    return fail(p, 1);
                expect(p, ":");
                add_child(&c, expression(p));
            }
        }
        if (first && is_comprehension(p)) {
            n = comprehension(p);
            break;
        }
        if (!accept(p, ","))
            break;
    }
    close_bracket(p, "}");
    if (p->failure)
        return NULL;
    if (set && n->type == NODE_DICT)
        n->type = NODE_SET;
    return n;
}

/* Adjacent strings are one. */
static struct node *strings(struct parser *p)
{
    struct node *n = new_node(p, NODE_STRING);
    _cleanup_buf_ struct buf text = BUF_INIT(SIZE_MAX / 2);
    bool first = true, format = false;

    while (n && !p->failure && p->token.type == TOKEN_STRING) {
        if (!first && p->token.bytes != n->bytes)
            return fail(p, 1);
        n->bytes = p->token.bytes;
        format = format || p->token.format;
        first = false;
        if (!p->token.format && literal_decode(&p->token, &text, &n->named))
            return fail(p, 1);
        advance(p);
    }
    if (p->failure || !n)
        return NULL;
    n->text = buf_take(&text, &n->text_n);
    if (!n->text)
        return fail(p, -ENOMEM);
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
        if (accept_word(p, constants[i].name))
            return new_node(p, constants[i].type);
    expect_name(p);
    return new_node(p, NODE_OTHER);
}

static struct node *atom(struct parser *p)
{
    struct node *n;

    if (p->failure)
        return NULL;
    switch (p->token.type) {
    case TOKEN_NUMBER:
        n = new_node(p, NODE_NUMBER);
        if (n)
            n->number = p->token;
        advance(p);
        return n;
    case TOKEN_STRING:
        return strings(p);
    case TOKEN_NAME:
        return word(p);
    case TOKEN_OPERATOR:
        if (open_bracket(p, "("))
            return parenthesized(p);
        if (open_bracket(p, "["))
            return list(p);
        if (open_bracket(p, "{"))
            return braces(p);
        if (accept(p, "..."))
            return new_node(p, NODE_ELLIPSIS);
        return fail(p, 1);
    default:
        return fail(p, 1);
    }
}

/* A call's arguments and its ")"; *ret_empty says that there were none. */
static void arguments(struct parser *p, bool *ret_empty)
{
    bool first = true;

    while (!p->failure && !is_operator(p, ")")) {
        if (!accept(p, "**"))
            (void)accept(p, "*");
        (void)named_expression(p);
        if (accept(p, "="))
            (void)expression(p);
        else if (first && is_comprehension(p))
            (void)comprehension(p);
        first = false;
        if (!accept(p, ","))
            break;
    }
    *ret_empty = first;
    close_bracket(p, ")");
}

static void subscript(struct parser *p)
{
    bool any = false;

    while (!p->failure && !(any && is_operator(p, "]"))) {
        any = true;
        if (!is_operator(p, ":"))
            (void)star_named_expression(p);
        for (int i = 0; i < 2 && accept(p, ":"); i++)
            if (!is_operator(p, ":") && !is_operator(p, ",") && !is_operator(p, "]"))
                (void)expression(p);
        if (!accept(p, ","))
            break;
    }
    close_bracket(p, "]");
}

static struct node *primary(struct parser *p)
{
    bool set = is_word(p, "set"), empty;
    struct node *n = atom(p);

    while (!p->failure) {
        if (accept(p, ".")) {
            expect_name(p);
        } else if (open_bracket(p, "(")) {
            arguments(p, &empty);
            n = new_node(p, set && empty ? NODE_EMPTY_SET : NODE_OTHER);
            set = false;
            continue;
        } else if (open_bracket(p, "[")) {
            subscript(p);
        } else {
            break;
        }
        set = false;
        n = new_node(p, NODE_OTHER);
    }
    return p->failure ? NULL : n;
}

static struct node *power(struct parser *p)
{
    bool await = accept_word(p, "await");
    struct node *n = primary(p);

    if (is_operator(p, "**")) {
        if (++p->depth > DEPTH_MAX)
            return fail(p, 1);
        advance(p);
        (void)factor(p);
        p->depth--;
        return new_node(p, NODE_OTHER);
    }
    return await ? new_node(p, NODE_OTHER) : n;
}

static struct node *factor(struct parser *p)
{
    char sign = is_operator(p, "+") ? '+' : is_operator(p, "-") ? '-' : '~';
    struct node *operand, *n;

    if (sign == '~' && !is_operator(p, "~"))
        return power(p);
    if (++p->depth > DEPTH_MAX)
        return fail(p, 1);
    advance(p);
    operand = factor(p);
    p->depth--;
    n = new_node(p, sign == '~' ? NODE_OTHER : NODE_SIGN);
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
            more = accept(p, operators[i]);
        if (more) {
            (void)factor(p);
            n = new_node(p, NODE_OTHER);
        }
    }
    return n;
}

static struct node *sum(struct parser *p)
{
    struct node *left = term(p), *right, *n;

    while (is_operator(p, "+") || is_operator(p, "-")) {
        advance(p);
        right = term(p);
        n = new_node(p, NODE_SUM);
        if (!n || !right)
            return NULL;
        n->first = left;
        left->next = right;
        left = n;
    }
    return left;
}

/* Shifts, &, ^ and |: no literal has them, so their order doesn't matter. */
static struct node *bitwise(struct parser *p)
{
    struct node *n = sum(p);

    while (accept(p, "<<") || accept(p, ">>") || accept(p, "&") || accept(p, "^") ||
           accept(p, "|")) {
        (void)sum(p);
        n = new_node(p, NODE_OTHER);
    }
    return n;
}

static bool accept_comparison(struct parser *p)
{
    static const char *const operators[] = {"==", "!=", "<=", "<", ">=", ">"};

    for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
        if (accept(p, operators[i]))
            return true;
    if (accept_word(p, "in"))
        return true;
    if (accept_word(p, "is")) {
        (void)accept_word(p, "not");
        return true;
    }
    if (!accept_word(p, "not"))
        return false;
    if (!accept_word(p, "in"))
        (void)fail(p, 1);
    return true;
}

static struct node *inversion(struct parser *p)
{
    struct node *n;

    if (is_word(p, "not")) {
        if (++p->depth > DEPTH_MAX)
            return fail(p, 1);
        advance(p);
        (void)inversion(p);
        p->depth--;
        return new_node(p, NODE_OTHER);
    }
    n = bitwise(p);
    while (accept_comparison(p)) {
        (void)bitwise(p);
        n = new_node(p, NODE_OTHER);
    }
    return n;
}

static struct node *disjunction(struct parser *p)
{
    struct node *n = inversion(p);

    while (accept_word(p, "and") || accept_word(p, "or")) {
        (void)inversion(p);
        n = new_node(p, NODE_OTHER);
    }
    return n;
}

static struct node *lambda(struct parser *p)
{
    while (!p->failure && !is_operator(p, ":")) {
        if (!accept(p, "/")) {
            if (!accept(p, "**") && accept(p, "*") && is_operator(p, ","))
                goto next;
            expect_name(p);
            if (accept(p, "="))
                (void)expression(p);
        }
    next:
        if (!accept(p, ","))
            break;
    }
    expect(p, ":");
    (void)expression(p);
    return new_node(p, NODE_OTHER);
}

static struct node *expression(struct parser *p)
{
    struct node *n;

    if (++p->depth > DEPTH_MAX)
        return fail(p, 1);
    if (accept_word(p, "lambda")) {
        n = lambda(p);
    } else {
        n = disjunction(p);
        if (accept_word(p, "if")) {
            (void)disjunction(p);
            if (!accept_word(p, "else"))
                return fail(p, 1);
            (void)expression(p);
            n = new_node(p, NODE_OTHER);
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
    advance(&p);
    n = expression(&p);
    if (is_operator(&p, ",")) {
        tuple = new_node(&p, NODE_TUPLE);
        c = (struct children){tuple, NULL, 0};
        if (tuple)
            add_child(&c, n);
        while (accept(&p, ",") && p.token.type != TOKEN_END)
            add_child(&c, expression(&p));
        n = tuple;
    }
    if (!p.failure && p.token.type != TOKEN_END)
        (void)fail(&p, 1);
    ret->root = n;
    return p.failure;
}
