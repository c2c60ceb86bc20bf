/* SPDX-License-Identifier: Apache-2.0 */
#include "strange_names.h"

#include "common/parse.h"

#define NOT_TOLD (SIZE_MAX - 1) /* index.h keeps SIZE_MAX for itself */

/* ansible_ssh_pass, ansible_become_password, ansible_ssh_private_key_passphrase and the like. */
static bool is_password(const char *name)
{
    static const char *const ends[] = {"_pass", "_password", "_passphrase"};

    if (strncmp(name, "ansible_", 8) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (has_ending(name, ends[i]))
            return true;
    return false;
}

/* Puts the name where it is told; its place there, or NOT_TOLD when it is full. */
static size_t add(struct strange_names *s, const char *name, const char *meant,
                  struct inventory_origin where)
{
    if (s->n == STRANGE_NAMES_MAX) {
        s->n_further++;
        return NOT_TOLD;
    }
    s->told[s->n] = (struct strange_name){name, meant, where, 0};
    return s->n++;
}

static void refuse(struct reader *r, const char *name, struct inventory_origin where)
{
    const char *near = variable_nearest(name);

    reader_refuse(r, where, "%.100s: no such variable%s%s%s", name,
                  near ? "; did you mean " : ": see seedctl variables", near ? near : "",
                  near ? "?" : "");
}

void strange_names_see(struct strange_names *s, struct reader *r, const char *name,
                       const json_t *value, struct inventory_origin where)
{
    bool password = is_password(name);
    size_t place = index_find(&s->judged, name), there;
    const char *meant;

    if (strncmp(name, "seed_", 5) == 0) {
        refuse(r, name, where);
        return;
    }
    if (password && !json_is_string(value))
        return; /* what ansible-vault encrypted is nobody's problem */
    if (place == SIZE_MAX) {
        meant = password ? NULL : variable_meant(name);
        place = password || meant ? add(s, name, meant, where) : NOT_TOLD;
        if (index_put(&s->judged, name, place, &there, NULL) < 0)
            r->failed = true;
    }
    if (place != NOT_TOLD)
        s->told[place].n++;
}

void strange_names_tell(const struct strange_names *s, struct reader *r)
{
    size_t i;

    for (i = 0; i < s->n; i++) {
        const struct strange_name *t = &s->told[i];
        char places[64] = "";

        if (t->n > 1)
            (void)snprintf(places, sizeof(places), ", here and in %zu more place%s", t->n - 1,
                           t->n == 2 ? "" : "s");
        if (t->meant)
            reader_warn(r, t->where, "%.100s%s: not read here; did you mean %s?", t->name, places,
                        t->meant);
        else
            reader_warn(
                r, t->where,
                "%.100s%s: nobody logs in to nodes, and the password goes nowhere from here; "
                "whoever may read this file has it: drop it (seed_ssh_keys lets administrators in)",
                t->name, places);
    }
    if (s->n_further)
        reader_warn(r, reader_origin(r), "and %zu more names of variables like these",
                    s->n_further);
}

void strange_names_done(struct strange_names *s)
{
    index_done(&s->judged);
}
