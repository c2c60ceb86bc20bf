/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#include "common/protocol.h"

enum kind { TEXT, NUMBER, BOOLEAN };

struct member {
    const char *name;
    enum kind kind;
};

static const struct member nic[] = {
    {"name",   TEXT   },
    {"mac",    TEXT   },
    {"driver", TEXT   },
    {"link",   BOOLEAN},
    {"speed",  NUMBER },
};
static const struct member disk[] = {
    {"name",    TEXT  },
    {"size",    NUMBER},
    {"serial",  TEXT  },
    {"wwn",     TEXT  },
    {"path",    TEXT  },
    {"content", TEXT  },
};
static const struct member dmi[] = {
    {"vendor",  TEXT},
    {"product", TEXT},
    {"serial",  TEXT},
    {"uuid",    TEXT},
};
static const struct member machine[] = {
    {"memory_mb", NUMBER},
    {"cpus",      NUMBER},
};

/* Parts of the facts: lists of objects, one object, or members of the facts themselves. */
static const struct {
    const char *name; /* NULL: the facts themselves */
    const struct member *members;
    size_t n;
    bool is_list;
} parts[] = {
    {"nics",  nic,     ARRAY_SIZE(nic),     true },
    {"disks", disk,    ARRAY_SIZE(disk),    true },
    {"dmi",   dmi,     ARRAY_SIZE(dmi),     false},
    {NULL,    machine, ARRAY_SIZE(machine), false},
};

static json_t *plain_text(const char *from)
{
    char text[FACTS_TEXT_MAX + 1];
    size_t i;

    for (i = 0; i < FACTS_TEXT_MAX && from[i]; i++)
        text[i] = (unsigned char)from[i] < 0x20 || (unsigned char)from[i] >= 0x7f ? '?' : from[i];
    text[i] = '\0';
    return json_string(text);
}

static json_t *clean_value(const json_t *value, enum kind kind)
{
    switch (kind) {
    case TEXT:
        return json_is_string(value) ? plain_text(json_string_value(value)) : json_null();
    case NUMBER:
        return json_is_integer(value) && json_integer_value(value) >= 0
                   ? json_integer(json_integer_value(value))
                   : json_null();
    case BOOLEAN:
        break;
    }
    return json_is_boolean(value) ? json_boolean(json_is_true(value)) : json_null();
}

/* 0 or -ENOMEM. What is missing stays away. */
static int copy_members(const json_t *from, const struct member *members, size_t n, json_t *to)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(from, members[i].name);

        if (value &&
            json_object_set_new(to, members[i].name, clean_value(value, members[i].kind)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static json_t *clean_object(const json_t *from, const struct member *members, size_t n)
{
    json_t *to = json_object();

    if (to && copy_members(from, members, n, to) < 0) {
        json_decref(to);
        return NULL;
    }
    return to;
}

static json_t *clean_list(const json_t *from, const struct member *members, size_t n)
{
    json_t *list = json_array();
    size_t count = json_array_size(from);

    for (size_t i = 0; list && i < count && i < FACTS_ITEMS_MAX; i++)
        if (json_array_append_new(list, clean_object(json_array_get(from, i), members, n)) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *clean(const json_t *facts)
{
    json_t *to = json_object();

    for (size_t i = 0; to && i < ARRAY_SIZE(parts); i++) {
        const json_t *from = parts[i].name ? json_object_get(facts, parts[i].name) : facts;
        int r;

        if (!from)
            continue;
        if (!parts[i].name)
            r = copy_members(from, parts[i].members, parts[i].n, to);
        else
            r = json_object_set_new(to, parts[i].name,
                                    parts[i].is_list
                                        ? clean_list(from, parts[i].members, parts[i].n)
                                        : clean_object(from, parts[i].members, parts[i].n));
        if (r < 0) {
            json_decref(to);
            return NULL;
        }
    }
    return to;
}

int facts_read(const json_t *body, char **ret, struct error *e)
{
    const json_t *facts = json_object_get(body, "facts");
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_FACTS_MAX);
    _cleanup_json_ json_t *kept = NULL;
    int r;

    *ret = NULL;
    if (!facts || json_is_null(facts))
        return 0;
    if (!json_is_object(facts))
        return error_set(e, -EINVAL, "\"facts\" is not an object");
    kept = clean(facts);
    if (!kept)
        return error_oom(e);
    r = json_print(kept, &text, e);
    if (r == -E2BIG)
        return error_set(e, -EINVAL, "\"facts\" has more than %d bytes", PROTOCOL_FACTS_MAX);
    if (r < 0)
        return r;
    *ret = buf_take(&text, NULL);
    return *ret ? 0 : error_oom(e);
}
