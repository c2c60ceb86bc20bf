/* SPDX-License-Identifier: Apache-2.0 */
#include "vars_file.h"

#include <fcntl.h>

#include "common/file.h"
#include "common/pyvalue.h"
#include "pyjson.h"

struct reading {
    const struct vars_file_options *options;
    json_t *lines;
    int failure;
};

static void note_line(struct reading *x, const char *key, size_t len, unsigned line)
{
    if (json_object_setn_new_nocheck(x->lines, key, len, json_integer(line)) < 0)
        x->failure = -ENOMEM;
}

static void json_key(const char *key, size_t len, unsigned line, void *userdata)
{
    note_line(userdata, key, len, line);
}

static void yaml_key(const char *path, unsigned depth, struct yaml_position where, void *userdata)
{
    if (depth == 1)
        note_line(userdata, path, strlen(path), where.line);
}

static void warn(const char *message, void *userdata)
{
    const struct reading *x = userdata;

    if (x->options->warn)
        x->options->warn(message, x->options->userdata);
}

static int parse(struct reading *x, const char *path, const char *text, size_t len, json_t **ret,
                 struct error *e)
{
    struct pyjson_options json_options = {x->options->mark_unsafe, json_key, x};
    struct yaml_options yaml_options = {.name = path,
                                        .max_bytes = VARS_FILE_MAX,
                                        .mark_unsafe = x->options->mark_unsafe,
                                        .key_seen = yaml_key,
                                        .warn = warn,
                                        .userdata = x};
    struct error json_error, yaml_error;
    int r;

    if (len >= 14 && !memcmp(text, "$ANSIBLE_VAULT", 14))
        return error_set(
            e, -EINVAL,
            "%s:1: encrypted by ansible-vault, which nobody can open here: move it out of "
            "the folder if it has only passwords for logging in, which nobody does",
            path);
    r = pyjson_parse(text, len, &json_options, ret, &json_error);
    if (r == 0)
        return 0;
    if (r == -ENOMEM)
        return error_oom(e);
    json_object_clear(x->lines);
    r = yaml_parse(text, len, &yaml_options, ret, &yaml_error);
    /* who writes JSON wants to hear of JSON */
    if (r == -EINVAL && len && text[strspn(text, " \t\r\n")] == '{')
        return error_set(e, r, "%s (and as JSON: %s)", yaml_error.message, json_error.message);
    return r < 0 ? error_set(e, r, "%s", yaml_error.message) : 0;
}

/* Python's `if not value` */
static bool is_empty(const json_t *v)
{
    return json_is_null(v) || json_is_false(v) ||
           (json_is_integer(v) && json_integer_value(v) == 0) ||
           (json_is_real(v) && json_real_value(v) == 0) ||
           (json_is_string(v) && !json_string_length(v)) ||
           (json_is_array(v) && !json_array_size(v));
}

int vars_file_read(const char *path, const struct vars_file_options *options, json_t **ret,
                   json_t **ret_lines, struct error *e)
{
    _cleanup_json_ json_t *lines = json_object(), *v = NULL;
    struct reading x = {options, lines, 0};
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r;

    if (!lines)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, VARS_FILE_MAX, &text, &len, e);
    if (r < 0)
        return r;
    r = parse(&x, path, text, len, &v, e);
    if (r < 0)
        return r;
    if (x.failure)
        return error_oom(e);
    if (is_empty(v)) {
        json_decref(v);
        v = json_object();
        if (!v)
            return error_oom(e);
    }
    if (pyvalue_opaque_reason(v))
        return error_set(e, -EINVAL, "%s:1: %s", path, pyvalue_opaque_reason(v));
    if (!json_is_object(v) || pyvalue_number_text(v))
        return error_set(e, -EINVAL, "%s:1: a file of variables is a mapping, this is none", path);
    *ret = TAKE_PTR(v);
    if (ret_lines)
        *ret_lines = TAKE_PTR(lines);
    return 0;
}

struct warned {
    struct inventory *inv;
    int failure;
};

static void keep_warning(const char *message, void *userdata)
{
    struct warned *w = userdata;
    int r = model_warn(w->inv, NULL, "%s", message);

    if (r < 0)
        w->failure = r;
}

int vars_file_load(struct inventory *inv, const char *path, bool mark_unsafe, struct vars *vars,
                   struct error *e)
{
    struct warned warned = {inv, 0};
    struct vars_file_options options = {mark_unsafe, keep_warning, &warned};
    _cleanup_json_ json_t *values = NULL, *lines = NULL;
    uint32_t file;
    void *at;
    int r;

    r = vars_file_read(path, &options, &values, &lines, e);
    if (r < 0)
        return r;
    if (warned.failure)
        return error_oom(e);
    r = model_add_file(inv, path, &file, e);
    if (r < 0)
        return r;
    for (at = json_object_iter(values); at; at = json_object_iter_next(values, at)) {
        const char *key = json_object_iter_key(at);
        size_t len = json_object_iter_key_len(at);
        const struct text *name;

        r = strings_intern(&inv->strings, key, len, &name, e);
        if (r < 0)
            return r;
        if (vars_set(vars, name, json_incref(json_object_iter_value(at)), file,
                     (uint32_t)json_integer_value(json_object_getn(lines, key, len))) < 0)
            return error_oom(e);
    }
    return 0;
}

int inventory_load_vars(const char *path, json_t **ret, struct error *e)
{
    struct vars_file_options options = {false, NULL, NULL};

    return vars_file_read(path, &options, ret, NULL, e);
}
