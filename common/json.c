/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

/* jansson's own limit on depth is fixed when it is compiled, so nesting is measured before it sees
 * the text: brackets outside of strings. What is not JSON at all is left to jansson to refuse. */
static bool is_too_deep(const char *text, size_t len)
{
    unsigned depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_DEPTH_MAX)
                return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

int json_parse(const char *text, size_t len, size_t max, json_t **ret, struct error *e)
{
    json_error_t je;
    json_t *value;

    if (len > max)
        return error_set(e, -E2BIG, "JSON of %zu bytes, at most %zu are accepted", len, max);
    if (is_too_deep(text, len))
        return error_set(e, -EINVAL, "JSON nested deeper than %d levels", JSON_DEPTH_MAX);
    value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &je);
    if (!value) {
        /* jansson quotes the text near the mistake, which may be a secret. */
        char *near = strstr(je.text, " near ");

        if (json_error_code(&je) == json_error_out_of_memory)
            return error_oom(e);
        if (near)
            *near = '\0';
        return error_set(e, -EINVAL, "not JSON: line %d column %d: %s", je.line, je.column,
                         je.text);
    }
    *ret = value;
    return 0;
}

static int add_to_buf(const char *data, size_t len, void *out)
{
    buf_add(out, data, len);
    return buf_check(out);
}

static int print_with(const json_t *value, size_t flags, struct buf *out, struct error *e)
{
    int r = json_dump_callback(value, add_to_buf, out, flags | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    if (buf_check(out) < 0)
        return error_set_errno(e, buf_check(out), "printing JSON");
    if (r < 0)
        return error_set(e, -EINVAL, "a value that JSON cannot hold");
    return 0;
}

int json_print(const json_t *value, struct buf *out, struct error *e)
{
    return print_with(value, JSON_COMPACT, out, e);
}

int json_print_pretty(const json_t *value, struct buf *out, struct error *e)
{
    int r = print_with(value, JSON_INDENT(4), out, e);

    if (r < 0)
        return r;
    buf_add_char(out, '\n');
    return buf_check(out) < 0 ? error_set_errno(e, buf_check(out), "printing JSON") : 0;
}

/* The member, NULL when it is missing or null and may be; e says why where it may not. */
static int member(const json_t *object, const char *key, bool optional, json_t **ret,
                  struct error *e)
{
    json_t *value;

    if (!json_is_object(object))
        return error_set(e, -EINVAL, "expected an object with \"%s\"", key);
    value = json_object_get(object, key);
    if (value && optional && json_is_null(value))
        value = NULL;
    if (!value && !optional)
        return error_set(e, -EINVAL, "\"%s\" is missing", key);
    *ret = value;
    return 0;
}

static int wrong_type(const char *key, const char *expected, struct error *e)
{
    return error_set(e, -EINVAL, "\"%s\" must be %s", key, expected);
}

static int get_string(const json_t *object, const char *key, bool optional, const char *otherwise,
                      const char **ret, struct error *e)
{
    json_t *value = NULL;
    int r = member(object, key, optional, &value, e);

    if (r < 0)
        return r;
    if (value && !json_is_string(value))
        return wrong_type(key, "a text", e);
    *ret = value ? json_string_value(value) : otherwise;
    return 0;
}

int json_get_string(const json_t *object, const char *key, const char **ret, struct error *e)
{
    return get_string(object, key, false, NULL, ret, e);
}

int json_get_string_or(const json_t *object, const char *key, const char *otherwise,
                       const char **ret, struct error *e)
{
    return get_string(object, key, true, otherwise, ret, e);
}

static int get_int(const json_t *object, const char *key, bool optional, int64_t otherwise,
                   int64_t *ret, struct error *e)
{
    json_t *value = NULL;
    int r = member(object, key, optional, &value, e);

    if (r < 0)
        return r;
    if (value && !json_is_integer(value))
        return wrong_type(key, "a whole number", e);
    *ret = value ? (int64_t)json_integer_value(value) : otherwise;
    return 0;
}

int json_get_int(const json_t *object, const char *key, int64_t *ret, struct error *e)
{
    return get_int(object, key, false, 0, ret, e);
}

int json_get_int_or(const json_t *object, const char *key, int64_t otherwise, int64_t *ret,
                    struct error *e)
{
    return get_int(object, key, true, otherwise, ret, e);
}

int json_get_bool_or(const json_t *object, const char *key, bool otherwise, bool *ret,
                     struct error *e)
{
    json_t *value = NULL;
    int r = member(object, key, true, &value, e);

    if (r < 0)
        return r;
    if (value && !json_is_boolean(value))
        return wrong_type(key, "true or false", e);
    *ret = value ? json_is_true(value) : otherwise;
    return 0;
}

int json_get_array(const json_t *object, const char *key, json_t **ret, struct error *e)
{
    json_t *value = NULL;
    int r = member(object, key, false, &value, e);

    if (r < 0)
        return r;
    if (!json_is_array(value))
        return wrong_type(key, "a list", e);
    *ret = value;
    return 0;
}

int json_get_object(const json_t *object, const char *key, json_t **ret, struct error *e)
{
    json_t *value = NULL;
    int r = member(object, key, false, &value, e);

    if (r < 0)
        return r;
    if (!json_is_object(value))
        return wrong_type(key, "an object", e);
    *ret = value;
    return 0;
}

bool json_has_text(const json_t *array, const char *text)
{
    const json_t *item;
    size_t i;

    json_array_foreach(array, i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}
