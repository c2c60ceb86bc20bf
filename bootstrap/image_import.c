/* SPDX-License-Identifier: Apache-2.0 */
#include "image_import.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/file.h"
#include "journal.h"
#include "settings.h"

#define INTENT "artifacts/import"
#define CONTAINERD_FOLDER "/var/lib/containerd"
#define LIST_MAX ((size_t)4 * 1024 * 1024)
#define CTR_MS ((uint64_t)2 * 60 * 1000)
#define REMOVE_AT_ONCE 256 /* names in one command */
#define CTR_ARGS 5
#define FIELDS_MAX 3

/* ---- lists ---------------------------------------------------------------------------------- */

/* The first words of a line, of which there are *ret_n; true while there are lines. */
static bool next_line(char **rest, char *fields[FIELDS_MAX], size_t *ret_n)
{
    char *line = strsep(rest, "\n"), *word;

    *ret_n = 0;
    if (!line)
        return false;
    while (*ret_n < FIELDS_MAX && (word = strsep(&line, " \t")))
        if (word[0])
            fields[(*ret_n)++] = word;
    return true;
}

static int add(json_t *array, const char *text, struct error *e)
{
    return json_array_append_new(array, json_string(text)) < 0 ? error_oom(e) : 0;
}

/* The first words of a list's lines whose word in column is none of had; without the line that is
 * the heading. */
static int find_new(const char *list, const char *heading, size_t column, const json_t *had,
                    json_t **ret, struct error *e)
{
    _cleanup_free_ char *copy = strdup(list);
    _cleanup_json_ json_t *found = json_array();
    char *rest = copy, *fields[FIELDS_MAX];
    size_t n;
    int r = copy && found ? 0 : error_oom(e);

    while (r == 0 && next_line(&rest, fields, &n))
        if (n > column && strcmp(fields[0], heading) != 0 && !json_has_text(had, fields[column]))
            r = add(found, fields[0], e);
    if (r == 0)
        *ret = TAKE_PTR(found);
    return r;
}

int image_import_new_digests(const char *list, const json_t *had, json_t **ret, struct error *e)
{
    return find_new(list, "", 0, had, ret, e); /* without a heading: no word is "" */
}

int image_import_digests(const char *list, json_t **ret, struct error *e)
{
    return image_import_new_digests(list, NULL, ret, e);
}

int image_import_new_names(const char *list, const json_t *had, json_t **ret, struct error *e)
{
    return find_new(list, "REF", 2, had, ret, e); /* REF TYPE DIGEST … */
}

/* KEY PARENT KIND, of which the lowest one has no parent. */
struct layer {
    const char *key, *parent; /* in the list's copy; parent "" */
    bool is_new, taken;
};

static size_t parse_layers(char *list, struct layer *ret)
{
    char *fields[FIELDS_MAX];
    size_t n, count = 0;

    while (next_line(&list, fields, &n)) {
        if (n < 2 || strcmp(fields[0], "KEY") == 0)
            continue;
        ret[count++] = (struct layer){.key = fields[0],
                                      .parent = n == FIELDS_MAX ? fields[1] : "",
                                      .is_new = strcmp(fields[n - 1], "Committed") == 0};
    }
    return count;
}

static int read_layers(const char *list, char **ret_copy, struct layer **ret, size_t *ret_n,
                       struct error *e)
{
    size_t lines = 1;

    for (const char *p = list; *p; p++)
        lines += *p == '\n';
    *ret_copy = strdup(list);
    *ret = calloc(lines, sizeof(**ret));
    if (!*ret_copy || !*ret)
        return error_oom(e);
    *ret_n = parse_layers(*ret_copy, *ret);
    return 0;
}

int image_import_layers(const char *list, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *found = json_array();
    _cleanup_free_ struct layer *layers = NULL;
    _cleanup_free_ char *copy = NULL;
    size_t n = 0;
    int r = found ? read_layers(list, &copy, &layers, &n, e) : error_oom(e);

    for (size_t i = 0; r == 0 && i < n; i++)
        if (layers[i].is_new)
            r = add(found, layers[i].key, e);
    if (r == 0)
        *ret = TAKE_PTR(found);
    return r;
}

static bool carries(const struct layer *layers, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (!layers[i].taken && strcmp(layers[i].parent, key) == 0)
            return true;
    return false;
}

int image_import_new_layers(const char *list, const json_t *had, json_t **ret, size_t *ret_kept,
                            struct error *e)
{
    _cleanup_json_ json_t *found = json_array();
    _cleanup_free_ struct layer *layers = NULL;
    _cleanup_free_ char *copy = NULL;
    size_t n = 0, before;
    int r = found ? read_layers(list, &copy, &layers, &n, e) : error_oom(e);

    *ret_kept = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        layers[i].is_new = layers[i].is_new && !json_has_text(had, layers[i].key);
        *ret_kept += layers[i].is_new;
    }
    do {
        before = json_array_size(found);
        for (size_t i = 0; r == 0 && i < n; i++) {
            if (!layers[i].is_new || layers[i].taken || carries(layers, n, layers[i].key))
                continue;
            layers[i].taken = true;
            r = add(found, layers[i].key, e);
        }
    } while (r == 0 && json_array_size(found) > before);
    if (r < 0)
        return r;
    *ret_kept -= json_array_size(found);
    *ret = TAKE_PTR(found);
    return 0;
}

/* ---- containerd ----------------------------------------------------------------------------- */

static int list(struct context *c, const char *containerd, const char *what, const char *option,
                struct buf *ret, struct error *e)
{
    const char *const argv[] = {"ctr", "-a", containerd, "-n", "k8s.io", what, "ls", option, NULL};
    int r;

    buf_clear(ret);
    buf_add_str(ret, "");
    r = step_run_program(c, argv, CTR_MS, ret, e);
    if (r < 0)
        return r;
    return buf_check(ret) < 0 ? error_set(e, -E2BIG, "ctr %s ls prints too much", what) : 0;
}

static int remove_some(struct context *c, const char *containerd, const char *what,
                       const json_t *names, size_t from, size_t n, struct error *e)
{
    const char *argv[CTR_ARGS + 3 + REMOVE_AT_ONCE + 1] = {"ctr",    "-a", containerd, "-n",
                                                           "k8s.io", what, "rm"};
    size_t at = CTR_ARGS + 2;

    /* What no name leads to any more is cleared up before it returns, and not beside the rest. */
    if (strcmp(what, "images") == 0)
        argv[at++] = "--sync";
    for (size_t i = 0; i < n; i++)
        argv[at++] = json_string_value(json_array_get(names, from + i));
    return step_run_program(c, argv, CTR_MS, NULL, e);
}

static int remove_all(struct context *c, const char *containerd, const char *what,
                      const json_t *names, struct error *e)
{
    size_t n, all = json_array_size(names);

    for (size_t from = 0; from < all; from += n) {
        int r;

        n = all - from < REMOVE_AT_ONCE ? all - from : REMOVE_AT_ONCE;
        r = remove_some(c, containerd, what, names, from, n, e);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Beside the journal, which is written anew for each step and takes no list of thousands. */
static char *before_path(const struct context *c)
{
    return path_join(c->settings->state, "import.json");
}

static int forget(struct context *c, struct error *e)
{
    _cleanup_free_ char *path = before_path(c);
    int r = journal_remove_intent(c->journal, INTENT, e);

    if (r == 0 && path)
        (void)unlink(path); /* without the intent nobody reads it */
    return r;
}

bool image_import_is_open(const struct context *c)
{
    return journal_intent(c->journal, INTENT) != NULL;
}

int image_import_begin(struct context *c, const char *containerd, struct error *e)
{
    _cleanup_json_ json_t *content = NULL, *layers = NULL, *before = NULL, *intent = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(LIST_MAX);
    _cleanup_free_ char *path = before_path(c);
    int r;

    if (image_import_is_open(c))
        return 0;
    if (!path)
        return error_oom(e);
    if ((r = list(c, containerd, "content", "-q", &text, e)) < 0 ||
        (r = image_import_digests(text.data, &content, e)) < 0 ||
        (r = list(c, containerd, "snapshots", NULL, &text, e)) < 0 ||
        (r = image_import_layers(text.data, &layers, e)) < 0)
        return r;
    before = json_pack("{s:O, s:O}", "content", content, "layers", layers);
    intent = json_pack("{s:s}", "boot", c->boot_id);
    if (!before || !intent)
        return error_oom(e);
    buf_clear(&text);
    if ((r = json_print(before, &text, e)) < 0 ||
        (r = file_write_atomic(AT_FDCWD, path, text.data, text.len, 0600, e)) < 0)
        return r;
    return journal_set_intent(c->journal, INTENT, intent, e);
}

int image_import_end(struct context *c, struct error *e)
{
    _cleanup_free_ char *folder = context_path(c, CONTAINERD_FOLDER);
    struct error why = ERROR_INIT;
    int r;

    if (!image_import_is_open(c))
        return 0;
    if (!folder)
        return error_oom(e);
    step_progress(c, 99, "writing the images to the disk");
    r = file_sync_filesystem_of(AT_FDCWD, folder, &why);
    if (r == -ENOENT)
        sync(); /* a containerd that has its data elsewhere */
    else if (r < 0)
        return error_set(e, r, "syncing %s", why.message);
    return forget(c, e);
}

static int read_before(const struct context *c, json_t **ret, struct error *e)
{
    _cleanup_free_ char *path = before_path(c), *text = NULL;
    size_t len;
    int r;

    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, LIST_MAX, &text, &len, e);
    if (r < 0)
        return r;
    r = json_parse(text, len, LIST_MAX, ret, e);
    return r < 0 ? error_wrap(e, "%s", path) : 0;
}

/* Names go first: containerd clears up by itself what no name leads to, unless a lease of the
 * import that was cut off, which lasts for a day, holds it. */
static int undo(struct context *c, const char *containerd, struct error *e)
{
    _cleanup_json_ json_t *before = NULL, *names = NULL, *layers = NULL, *contents = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(LIST_MAX);
    json_t *content, *had;
    size_t kept = 0;
    int r;

    if ((r = read_before(c, &before, e)) < 0 ||
        (r = json_get_array(before, "content", &content, e)) < 0 ||
        (r = json_get_array(before, "layers", &had, e)) < 0 ||
        (r = list(c, containerd, "images", NULL, &text, e)) < 0 ||
        (r = image_import_new_names(text.data, content, &names, e)) < 0 ||
        (r = remove_all(c, containerd, "images", names, e)) < 0 ||
        (r = list(c, containerd, "snapshots", NULL, &text, e)) < 0 ||
        (r = image_import_new_layers(text.data, had, &layers, &kept, e)) < 0 ||
        (r = remove_all(c, containerd, "snapshots", layers, e)) < 0 ||
        (r = list(c, containerd, "content", "-q", &text, e)) < 0 ||
        (r = image_import_new_digests(text.data, content, &contents, e)) < 0 ||
        (r = remove_all(c, containerd, "content", contents, e)) < 0)
        return r;
    step_note(c,
              "an import of images was cut off: %zu names, %zu layers and %zu contents are taken "
              "out again",
              json_array_size(names), json_array_size(layers), json_array_size(contents));
    if (kept)
        step_note(c, "%zu layers that may be broken are in use by containers, left", kept);
    return forget(c, e);
}

int image_import_recover(struct context *c, const char *containerd, struct error *e)
{
    json_t *intent = journal_intent(c->journal, INTENT);
    const char *boot = json_string_value(json_object_get(intent, "boot"));
    int r;

    if (!intent || (boot && strcmp(boot, c->boot_id) == 0))
        return image_import_end(c, e);
    step_progress(c, -1, "taking out images whose import was cut off");
    r = undo(c, containerd, e);
    return r < 0 ? error_wrap(e, "taking out images whose import was cut off") : 0;
}
