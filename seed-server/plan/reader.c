/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <stdarg.h>

#include "strange_names.h"

_printf_(4, 0) static void report(struct reader *r, bool fatal, struct inventory_origin where,
                                  const char *format, va_list ap)
{
    _cleanup_free_ char *words = NULL;

    if (vasprintf(&words, format, ap) < 0) {
        words = NULL; /* it is undefined now */
        r->failed = true;
    } else if (problems_add(r->problems, fatal, where, "%s", words) < 0) {
        r->failed = true;
    }
}

void reader_refuse(struct reader *r, struct inventory_origin where, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    report(r, true, where, format, ap);
    va_end(ap);
}

void reader_warn(struct reader *r, struct inventory_origin where, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    report(r, false, where, format, ap);
    va_end(ap);
}

struct inventory_origin reader_origin(const struct reader *r)
{
    return (struct inventory_origin){inventory_file(r->inv, 0), 0};
}

enum value_source reader_source(const struct reader *r, struct inventory_origin where)
{
    return where.file && strcmp(where.file, inventory_file(r->inv, 0)) == 0 ? VALUE_INI
                                                                            : VALUE_YAML;
}

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value));
}

/* value, or NULL when there is none to work with. */
static const json_t *usable(const struct reader *r, enum variable_id id, const json_t *value,
                            struct inventory_origin where)
{
    if (is_empty(value))
        return NULL;
    if (!r->all_valid && (value_placeholder(value) ||
                          variable_check(variable(id), value, reader_source(r, where), NULL) < 0))
        return NULL;
    return value;
}

/* id is an old name of the variable before it. */
static bool is_old(unsigned id)
{
    return id < VAR_COUNT && variable(id)->flags & VARIABLE_OLD;
}

const json_t *reader_cluster(struct reader *r, enum variable_id id,
                             struct inventory_origin *ret_origin)
{
    unsigned i = id;

    do {
        struct inventory_origin where = {NULL, 0};
        const json_t *value = inventory_cluster_var(r->inv, variable(i)->name, &where);

        value = usable(r, i, value, where);
        if (value) {
            if (ret_origin)
                *ret_origin = where;
            return value;
        }
    } while (is_old(++i));
    return NULL;
}

const json_t *reader_host(struct reader *r, size_t host, enum variable_id id,
                          struct inventory_origin *ret_origin)
{
    unsigned i = id;

    do {
        struct inventory_origin where = {NULL, 0};
        const json_t *value;

        if (!r->set[i])
            continue;
        value = inventory_host_var(r->inv, host, variable(i)->name, &where);
        value = usable(r, i, value, where);
        if (value) {
            if (ret_origin)
                *ret_origin = where;
            return value;
        }
    } while (is_old(++i));
    return NULL;
}

const char *reader_text(struct reader *r, enum variable_id id)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *text = value_text(reader_cluster(r, id, NULL), scratch);

    return arena_copy(&r->plan->arena, text ? text : variable(id)->otherwise);
}

bool reader_bool(struct reader *r, enum variable_id id)
{
    const char *otherwise = variable(id)->otherwise;

    return value_bool(reader_cluster(r, id, NULL), otherwise && strcmp(otherwise, "true") == 0);
}

uint64_t reader_number(struct reader *r, enum variable_id id)
{
    const char *otherwise = variable(id)->otherwise;

    return value_number(reader_cluster(r, id, NULL), otherwise ? strtoull(otherwise, NULL, 10) : 0);
}

uint64_t reader_duration(struct reader *r, enum variable_id id)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *text = value_text(reader_cluster(r, id, NULL), scratch);
    uint64_t ms;

    if (parse_duration(text ? text : variable(id)->otherwise, &ms, NULL) < 0)
        return 0;
    return (uint64_t)((double)ms * r->plan->cluster.factor);
}

struct inventory_origin reader_where(struct reader *r, enum variable_id id)
{
    struct inventory_origin where;

    return reader_cluster(r, id, &where) ? where : reader_origin(r);
}

/* ---- every definition ------------------------------------------------------------------------ */

struct pass {
    struct reader *r;
    struct index names;      /* of the table */
    bool feature[VAR_COUNT]; /* that switch is on */
    struct strange_names strange;
};

static void see(const char *name, const json_t *value, struct inventory_origin where,
                void *userdata)
{
    struct pass *pass = userdata;
    struct reader *r = pass->r;
    size_t id = index_find(&pass->names, name);
    enum value_source source = reader_source(r, where);
    struct error e = ERROR_INIT;
    const struct variable *v;
    const char *word;
    bool matters;

    if (id == SIZE_MAX) {
        strange_names_see(&pass->strange, r, name, value, where);
        return;
    }
    if (is_empty(value))
        return;
    v = variable((enum variable_id)id);
    r->set[id] = true;
    r->where[id] = where;
    matters = v->feature < 0 || pass->feature[v->feature];
    word = value_placeholder(value);
    if (word) {
        r->all_valid = false;
        (matters ? reader_refuse : reader_warn)(
            r, where,
            matters ? "%s still has the sample's %s: write the real value"
                    : "%s still has the sample's %s, ignoring: it is not switched on",
            v->name, word);
    } else if (variable_check(v, value, source, &e) < 0) {
        r->all_valid = false;
        (matters ? reader_refuse : reader_warn)(r, where, "%s", e.message);
    } else if (v->type == TYPE_KEY && value_misread(value, source)) {
        reader_warn(r, where, "%s is read as %s: write it in quotes, %s: \"…\"", v->name,
                    value_misread(value, source), v->name);
    }
}

/* Two names of one thing with two values. */
static void check_old_names(struct reader *r)
{
    unsigned id, first = 0;

    for (id = VAR_HOST_LAST + 1; id < VAR_COUNT; id++) {
        const json_t *old, *new;

        if (!is_old(id)) {
            first = id;
            continue;
        }
        old = inventory_cluster_var(r->inv, variable(id)->name, NULL);
        new = inventory_cluster_var(r->inv, variable(first)->name, NULL);
        if (!is_empty(old) && !is_empty(new) && !json_equal(old, new))
            reader_refuse(r, r->where[id],
                          "%s and %s are two names of one thing and differ: drop this one",
                          variable(id)->name, variable(first)->name);
    }
}

int reader_check_variables(struct reader *r, struct error *e)
{
    struct pass pass = {.r = r};
    size_t there;
    unsigned id;
    int ret = 0;

    for (id = 0; id < VAR_COUNT && ret == 0; id++) {
        ret = index_put(&pass.names, variable(id)->name, id, &there, e);
        if (variable(id)->feature >= 0)
            pass.feature[variable(id)->feature] =
                reader_bool(r, (enum variable_id)variable(id)->feature);
    }
    if (ret == 0) {
        r->all_valid = true;
        inventory_each_var(r->inv, see, &pass);
        strange_names_tell(&pass.strange, r);
        check_old_names(r);
        if (r->failed)
            ret = error_oom(e);
    }
    index_done(&pass.names);
    strange_names_done(&pass.strange);
    return ret;
}
