/* SPDX-License-Identifier: Apache-2.0 */
#include "text_block.h"

/* The line in text that is exactly this one. The last one of a text may lack its newline: editors
 * leave it out. */
static const char *find_line(const char *text, const char *line)
{
    size_t len = strlen(line) - 1;

    while (*text) {
        if (strncmp(text, line, len) == 0 && (text[len] == '\n' || text[len] == '\0'))
            return text;
        text = strchrnul(text, '\n');
        text += *text == '\n';
    }
    return NULL;
}

static const char *past_line(const char *line)
{
    const char *end = strchrnul(line, '\n');

    return end + (*end == '\n');
}

static void add_block(const char *lines, struct buf *ret)
{
    if (!lines[0])
        return;
    if (ret->len && ret->data[ret->len - 1] != '\n')
        buf_add_char(ret, '\n');
    buf_add_str(ret, TEXT_BLOCK_BEGIN);
    buf_add_str(ret, lines);
    buf_add_str(ret, TEXT_BLOCK_END);
}

void text_block_replace(const char *text, const char *lines, struct buf *ret)
{
    const char *begin = find_line(text, TEXT_BLOCK_BEGIN), *end;

    if (!begin) {
        buf_add_str(ret, text);
        add_block(lines, ret);
        return;
    }
    buf_add(ret, text, (size_t)(begin - text));
    add_block(lines, ret);
    end = find_line(begin, TEXT_BLOCK_END);
    buf_add_str(ret, past_line(end ? end : begin));
}

void text_comment_lines(const char *text, text_line_match *match, void *userdata, const char *mark,
                        struct buf *ret)
{
    char line[1024];

    for (const char *p = text, *end; *p; p = end) {
        size_t len;

        end = strchrnul(p, '\n');
        len = (size_t)(end - p);
        if (len < sizeof(line) && p[strspn(p, " \t")] != '#') {
            memcpy(line, p, len);
            line[len] = '\0';
            if (match(line, userdata))
                buf_addf(ret, "# %s: ", mark);
        }
        end += *end == '\n';
        buf_add(ret, p, (size_t)(end - p));
    }
}
