/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "certs.h"
#include "files.h"
#include "journal.h"

static void key_of(const char *unit, char ret[300])
{
    (void)snprintf(ret, 300, "restart/%.255s", unit); /* systemd's limit of a unit's name */
}

int unit_will_restart(struct context *c, const char *unit, struct error *e)
{
    _cleanup_json_ json_t *intent = json_object();
    char key[300];

    if (!intent)
        return error_oom(e);
    key_of(unit, key);
    return journal_set_intent(c->journal, key, intent, e);
}

bool unit_is_to_restart(const struct context *c, const char *unit)
{
    char key[300];

    key_of(unit, key);
    return journal_intent(c->journal, key) != NULL;
}

int unit_configure(struct context *c, const char *unit, json_t *files, json_t *certificates,
                   bool *ret, struct error *e)
{
    bool good = false;
    int r;

    if ((r = files_check(c, files, &good, e)) < 0 ||
        (good && certificates && (r = certs_check(c, certificates, &good, e)) < 0))
        return r;
    if (!good) {
        if ((r = unit_will_restart(c, unit, e)) < 0 ||
            (certificates && (r = certs_obtain(c, certificates, NULL, e)) < 0) ||
            (r = files_write(c, files, NULL, e)) < 0)
            return r;
    }
    *ret = unit_is_to_restart(c, unit);
    return 0;
}

static bool is_part_of_path(char ch)
{
    return ch && (strchr("/._-+", ch) || (ch >= '0' && ch <= '9') ||
                  ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z'));
}

static bool names_program(const char *text, const char *program)
{
    size_t len = strlen(program);

    for (const char *at = text; (at = strstr(at, program)); at++)
        /* "-" is one of systemd's prefixes of a command */
        if ((at == text || at[-1] == '-' || !is_part_of_path(at[-1])) && !is_part_of_path(at[len]))
            return true;
    return false;
}

/* The unit's own file, or one that adds to it. */
static bool is_of_unit(const char *path, const char *unit)
{
    size_t len = strlen(unit);

    for (const char *at = path; (at = strchr(at, '/'));)
        if (strncmp(++at, unit, len) == 0 && (!at[len] || strncmp(at + len, ".d/", 3) == 0))
            return true;
    return false;
}

static bool runs_program(const json_t *files, const char *unit, const char *program)
{
    const json_t *file;
    size_t i;

    json_array_foreach(files, i, file)
    {
        const char *path = json_string_value(json_object_get(file, "path"));
        const char *text = json_string_value(json_object_get(file, "text"));

        if (path && text && is_of_unit(path, unit) && names_program(text, program))
            return true;
    }
    return false;
}

int unit_program_changes(struct context *c, const char *program, struct error *e)
{
    const json_t *etcd = json_object_get(c->config, "etcd"),
                 *kubelet = json_object_get(c->config, "kubelet");
    const struct {
        const json_t *owner, *files;
    } units[] = {
        {etcd,                     json_object_get(etcd, "files")},
        {                       kubelet, json_object_get(kubelet,             "files")        },
        { json_object_get(kubelet, "runtime"),             json_object_get(kubelet,         "files")},
    };

    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        const char *unit = json_string_value(json_object_get(units[i].owner, "unit"));
        int r;

        if (!unit || !runs_program(units[i].files, unit, program))
            continue;
        r = unit_will_restart(c, unit, e);
        if (r < 0)
            return r;
    }
    return 0;
}

int unit_restarted(struct context *c, const char *unit, struct error *e)
{
    char key[300];

    key_of(unit, key);
    return journal_remove_intent(c->journal, key, e);
}
