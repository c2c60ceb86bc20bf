/* SPDX-License-Identifier: Apache-2.0 */
#include "host_pattern.h"
#include "lines.h"
#include "literal.h"
#include "model.h"
#include "section.h"
#include "shlex.h"
#include "unicode.h"

/* Literal values of earlier lines by their text: the same few come on line after line. */
#define REMEMBERED 1024

struct remembered {
    char *text;
    size_t len;
    json_t *value;
};

struct ini {
    struct inventory *inv;
    const char *path;
    uint32_t file;
    unsigned line;
    uint32_t group; /* of the section that is open */
    enum section_kind kind;
    struct pending_groups pending;
    struct shlex words;
    struct remembered *remembered;
    bool warned; /* about a group's name: once is enough */
};

/* What a host line sets, for each of its hosts. */
struct assignment {
    const struct text *name;
    json_t *value;
};

struct host_line {
    struct ini *ini;
    json_t *port;
    struct assignment *items;
    size_t n;
};

static int refuse(struct ini *x, struct error *e)
{
    return error_wrap(e, "%s:%u", x->path, x->line);
}

/* literal_parse with memory. *ret is a new reference. */
static int value_of(struct ini *x, const char *text, size_t len, json_t **ret, struct error *e)
{
    uint32_t h = 2166136261u;
    struct remembered *m;
    int r;

    if (len > 64)
        return literal_parse(text, len, ret, e);
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    m = &x->remembered[(h ^ h >> 16) % REMEMBERED];
    if (m->value && m->len == len && !memcmp(m->text, text, len)) {
        *ret = json_incref(m->value);
        return 0;
    }
    r = literal_parse(text, len, ret, e);
    if (r < 0)
        return r;
    free(m->text);
    json_decref(m->value);
    *m = (struct remembered){malloc(len + 1), len, json_incref(*ret)};
    if (!m->text) {
        json_decref(TAKE_PTR(m->value));
        json_decref(*ret);
        return error_oom(e);
    }
    memcpy(m->text, text, len);
    return 0;
}

static int host_made(const char *name, size_t len, void *userdata, struct error *e)
{
    struct host_line *h = userdata;
    struct inventory *inv = h->ini->inv;
    const struct text *host;
    int r;

    r = strings_intern(&inv->strings, name, len, &host, e);
    if (r == 0)
        r = model_add_host(inv, host, h->ini->group, h->port, h->ini->file, h->ini->line, e);
    for (size_t i = 0; r == 0 && i < h->n; i++)
        r = model_set_variable(inv, host, h->items[i].name, json_incref(h->items[i].value),
                               h->ini->file, h->ini->line, e);
    return r;
}

static int count_host(const char *name, size_t len, void *userdata, struct error *e)
{
    (void)name;
    (void)len;
    (void)userdata;
    (void)e;
    return 0;
}

/* What Ansible has to say about a host's name after its ranges and before its variables. */
static int check_pattern(const struct shlex_word *pattern, bool has_port, const char *name,
                         size_t name_len, struct error *e)
{
    const char *s = pattern->text;
    size_t n = pattern->len;

    unicode_strip(&s, &n);
    if (!has_port && n && s[n - 1] == ':')
        return error_set(e, -EINVAL,
                         "Invalid host pattern '%.*s' supplied, ending in ':' is not allowed, this "
                         "character is reserved to provide a port.",
                         (int)pattern->len, pattern->text);
    unicode_strip(&name, &name_len);
    if (name_len == 3 && !memcmp(name, "---", 3))
        return error_set(e, -EINVAL,
                         "Invalid host pattern '%.*s' supplied, '---' is normally a sign this is a "
                         "YAML file.",
                         (int)pattern->len, pattern->text);
    return 0;
}

/* Adds or, as a repeated key does in Python, replaces; that counts where the first value alone
 * would be refused. */
static struct assignment *assignment_for(struct host_line *h, const struct text *name)
{
    if (!strcmp(name->s, "ansible_group_priority"))
        for (size_t i = 0; i < h->n; i++)
            if (h->items[i].name == name) {
                json_decref(h->items[i].value);
                return &h->items[i];
            }
    h->items[h->n] = (struct assignment){name, NULL};
    return &h->items[h->n++];
}

/* The words behind the host's name. */
static int assignments(struct ini *x, struct host_line *h, struct error *e)
{
    int r;

    for (size_t i = 1; i < x->words.n; i++) {
        const struct shlex_word *w = &x->words.words[i];
        const char *equals = memchr(w->text, '=', w->len);
        const struct text *name;
        json_t *value;

        if (!equals)
            return error_set(e, -EINVAL, "Expected key=value host variable assignment, got: %.*s",
                             (int)w->len, w->text);
        r = strings_intern(&x->inv->strings, w->text, (size_t)(equals - w->text), &name, e);
        if (r == 0)
            r = value_of(x, equals + 1, w->len - (size_t)(equals + 1 - w->text), &value, e);
        if (r < 0)
            return r;
        assignment_for(h, name)->value = value;
    }
    return 0;
}

static int host_line(struct ini *x, const char *line, size_t len, struct error *e)
{
    struct host_line h = {.ini = x};
    const struct shlex_word *pattern;
    const char *name = NULL;
    size_t name_len = 0;
    int r;

    r = shlex_split(&x->words, line, len, e);
    if (r < 0)
        return error_wrap(e, "Error parsing host definition '%.*s'", (int)len, line);
    if (!x->words.n)
        return error_set(e, -EINVAL, "list index out of range"); /* Python's words for no word */
    pattern = &x->words.words[0];
    h.items = calloc(x->words.n, sizeof(*h.items));
    if (!h.items)
        return error_oom(e);
    /* In Ansible's order: the range, the colon, the variables; hosts come to be at the end. */
    r = host_pattern_split(pattern->text, pattern->len, &name, &name_len, &h.port, e);
    if (r == 0 && memchr(name, '[', name_len))
        r = host_pattern_expand(name, name_len, count_host, NULL, e);
    if (r == 0)
        r = check_pattern(pattern, h.port != NULL, name, name_len, e);
    if (r == 0)
        r = assignments(x, &h, e);
    if (r == 0)
        r = host_pattern_expand(name, name_len, host_made, &h, e);
    for (size_t i = 0; i < h.n; i++)
        json_decref(h.items[i].value);
    free(h.items);
    json_decref(h.port);
    return r;
}

static int variable_line(struct ini *x, const char *line, size_t len, struct error *e)
{
    const char *equals = memchr(line, '=', len), *key = line, *text;
    const struct text *name;
    size_t key_len, text_len;
    json_t *value;
    int r;

    if (!equals)
        return error_set(e, -EINVAL, "Expected key=value, got: %.*s", (int)len, line);
    key_len = (size_t)(equals - line);
    text = equals + 1;
    text_len = len - key_len - 1;
    unicode_strip(&key, &key_len);
    unicode_strip(&text, &text_len);
    r = strings_intern(&x->inv->strings, key, key_len, &name, e);
    if (r == 0)
        r = value_of(x, text, text_len, &value, e);
    if (r < 0)
        return r;
    return model_set_variable(x->inv, x->inv->groups[x->group].name, name, value, x->file, x->line,
                              e);
}

static int child_line(struct ini *x, const char *line, size_t len, struct error *e)
{
    const struct text *name;
    size_t name_len;
    uint32_t child;
    int r;

    if (!section_child_name(line, len, &name_len))
        return error_set(e, -EINVAL, "Expected group name, got: %.*s", (int)len, line);
    r = strings_intern(&x->inv->strings, line, name_len, &name, e);
    if (r < 0)
        return r;
    child = model_group(x->inv, name);
    if (child != NO_INDEX)
        return group_add_child(x->inv, x->group, child, e);
    return pending_add_child(&x->pending, name, x->group, x->line, e);
}

/* Ansible keeps such a name, and says so. */
static int check_group_name(struct ini *x, const struct text *name, struct error *e)
{
    if (x->warned || section_is_variable_name(name->s, name->len))
        return 0;
    x->warned = true;
    return model_warn(x->inv, e,
                      "%s:%u: the group name \"%s\" can't be a variable's name; it is kept",
                      x->path, x->line, name->s);
}

static int open_section(struct ini *x, const struct section *s, struct error *e)
{
    const struct text *name;
    bool known;
    int r;

    if (s->kind == SECTION_UNKNOWN)
        return error_set(e, -EINVAL, "Section [%.*s:%.*s] has unknown type: %.*s", (int)s->name_len,
                         s->name, (int)s->tag_len, s->tag, (int)s->tag_len, s->tag);
    r = strings_intern(&x->inv->strings, s->name, s->name_len, &name, e);
    if (r < 0)
        return r;
    known = model_group(x->inv, name) != NO_INDEX;
    r = model_add_group(x->inv, name, x->file, x->line, &x->group, e);
    if (r < 0)
        return r;
    x->kind = s->kind;
    if (!known) {
        r = check_group_name(x, name, e);
        if (r == 0 && s->kind == SECTION_VARS)
            r = pending_add_vars(&x->pending, name, x->line, e);
        if (r < 0)
            return r;
    }
    if (s->kind == SECTION_VARS)
        return 0;
    return pending_resolve(&x->pending, x->inv, name, e);
}

static int line(struct ini *x, const char *s, size_t n, struct error *e)
{
    struct section section;

    unicode_strip(&s, &n);
    if (!n || *s == '#' || *s == ';')
        return 0;
    if (section_parse(s, n, &section))
        return open_section(x, &section, e);
    if (s[0] == '[' && s[n - 1] == ']')
        return error_set(e, -EINVAL,
                         "Invalid section entry: '%.*s'. Please make sure that there are no spaces "
                         "in the section entry, and that there are no other invalid characters",
                         (int)n, s);
    switch (x->kind) {
    case SECTION_VARS:
        return variable_line(x, s, n, e);
    case SECTION_CHILDREN:
        return child_line(x, s, n, e);
    default:
        return host_line(x, s, n, e);
    }
}

/* Ansible's words quote what they are about. A password with a blank in it, or without its closing
 * quote, must not reach a log by them. */
static bool names_secret(const char *s, size_t n)
{
    static const char *const words[] = {"pass", "secret", "token", "_key"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        for (size_t at = 0, len = strlen(words[i]); at + len <= n; at++)
            if (strncasecmp(s + at, words[i], len) == 0)
                return true;
    return false;
}

static void hide_secret(const char *s, size_t n, struct error *e)
{
    if (e && e->code != -ENOMEM && names_secret(s, n))
        (void)error_set(e, e->code,
                        "expected NAME=VALUE; the line names a secret and is not shown (a value "
                        "with blanks or '#' in it needs quotes around it)");
}

int ini_parse(struct inventory *inv, const char *path, const char *text, size_t len,
              struct error *e)
{
    struct ini x = {.inv = inv, .path = path, .group = GROUP_UNGROUPED, .kind = SECTION_HOSTS};
    struct lines lines;
    const char *s;
    size_t n;
    int r;

    r = model_add_file(inv, path, &x.file, e);
    if (r < 0)
        return r;
    if (len >= 14 && !memcmp(text, "$ANSIBLE_VAULT", 14))
        return error_set(e, -EINVAL,
                         "%s:1: A vault password must be specified to decrypt data: encrypted "
                         "files aren't supported",
                         path);
    x.remembered = calloc(REMEMBERED, sizeof(*x.remembered));
    if (!x.remembered)
        return error_oom(e);
    shlex_init(&x.words);
    lines_init(&lines, text, len);
    while (r == 0 && lines_next(&lines, &s, &n)) {
        x.line = lines.number;
        r = line(&x, s, n, e);
        if (r < 0) {
            hide_secret(s, n, e);
            r = refuse(&x, e);
        }
    }
    if (r == 0) {
        r = pending_check(&x.pending, inv, &x.line, e);
        if (r < 0) {
            if (e && strchr(e->message, '=')) /* no group's name, but a variable in its place */
                hide_secret(e->message, strlen(e->message), e);
            r = refuse(&x, e);
        }
    }
    for (size_t i = 0; i < REMEMBERED; i++) {
        free(x.remembered[i].text);
        json_decref(x.remembered[i].value);
    }
    free(x.remembered);
    shlex_done(&x.words);
    pending_done(&x.pending);
    return r;
}
