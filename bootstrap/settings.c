/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/file.h"
#include "common/parse.h"
#include "common/yaml.h"

static int check_url(const char *value, const char *scheme, char **ret, struct error *e)
{
    size_t len = strlen(value), n = strlen(scheme);
    const char *rest = value + n;

    while (len && value[len - 1] == '/')
        len--;
    if (strncmp(value, scheme, n) != 0 || len <= n || strcspn(rest, "/?#@ ") < len - n)
        return error_set(e, -EINVAL, "\"%s\" is not of the form %sADDRESS:PORT", value, scheme);
    *ret = strndup(value, len);
    return *ret ? 0 : error_oom(e);
}

static int set_server(struct settings *s, const char *value, struct error *e)
{
    return check_url(value, "https://", &s->server, e);
}

static int set_plain(struct settings *s, const char *value, struct error *e)
{
    return check_url(value, "http://", &s->plain, e);
}

static int set_pin(struct settings *s, const char *value, struct error *e)
{
    if (parse_hex(value, s->pin, sizeof(s->pin), NULL) < 0)
        return error_set(e, -EINVAL,
                         "expected 64 hex digits, as \"seedctl ca\" on the taskbox prints them");
    return 0;
}

static int set_host(struct settings *s, const char *value, struct error *e)
{
    if (!is_dns_name(value))
        return error_set(e, -EINVAL, "\"%s\" is not a host name of the inventory", value);
    s->host = strdup(value);
    return s->host ? 0 : error_oom(e);
}

static int set_token(struct settings *s, const char *value, struct error *e)
{
    if (!value[strspn(value, " ")])
        return 0; /* spent: settings_scrub_token */
    if (strlen(value) < 16 || strlen(value) > 512)
        return error_set(e, -EINVAL, "not a token: those have 16 to 512 characters");
    s->token = strdup(value);
    return s->token ? 0 : error_oom(e);
}

static const struct member {
    const char *name;
    bool required;
    int (*set)(struct settings *s, const char *value, struct error *e);
} members[] = {
    {"server", true,  set_server},
    {"plain",  true,  set_plain },
    {"pin",    true,  set_pin   },
    {"host",   false, set_host  },
    {"token",  false, set_token },
};

/* A host name such as "1e3" or a pin of digits alone is a number in YAML, and the text is lost by
 * then: ask for quotes. */
static int set_member(struct settings *s, const struct member *m, json_t *value, struct error *e)
{
    int r;

    if (!json_is_string(value))
        return error_set(e, -EINVAL, "%s: expected a text (write it in quotes)", m->name);
    r = m->set(s, json_string_value(value), e);
    return r < 0 ? error_wrap(e, "%s", m->name) : 0;
}

static int set_members(struct settings *s, json_t *document, struct error *e)
{
    const char *names[ARRAY_SIZE(members)];
    const char *key, *near;
    json_t *value;
    int r;

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        names[i] = members[i].name;
        value = json_object_get(document, members[i].name);
        if (json_is_null(value)) /* "host:" with nothing after it */
            value = NULL;
        if (!value && members[i].required)
            return error_set(e, -EINVAL, "%s is missing", members[i].name);
        if (!value)
            continue;
        r = set_member(s, &members[i], value, e);
        if (r < 0)
            return r;
    }
    json_object_foreach(document, key, value)
    {
        bool known = false;

        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
            known = known || strcmp(key, members[i].name) == 0;
        if (known)
            continue;
        near = nearest_name(key, names, ARRAY_SIZE(names));
        return error_set(e, -EINVAL, "%s is unknown%s%s%s", key, near ? " (did you mean " : "",
                         near ? near : "", near ? "?)" : "");
    }
    return 0;
}

static int set_paths(struct settings *s, const char *root, const char *state, struct error *e)
{
    static const struct {
        size_t offset;
        const char *name;
    } files[] = {
        {offsetof(struct settings, key),         "key.pem"     },
        {offsetof(struct settings, certificate), "cert.pem"    },
        {offsetof(struct settings, ca),          "ca.pem"      },
        {offsetof(struct settings, config),      "config.json" },
        {offsetof(struct settings, journal),     "journal.json"},
        {offsetof(struct settings, logs),        "logs"        },
    };

    s->root = strdup(root);
    if (!s->root)
        return error_oom(e);
    s->state = path_join(root, state);
    if (!s->state)
        return error_oom(e);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char *path = path_join(s->state, files[i].name);

        if (!path)
            return error_oom(e);
        *(char **)((char *)s + files[i].offset) = path;
    }
    return 0;
}

int settings_read(const char *path, const char *root, struct settings **ret, struct error *e)
{
    _cleanup_(settings_freep) struct settings *s = calloc(1, sizeof(*s));
    _cleanup_(secret_freep) char *text = NULL;
    _cleanup_json_ json_t *document = NULL;
    struct yaml_options options = {.name = path, .max_bytes = SETTINGS_MAX};
    size_t len;
    int r;

    if (!s)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, SETTINGS_MAX, &text, &len, e);
    if (r < 0)
        return r;
    r = yaml_parse(text, len, &options, &document, e);
    if (r < 0)
        return r;
    if (!json_is_object(document))
        return error_set(e, -EINVAL, "%s: expected lines such as \"server: https://…\"", path);
    r = set_members(s, document, e);
    if (r < 0)
        return error_wrap(e, "%s", path);
    r = set_paths(s, root, "/var/lib/nodeseed", e);
    if (r < 0)
        return r;
    s->file = strdup(path);
    if (!s->file)
        return error_oom(e);
    *ret = TAKE_PTR(s);
    return 0;
}

int settings_make(const char *server, const char *plain, const char *pin, const char *root,
                  const char *state, struct settings **ret, struct error *e)
{
    _cleanup_(settings_freep) struct settings *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return error_oom(e);
    if ((r = set_server(s, server, e)) < 0 || (r = set_plain(s, plain, e)) < 0 ||
        (r = set_pin(s, pin, e)) < 0 || (r = set_paths(s, root, state, e)) < 0)
        return r;
    *ret = TAKE_PTR(s);
    return 0;
}

int settings_scrub_token(const struct settings *s, bool *ret_scrubbed, struct error *e)
{
    _cleanup_(secret_freep) char *text = NULL;
    _cleanup_free_ char *blanks = NULL;
    _cleanup_close_ int fd = -1;
    size_t len = s->token ? strlen(s->token) : 0;
    char *place;
    int r;

    *ret_scrubbed = false;
    if (!s->token || !s->file)
        return 0;
    fd = open(s->file, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set_errno(e, -errno, "%s", s->file);
    r = fd_read(fd, SETTINGS_MAX, &text, NULL, e);
    if (r < 0)
        return error_wrap(e, "%s", s->file);
    blanks = malloc(len);
    if (!blanks)
        return error_oom(e);
    memset(blanks, ' ', len);
    for (place = text; (place = strstr(place, s->token)); place += len) {
        if (pwrite(fd, blanks, len, place - text) != (ssize_t)len)
            return error_set_errno(e, errno ? -errno : -EIO, "%s", s->file);
        *ret_scrubbed = true;
    }
    if (*ret_scrubbed && fsync(fd) < 0)
        return error_set_errno(e, -errno, "%s", s->file);
    return 0;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    free(s->server);
    free(s->plain);
    free(s->host);
    secret_free(s->token);
    free(s->root);
    free(s->state);
    free(s->key);
    free(s->certificate);
    free(s->ca);
    free(s->config);
    free(s->journal);
    free(s->logs);
    free(s->file);
    free(s);
}
