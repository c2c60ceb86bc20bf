/* SPDX-License-Identifier: Apache-2.0 */
#include "shlex.h"

#include <stdbool.h>

void shlex_init(struct shlex *s)
{
    *s = (struct shlex){0};
}

void shlex_done(struct shlex *s)
{
    free(s->text);
    free(s->words);
    shlex_init(s);
}

static int add_word(struct shlex *s, const char *text, size_t len, struct error *e)
{
    if (s->n == s->allocated) {
        size_t want = s->allocated ? s->allocated * 2 : 16;
        struct shlex_word *p = reallocarray(s->words, want, sizeof(*p));

        if (!p)
            return error_oom(e);
        s->words = p;
        s->allocated = want;
    }
    s->words[s->n++] = (struct shlex_word){text, len};
    return 0;
}

/* The states of Python's own machine: ' ' between words, 'a' in a word, or the quote or backslash
 * that is open. */
int shlex_split(struct shlex *s, const char *line, size_t len, struct error *e)
{
    char state = ' ', escaped_state = ' ', *out, *word;
    bool quoted = false; /* so that '' is a word */
    int r;

    s->n = 0;
    if (s->text_allocated < len + 1) {
        char *p = realloc(s->text, len + 1); /* words never get longer than the line */

        if (!p)
            return error_oom(e);
        s->text = p;
        s->text_allocated = len + 1;
    }
    word = out = s->text;
    for (size_t i = 0; i < len; i++) {
        char c = line[i];

        if (state == '\'' || state == '"') {
            quoted = true;
            if (c == state) {
                state = 'a';
            } else if (c == '\\' && state == '"') {
                escaped_state = state;
                state = c;
            } else {
                *out++ = c;
            }
            continue;
        }
        if (state == '\\') {
            /* inside "…" the backslash escapes only itself and the quote */
            if (escaped_state == '"' && c != '\\' && c != '"')
                *out++ = '\\';
            *out++ = c;
            state = escaped_state;
            continue;
        }
        if (c == '#')
            break;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            state = ' ';
            if (out > word || quoted) {
                r = add_word(s, word, (size_t)(out - word), e);
                if (r < 0)
                    return r;
                word = out;
                quoted = false;
            }
        } else if (c == '\'' || c == '"') {
            state = c;
        } else if (c == '\\') {
            escaped_state = 'a';
            state = c;
        } else {
            state = 'a';
            *out++ = c;
        }
    }
    if (state == '\'' || state == '"')
        return error_set(e, -EINVAL, "No closing quotation");
    if (state == '\\')
        return error_set(e, -EINVAL, "No escaped character");
    if (out > word || quoted)
        return add_word(s, word, (size_t)(out - word), e);
    return 0;
}
