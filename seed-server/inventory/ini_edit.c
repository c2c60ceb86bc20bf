/* SPDX-License-Identifier: Apache-2.0 */
#include "ini_edit.h"

#include "lines.h"
#include "section.h"
#include "unicode.h"

struct place {
    bool found;
    size_t at;              /* behind the line break of the line before */
    const char *line_break; /* of that line, or of the first line where it has none */
    bool broken;            /* does that line end in one? */
};

static const char *break_of(const char *end, const char *next)
{
    return next - end == 2 && memcmp(end, "\r\n", 2) == 0 ? "\r\n" : "\n";
}

/* Where the section's last host, or its header, ends. */
static struct place find_place(const char *text, size_t len, const char *group)
{
    struct place p = {.line_break = NULL};
    struct section section;
    bool inside = false, first_break = true;
    const char *file_break = "\n", *s;
    struct lines lines;
    size_t n;

    lines_init(&lines, text, len);
    while (lines_next(&lines, &s, &n)) {
        const char *end = s + n;

        if (first_break && lines.at > end)
            file_break = break_of(end, lines.at);
        first_break = first_break && lines.at == end;
        unicode_strip(&s, &n);
        if (!n || *s == '#' || *s == ';')
            continue;
        if (section_parse(s, n, &section)) {
            if (p.found)
                break;
            inside = section.kind == SECTION_HOSTS && section.name_len == strlen(group) &&
                     memcmp(section.name, group, section.name_len) == 0;
            p.found = inside;
        }
        if (!inside)
            continue;
        p.at = (size_t)(lines.at - text);
        p.broken = lines.at > end;
        p.line_break = p.broken ? break_of(end, lines.at) : file_break;
    }
    if (!p.found)
        p.line_break = file_break;
    return p;
}

bool ini_has_section(const char *text, size_t len, const char *group)
{
    return find_place(text, len, group).found;
}

/* Whether the text's last line is blank (or there is none). */
static bool ends_blank(const char *text, size_t len)
{
    struct lines lines;
    const char *s;
    size_t n = 0;

    lines_init(&lines, text, len);
    while (lines_next(&lines, &s, &n))
        unicode_strip(&s, &n);
    return n == 0;
}

static bool ends_in_break(const char *text, size_t len)
{
    struct lines lines;
    const char *s, *end = NULL;
    size_t n;

    lines_init(&lines, text, len);
    while (lines_next(&lines, &s, &n))
        end = s + n;
    return !end || lines.at > end;
}

int ini_insert(const char *text, size_t len, const char *group, bool make, const char *line,
               struct buf *out, struct error *e)
{
    struct place p = find_place(text, len, group);

    if (!p.found && !make)
        return error_set(e, -ENOENT, "there is no section [%s] for hosts", group);
    if (p.found) {
        buf_add(out, text, p.at);
        if (!p.broken)
            buf_add_str(out, p.line_break);
        buf_addf(out, "%s%s", line, p.line_break);
        buf_add(out, text + p.at, len - p.at);
    } else {
        buf_add(out, text, len);
        if (!ends_in_break(text, len))
            buf_add_str(out, p.line_break);
        if (!ends_blank(text, len))
            buf_add_str(out, p.line_break);
        buf_addf(out, "[%s]%s%s%s", group, p.line_break, line, p.line_break);
    }
    return buf_check(out) < 0 ? error_set(e, buf_check(out), "hosts.ini is too long") : 0;
}
