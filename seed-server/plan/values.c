/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>

#include "common/parse.h"
#include "common/pyvalue.h"
#include "variables.h"

const char *value_text(const json_t *value, char scratch[VALUE_TEXT_SIZE])
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return json_string_value(value);
    case JSON_INTEGER:
        (void)snprintf(scratch, VALUE_TEXT_SIZE, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
        return scratch;
    case JSON_REAL:
        (void)snprintf(scratch, VALUE_TEXT_SIZE, "%g", json_real_value(value));
        return scratch;
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return NULL;
}

/* YAML 1.1 reads 010 as 8, 0x10 as 16 and 1:30 as 90. Python, in hosts.ini, leaves 010 a text, so
 * that whole numbers are taken there: nobody writes a serial number of digits with 0x or with _. */
const char *value_misread(const json_t *value, enum value_source source)
{
    if (json_is_integer(value) && source == VALUE_YAML)
        return "a number, which loses its zeros";
    if (json_is_real(value) || pyvalue_number_text(value))
        return "a number, which changes it";
    return json_is_boolean(value) ? "true or false" : NULL;
}

bool value_bool(const json_t *value, bool otherwise)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *text = value_text(value, scratch);

    if (!text)
        return otherwise;
    return strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
           strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0;
}

uint64_t value_number(const json_t *value, uint64_t otherwise)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *text = value_text(value, scratch);
    uint64_t n;

    if (!text || parse_uint(text, UINT64_MAX, &n, NULL) < 0)
        return otherwise;
    return n;
}

/* Items of "a, b,c" without the blanks around them; empty ones are left out. */
static json_t *split(const char *text)
{
    json_t *list = json_array();

    while (list && *text) {
        size_t len = strcspn(text, ","), n = len;
        const char *item = text;

        while (n && isspace((unsigned char)*item)) {
            item++;
            n--;
        }
        while (n && isspace((unsigned char)item[n - 1]))
            n--;
        if (n && json_array_append_new(list, json_stringn(item, n)) < 0) {
            json_decref(list);
            return NULL;
        }
        text += len;
        text += *text == ',';
    }
    return list;
}

json_t *value_list(const json_t *value)
{
    char scratch[VALUE_TEXT_SIZE];
    const char *text = value_text(value, scratch);
    const json_t *item;
    json_t *list;
    size_t i;

    if (text)
        return split(text);
    list = json_array();
    json_array_foreach(value, i, item)
    {
        text = value_text(item, scratch);
        if (!text || json_array_append_new(list, json_string(text)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

const char *value_placeholder(const json_t *value)
{
    /* KubeSphere's samples of vars.yml through the versions. */
    static const char *const words[] = {"SHOULD_BE_REPLACED", "TYPE_ADMIN_ACCOUNT_HERE",
                                        "TYPE_ADMIN_SECRET_HERE", "TYPE_USER_SECRET_HERE",
                                        "TYPE_ADMIN_KEY_HERE"};
    const json_t *item;
    const char *found, *key;
    size_t i;

    if (json_is_string(value)) {
        for (i = 0; i < ARRAY_SIZE(words); i++)
            if (strstr(json_string_value(value), words[i]))
                return words[i];
    }
    json_array_foreach(value, i, item)
    {
        found = value_placeholder(item);
        if (found)
            return found;
    }
    json_object_foreach((json_t *)value, key, item)
    {
        found = value_placeholder(item);
        if (found)
            return found;
    }
    return NULL;
}
