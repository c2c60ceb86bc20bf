/* SPDX-License-Identifier: Apache-2.0 */
#include "literal_syntax.h"
#include "unicode.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_base_digit(char c, unsigned base)
{
    if (base == 16)
        return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    return c >= '0' && c < (char)('0' + base);
}

/* Digits with single underscores between them: the position behind, NULL where none fit. */
static const char *digits(const char *p, const char *end, unsigned base)
{
    for (;;) {
        if (p == end || !is_base_digit(*p, base))
            return NULL;
        while (p < end && is_base_digit(*p, base))
            p++;
        if (p == end || *p != '_')
            return p;
        p++;
    }
}

/* What may follow a number without white space: nothing that continues a word but these keywords
 * ("1if 2else 3" is Python). */
static bool number_ends_well(const char *p, const char *end)
{
    static const char *const keywords[] = {"and", "else", "for", "if", "in", "is", "not", "or"};
    uint32_t c;

    if (!unicode_decode(p, (size_t)(end - p), &c) || !(unicode_is_word(c) || c >= 0x80))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
        size_t n = strlen(keywords[i]);

        if ((size_t)(end - p) >= n && !memcmp(p, keywords[i], n))
            return true;
    }
    return false;
}

/* "0x…", "0o…", "0b…": Python lets an underscore stand behind the letter. */
static const char *prefixed_number(const char *p, const char *end, struct token *t)
{
    t->base = (p[1] | 0x20) == 'x' ? 16 : (p[1] | 0x20) == 'o' ? 8 : 2;
    p += 2;
    if (p < end && *p == '_')
        p++;
    return digits(p, end, t->base);
}

static const char *decimal_number(const char *p, const char *end, struct token *t)
{
    const char *start = p;
    bool whole = true, leading_zero;

    if (*p != '.') {
        p = digits(p, end, 10);
        if (!p)
            return NULL;
    }
    leading_zero = *start == '0' && p > start;
    if (p < end && *p == '.') {
        whole = false;
        p++;
        if (p < end && is_digit(*p)) {
            p = digits(p, end, 10);
            if (!p)
                return NULL;
        }
    }
    if (p < end && (*p | 0x20) == 'e') {
        const char *q = p + 1;

        if (q < end && (*q == '+' || *q == '-'))
            q++;
        if (q < end && is_digit(*q)) {
            whole = false;
            p = digits(q, end, 10);
            if (!p)
                return NULL;
        } else if (q > p + 1) {
            return NULL; /* "1e+x"; "1else" may be fine */
        }
    }
    if (p < end && (*p | 0x20) == 'j') {
        t->imaginary = true;
        whole = false;
        p++;
    }
    t->base = whole ? 10 : 0;
    if (whole && leading_zero) /* 0, 00, 0_0 are numbers, 010 is not */
        for (const char *q = start; q < p; q++)
            if (*q != '0' && *q != '_')
                return NULL;
    return p;
}

static void number(struct lexer *l, struct token *t)
{
    const char *p = l->at, *end = l->end;

    t->type = TOKEN_NUMBER;
    if (*p == '0' && end - p > 1 && strchr("xXoObB", p[1]))
        p = prefixed_number(p, end, t);
    else
        p = decimal_number(p, end, t);
    if (!p || !number_ends_well(p, end)) {
        t->type = TOKEN_ERROR;
        return;
    }
    l->at = p;
}

/* A string from its opening quote on. */
static void string(struct lexer *l, struct token *t)
{
    const char *p = l->at;
    char quote = *p;
    size_t width = l->end - p >= 3 && p[1] == quote && p[2] == quote ? 3 : 1;

    t->type = TOKEN_ERROR;
    p += width;
    t->body = p;
    for (; p < l->end; p++) {
        if (*p == '\\') {
            if (++p == l->end)
                return;
            continue;
        }
        if (*p != quote || (size_t)(l->end - p) < width ||
            (width == 3 && (p[1] != quote || p[2] != quote)))
            continue;
        t->type = TOKEN_STRING;
        t->body_n = (size_t)(p - t->body);
        l->at = p + width;
        return;
    }
}

/* A string's prefix at p (u, r, b, f, rb, br, rf, fr in any case): its length, -1 where a name. */
static int string_prefix(const char *p, const char *end, struct token *t)
{
    static const char *const prefixes[] = {"u", "r", "b", "f", "rb", "br", "rf", "fr"};

    if (!strchr("uUrRbBfF", *p))
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        size_t n = strlen(prefixes[i]);

        if ((size_t)(end - p) <= n || strncasecmp(p, prefixes[i], n) ||
            (p[n] != '"' && p[n] != '\''))
            continue;
        t->raw = strchr(prefixes[i], 'r') != NULL;
        t->bytes = strchr(prefixes[i], 'b') != NULL;
        t->format = strchr(prefixes[i], 'f') != NULL;
        return (int)n;
    }
    return -1;
}

static void name(struct lexer *l, struct token *t)
{
    const char *p = l->at;
    uint32_t c;
    size_t n;

    while ((n = unicode_decode(p, (size_t)(l->end - p), &c)) && unicode_is_word(c) &&
           (p > l->at || unicode_digit(c) < 0))
        p += n;
    t->type = p > l->at ? TOKEN_NAME : TOKEN_ERROR;
    l->at = p;
}

static bool operator(struct lexer *l)
{
    static const char *const operators[] = {
        "...", "**=", "//=", ">>=", "<<=", "**", "//", "<<", ">>", "<=", ">=", "==",
        "!=",  "->",  ":=",  "+=",  "-=",  "*=", "/=", "%=", "&=", "|=", "^=", "@=",
        "(",   ")",   "[",   "]",   "{",   "}",  ",",  ":",  ".",  ";",  "@",  "=",
        "+",   "-",   "*",   "/",   "%",   "&",  "|",  "^",  "~",  "<",  ">"};

    for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
        size_t n = strlen(operators[i]);

        if (*operators[i] == *l->at && (size_t)(l->end - l->at) >= n &&
            !memcmp(l->at, operators[i], n)) {
            l->at += n;
            return true;
        }
    }
    return false;
}

void lexer_next(struct lexer *l, struct token *ret)
{
    int prefix;

    while (l->at < l->end && (*l->at == ' ' || *l->at == '\t' || *l->at == '\f'))
        l->at++;
    *ret = (struct token){.type = TOKEN_END, .s = l->at};
    if (l->at == l->end || *l->at == '#')
        return;
    if (is_digit(*l->at) || (*l->at == '.' && l->end - l->at > 1 && is_digit(l->at[1]))) {
        number(l, ret);
    } else if ((prefix = string_prefix(l->at, l->end, ret)) >= 0) {
        l->at += prefix;
        string(l, ret);
    } else if (*l->at == '"' || *l->at == '\'') {
        string(l, ret);
    } else if (operator(l)) {
        ret->type = TOKEN_OPERATOR;
    } else {
        name(l, ret);
    }
    ret->n = (size_t)(l->at - ret->s);
}
