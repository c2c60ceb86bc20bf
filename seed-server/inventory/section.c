/* SPDX-License-Identifier: Apache-2.0 */
#include "section.h"

#include "unicode.h"

/* Length of [^:\]\s]+ at s. */
static size_t name_length(const char *s, size_t n)
{
    size_t i, len;
    uint32_t c;

    for (i = 0; i < n; i += len) {
        len = unicode_decode(s + i, n - i, &c);
        if (c == ':' || c == ']' || unicode_is_space(c))
            break;
    }
    return i;
}

/* \s*(?:\#.*)?$ */
static bool is_rest(const char *s, size_t n)
{
    size_t i, len;
    uint32_t c;

    for (i = 0; i < n; i += len) {
        len = unicode_decode(s + i, n - i, &c);
        if (!unicode_is_space(c))
            return c == '#';
    }
    return true;
}

bool section_parse(const char *line, size_t len, struct section *ret)
{
    static const struct {
        const char *tag;
        enum section_kind kind;
    } kinds[] = {
        {"hosts",    SECTION_HOSTS   },
        {"children", SECTION_CHILDREN},
        {"vars",     SECTION_VARS    }
    };
    const char *end = line + len, *p;
    uint32_t c;
    size_t n;

    *ret = (struct section){.kind = SECTION_HOSTS};
    if (!len || *line != '[')
        return false;
    ret->name = line + 1;
    ret->name_len = name_length(line + 1, len - 1);
    p = ret->name + ret->name_len;
    if (!ret->name_len || p == end)
        return false;
    if (*p == ':') {
        ret->tag = ++p;
        while ((n = unicode_decode(p, (size_t)(end - p), &c)) && unicode_is_word(c))
            p += n;
        ret->tag_len = (size_t)(p - ret->tag);
        if (!ret->tag_len || p == end)
            return false;
        ret->kind = SECTION_UNKNOWN;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
            if (ret->tag_len == strlen(kinds[i].tag) &&
                !memcmp(ret->tag, kinds[i].tag, ret->tag_len))
                ret->kind = kinds[i].kind;
    }
    return *p == ']' && is_rest(p + 1, (size_t)(end - p - 1));
}

bool section_child_name(const char *line, size_t len, size_t *ret_len)
{
    size_t n = name_length(line, len);

    if (!n)
        return false;
    /* As the expression backtracks: the whole word is the name, '#' and all ("a#b"), unless what
     * follows doesn't fit ("a#b c"); then the word's last '#' starts a comment. */
    if (!is_rest(line + n, len - n))
        do
            n--;
        while (n && line[n] != '#');
    *ret_len = n;
    return n > 0;
}

bool section_is_variable_name(const char *name, size_t len)
{
    size_t n;
    uint32_t c;

    for (size_t i = 0; i < len; i += n) {
        n = unicode_decode(name + i, len - i, &c);
        if (!unicode_is_word(c) || (i == 0 && unicode_digit(c) >= 0))
            return false;
    }
    return true;
}

void pending_done(struct pending_groups *p)
{
    for (uint32_t i = 0; i < p->n; i++)
        index_list_done(&p->items[i].parents);
    free(p->items);
    free(p->by_name);
    *p = (struct pending_groups){0};
}

/* What waits under that name, or NULL. */
static struct pending_group *find(const struct pending_groups *p, const struct text *name)
{
    uint32_t at = name->number < p->by_name_allocated ? p->by_name[name->number] : 0;

    return at && !p->items[at - 1].done ? &p->items[at - 1] : NULL;
}

static int add(struct pending_groups *p, const struct text *name, unsigned line, bool vars,
               struct pending_group **ret, struct error *e)
{
    struct pending_group *items = model_room(p->items, p->n, &p->allocated, sizeof(*items));
    uint32_t want = p->by_name_allocated ? p->by_name_allocated : 64, *by_name;

    if (!items)
        return error_oom(e);
    p->items = items;
    if (name->number >= p->by_name_allocated) {
        while (want <= name->number)
            want *= 2;
        by_name = reallocarray(p->by_name, want, sizeof(*by_name));
        if (!by_name)
            return error_oom(e);
        memset(by_name + p->by_name_allocated, 0, (want - p->by_name_allocated) * sizeof(*by_name));
        p->by_name = by_name;
        p->by_name_allocated = want;
    }
    *ret = &items[p->n++];
    **ret = (struct pending_group){.name = name, .line = line, .vars = vars};
    p->by_name[name->number] = p->n;
    return 0;
}

int pending_add_vars(struct pending_groups *p, const struct text *name, unsigned line,
                     struct error *e)
{
    struct pending_group *ignored;

    return find(p, name) ? 0 : add(p, name, line, true, &ignored, e);
}

int pending_add_child(struct pending_groups *p, const struct text *name, uint32_t parent,
                      unsigned line, struct error *e)
{
    struct pending_group *g = find(p, name);
    int r;

    if (!g) {
        r = add(p, name, line, false, &g, e);
        if (r < 0)
            return r;
    }
    return index_list_add(&g->parents, parent) < 0 ? error_oom(e) : 0;
}

int pending_resolve(struct pending_groups *p, struct inventory *inv, const struct text *name,
                    struct error *e)
{
    struct pending_group *g = find(p, name);
    uint32_t group = model_group(inv, name);
    int r;

    if (!g)
        return 0;
    if (!g->vars) {
        for (uint32_t i = 0; i < g->parents.n; i++) {
            uint32_t parent = g->parents.items[i];
            const struct pending_group *waiting;

            r = group_add_child(inv, parent, group, e);
            if (r < 0)
                return r;
            /* a parent that only has variables so far may be waited for itself */
            waiting = find(p, inv->groups[parent].name);
            if (waiting && !waiting->vars) {
                r = pending_resolve(p, inv, inv->groups[parent].name, e);
                if (r < 0)
                    return r;
            }
        }
    }
    g->done = true;
    return 0;
}

int pending_check(const struct pending_groups *p, const struct inventory *inv, unsigned *ret_line,
                  struct error *e)
{
    for (uint32_t i = 0; i < p->n; i++) {
        const struct pending_group *g = &p->items[i];

        if (g->done)
            continue;
        *ret_line = g->line;
        if (g->vars)
            return error_set(e, -EINVAL, "Section [%s:vars] not valid for undefined group: %s",
                             g->name->s, g->name->s);
        return error_set(e, -EINVAL, "Section [%s:children] includes undefined group: %s",
                         inv->groups[g->parents.items[g->parents.n - 1]].name->s, g->name->s);
    }
    return 0;
}
