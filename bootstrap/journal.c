/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"

#include <fcntl.h>

#include "common/clock.h"
#include "common/file.h"

#define JOURNAL_VERSION 1
#define JOURNAL_MAX (1024 * 1024)

struct journal {
    char *path;
    json_t *document; /* always of the shape that journal.h names */
};

static json_t *empty_document(void)
{
    return json_pack("{s:i, s:{}, s:{}}", "version", JOURNAL_VERSION, "steps", "intents");
}

static int check_shape(json_t *document, struct error *e)
{
    json_t *part, *entry;
    const char *key, *text;
    int64_t version;
    int r = json_get_int(document, "version", &version, e);

    if (r < 0)
        return r;
    if (version != JOURNAL_VERSION)
        return error_set(e, -EINVAL, "version %lld, this program knows %d", (long long)version,
                         JOURNAL_VERSION);
    r = json_get_object(document, "intents", &part, e);
    if (r < 0)
        return r;
    r = json_get_object(document, "steps", &part, e);
    if (r < 0)
        return r;
    json_object_foreach(part, key, entry)
    {
        r = json_get_string(entry, "inputs", &text, e);
        if (r >= 0)
            r = json_get_string(entry, "result", &text, e);
        if (r < 0)
            return error_wrap(e, "step %s", key);
    }
    return 0;
}

int journal_parse(const char *text, size_t len, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *document = NULL;
    int r = json_parse(text, len, JOURNAL_MAX, &document, e);

    if (r >= 0)
        r = check_shape(document, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(document);
    return 0;
}

static int read_document(const char *path, json_t **ret, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, JOURNAL_MAX, &text, &len, e);

    return r < 0 ? r : journal_parse(text, len, ret, e);
}

static int journal_new(const char *path, struct journal **ret, struct error *e)
{
    struct journal *j = calloc(1, sizeof(*j));

    if (!j)
        return error_oom(e);
    j->path = strdup(path);
    if (!j->path) {
        journal_free(j);
        return error_oom(e);
    }
    *ret = j;
    return 0;
}

/* Takes *j over. */
static int give(struct journal **j, struct journal **ret, struct error *e)
{
    if (!(*j)->document)
        (*j)->document = empty_document();
    if (!(*j)->document)
        return error_oom(e);
    *ret = TAKE_PTR(*j);
    return 0;
}

int journal_look(const char *path, struct journal **ret, struct error *e)
{
    _cleanup_(journal_freep) struct journal *j = NULL;
    int r = journal_new(path, &j, e);

    if (r == 0)
        r = read_document(path, &j->document, e);
    if (r < 0 && r != -ENOENT)
        return r;
    return give(&j, ret, e);
}

int journal_open(const char *path, struct journal **ret, bool *ret_broken, struct error *e)
{
    _cleanup_(journal_freep) struct journal *j = NULL;
    struct error why = ERROR_INIT;
    bool broken = false;
    int r = journal_new(path, &j, e);

    if (r < 0)
        return r;
    r = read_document(path, &j->document, &why);
    /* Only what was read and is no journal is set aside: an I/O error may pass. */
    if (r == -EINVAL || r == -E2BIG) {
        r = file_set_aside(path, e);
        if (r < 0)
            return r;
        broken = true;
    } else if (r < 0 && r != -ENOENT)
        return error_set(e, r, "%s", why.message);
    r = give(&j, ret, e);
    if (r == 0 && ret_broken)
        *ret_broken = broken;
    return r;
}

void journal_free(struct journal *j)
{
    if (!j)
        return;
    json_decref(j->document);
    free(j->path);
    free(j);
}

static int save(struct journal *j, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(JOURNAL_MAX);
    int r = json_print_pretty(j->document, &text, e);

    if (r < 0)
        return r;
    return file_write_atomic(AT_FDCWD, j->path, text.data, text.len, 0600, e);
}

static json_t *step_entry(const struct journal *j, enum step step)
{
    return json_object_get(json_object_get(j->document, "steps"), step_name(step));
}

bool journal_step_done_once(const struct journal *j, enum step step)
{
    return json_is_true(json_object_get(step_entry(j, step), "once"));
}

bool journal_step_done(const struct journal *j, enum step step, const char *inputs)
{
    json_t *entry = step_entry(j, step);
    const char *result = json_string_value(json_object_get(entry, "result"));
    const char *had = json_string_value(json_object_get(entry, "inputs"));

    return result && had && strcmp(result, "done") == 0 && strcmp(had, inputs) == 0;
}

int journal_note_step(struct journal *j, enum step step, const char *inputs, bool done,
                      struct error *e)
{
    bool once = done || journal_step_done_once(j, step);
    json_t *entry =
        json_pack("{s:s, s:s, s:b, s:I}", "inputs", inputs, "result", done ? "done" : "failed",
                  "once", once, "time", (json_int_t)clock_realtime_ms());

    if (json_object_set_new(json_object_get(j->document, "steps"), step_name(step), entry) < 0)
        return error_oom(e);
    return 0;
}

int journal_set_step(struct journal *j, enum step step, const char *inputs, bool done,
                     struct error *e)
{
    int r;

    if (done && journal_step_done(j, step, inputs))
        return 0;
    r = journal_note_step(j, step, inputs, done, e);
    return r < 0 ? r : save(j, e);
}

json_t *journal_intent(const struct journal *j, const char *key)
{
    return json_object_get(json_object_get(j->document, "intents"), key);
}

int journal_set_intent(struct journal *j, const char *key, json_t *value, struct error *e)
{
    if (json_object_set(json_object_get(j->document, "intents"), key, value) < 0)
        return error_oom(e);
    return save(j, e);
}

int journal_remove_intent(struct journal *j, const char *key, struct error *e)
{
    if (json_object_del(json_object_get(j->document, "intents"), key) < 0)
        return 0; /* was not there */
    return save(j, e);
}
