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

int unit_restarted(struct context *c, const char *unit, struct error *e)
{
    char key[300];

    key_of(unit, key);
    return journal_remove_intent(c->journal, key, e);
}
