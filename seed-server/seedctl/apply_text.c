/* SPDX-License-Identifier: Apache-2.0 */
#include "apply_text.h"

#include "text.h"

#define VALUE_COLUMNS 300
#define NAMES_MAX 10 /* the rest is counted */

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

static bool is_named(const char *host, char *const *named, size_t n_named)
{
    for (size_t i = 0; i < n_named; i++)
        if (strcmp(named[i], host) == 0)
            return true;
    return n_named == 0;
}

/* Those of hosts that count; how many. names may be NULL. */
static size_t add_names(struct buf *names, const json_t *hosts, char *const *named, size_t n_named)
{
    const json_t *host;
    size_t i, n = 0;

    json_array_foreach(hosts, i, host)
    {
        const char *name = json_string_value(host);

        if (!name || !is_named(name, named, n_named))
            continue;
        if (names && n < NAMES_MAX) {
            buf_add_str(names, n ? ", " : "");
            (void)text_add(names, name, 253);
        }
        n++;
    }
    if (names && n > NAMES_MAX)
        buf_addf(names, " and %zu more (%zu hosts)", n - NAMES_MAX, n);
    return n;
}

/* ---- differences ----------------------------------------------------------------------------- */

static void add_side(struct buf *out, int indent, char sign, const char *path, const json_t *value)
{
    char *text;

    if (!value)
        return;
    text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    buf_addf(out, "%*s%c ", indent, "", sign);
    (void)text_add(out, path, VALUE_COLUMNS);
    buf_add_str(out, ": ");
    (void)text_add(out, text ? text : "?", VALUE_COLUMNS);
    buf_add_char(out, '\n');
    free(text);
}

static void add_changes(struct buf *out, int indent, const json_t *changes)
{
    const json_t *change;
    size_t i;

    json_array_foreach(changes, i, change)
    {
        const json_t *old = json_object_get(change, "old"), *new = json_object_get(change, "new");
        const char *path = text_of(change, "path"), *note = text_of(change, "note");

        add_side(out, indent, '-', path, old);
        add_side(out, indent, '+', path, new);
        if (!old && !new)
            buf_addf(out, "%*s  %s: in another order, or with other time limits\n", indent, "",
                     path);
        if (*note)
            buf_addf(out, "%*s  (%s)\n", indent, "", note);
    }
}

static const struct {
    const char *what, *words;
} deeds[] = {
    {"add",    "is made"                                                                },
    {"change", "is changed"                                                             },
    {"remake", "is deleted and made anew, claims and volumes keep what they have"       },
    {"remove", "is deleted"                                                             },
    {"keep",   "is not in the configuration any more, and stays: delete it with kubectl"},
};

static const char *deed(const char *what)
{
    for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
        if (strcmp(deeds[i].what, what) == 0)
            return deeds[i].words;
    return "differs";
}

static void add_cluster(struct buf *out, const json_t *cluster)
{
    const json_t *object;
    size_t i;

    if (json_array_size(cluster))
        buf_add_str(out, "the cluster:\n");
    json_array_foreach(cluster, i, object)
    {
        buf_add_str(out, "  ");
        (void)text_add(out, text_of(object, "object"), VALUE_COLUMNS);
        buf_addf(out, " %s\n", deed(text_of(object, "what")));
        add_changes(out, 4, json_object_get(object, "changes"));
    }
}

/* "node1: hosts.ini:3: ip: …" */
static void add_refused(struct buf *out, const char *names, const json_t *refused)
{
    const json_t *item, *where;
    size_t i, k;

    json_array_foreach(refused, i, item)
    {
        const json_t *variables = json_object_get(item, "variables"),
                     *places = json_object_get(item, "where");

        buf_addf(out, "refused: %s: ", names);
        json_array_foreach(places, k, where)
        {
            (void)text_add(out, text_of(where, "file"), VALUE_COLUMNS);
            buf_addf(out, ":%d: ", (int)json_integer_value(json_object_get(where, "line")));
        }
        json_array_foreach(variables, k, where)
        {
            buf_addf(out, "%s%s", k ? " or " : "", json_string_value(where));
        }
        buf_addf(out, "%s%s\n", json_array_size(variables) ? ": " : "", text_of(item, "why"));
    }
}

/* Labels and taints are the first master's to change, once the host has carried the rest out. */
static bool has_marks(const json_t *host)
{
    static const char *const paths[] = {"/node/labels", "/node/taints"};
    const json_t *change;
    size_t i, k;

    json_array_foreach(host, i, change)
    {
        for (k = 0; k < ARRAY_SIZE(paths); k++)
            if (strncmp(text_of(change, "path"), paths[k], strlen(paths[k])) == 0)
                return true;
    }
    return false;
}

static void add_group(struct buf *out, const char *names, const json_t *group)
{
    const json_t *host = json_object_get(group, "host"),
                 *cluster = json_object_get(group, "cluster");

    buf_addf(out, "%s:\n", names);
    add_changes(out, 2, host);
    if (!json_array_size(host))
        buf_add_str(out, json_array_size(cluster)
                             ? "  nothing on the machine itself\n"
                             : "  nothing but the number of the plan, or the order of things\n");
    add_cluster(out, cluster);
    add_refused(out, names, json_object_get(group, "refused"));
}

int apply_print(const json_t *answer, char *const *named, size_t n_named, struct buf *out,
                struct apply_figures *ret, struct error *e)
{
    _cleanup_buf_ struct buf names = BUF_INIT(65536);
    struct apply_figures figures = {0};
    json_t *groups, *blind, *doing;
    const json_t *group;
    size_t i, n;
    int r;

    if ((r = json_get_array(answer, "groups", &groups, e)) < 0 ||
        (r = json_get_array(answer, "blind", &blind, e)) < 0 ||
        (r = json_get_array(answer, "carrying_out", &doing, e)) < 0)
        return error_wrap(e, "/admin/apply");
    json_array_foreach(groups, i, group)
    {
        buf_clear(&names);
        n = add_names(&names, json_object_get(group, "hosts"), named, n_named);
        if (!n)
            continue;
        figures.changed += n;
        figures.refused += json_array_size(json_object_get(group, "refused")) ? n : 0;
        figures.marks += has_marks(json_object_get(group, "host")) ? n : 0;
        add_group(out, names.data, group);
    }
    buf_clear(&names);
    figures.blind = add_names(&names, blind, named, n_named);
    if (figures.blind)
        buf_addf(out,
                 "%s: what was carried out there is not known here, so what differs cannot be "
                 "shown, nor what cannot be changed be found; a host that is named takes the plan "
                 "all the same (seedctl apply HOST)\n",
                 names.data);
    buf_clear(&names);
    if (add_names(&names, doing, named, n_named))
        buf_addf(out, "%s: at it, with what was applied before\n", names.data);
    *ret = figures;
    return buf_check(out) < 0 || buf_check(&names) < 0 ? error_oom(e) : 0;
}
