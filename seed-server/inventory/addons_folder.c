/* SPDX-License-Identifier: Apache-2.0 */
#include "addons_folder.h"

#include <dirent.h>
#include <fcntl.h>

#include "common/file.h"
#include "common/pyvalue.h"
#include "common/yaml.h"

struct documents {
    json_t *list;
    const char *path;
};

/* What YAML has and JSON has not: sets, numbers beyond 64 bits. */
static bool is_plain(const json_t *v)
{
    const json_t *item;
    const char *key;
    size_t i;

    if (pyvalue_number_text(v) || pyvalue_opaque_reason(v))
        return false;
    json_array_foreach(v, i, item)
    {
        if (!is_plain(item))
            return false;
    }
    json_object_foreach((json_t *)v, key, item)
    {
        if (!is_plain(item))
            return false;
    }
    return true;
}

/* Documents without content are what stands between two "---". */
static int see_document(const json_t *value, unsigned line, void *userdata, struct error *e)
{
    struct documents *d = userdata;

    if (json_is_null(value))
        return 0;
    if (!is_plain(value))
        return error_set(e, -EINVAL,
                         "%s:%u: a value in it is none that JSON has: write it in quotes", d->path,
                         line);
    return json_array_append_new(
               d->list, json_pack("{s:i, s:O}", "line", (int)line, "value", (json_t *)value)) < 0
               ? error_oom(e)
               : 0;
}

static void no_duplicates(const char *message, void *userdata)
{
    struct error *e = userdata;

    if (!e->code)
        (void)error_set(e, -EINVAL, "%s", message);
}

/* JSON is YAML, but for its tabs; and its errors are told in its own words. */
static int read_documents(struct documents *d, const char *text, size_t len, struct error *e)
{
    struct error duplicate = ERROR_INIT;
    struct yaml_options options = {.name = d->path,
                                   .max_bytes = ADDON_FILE_MAX,
                                   .warn = no_duplicates,
                                   .userdata = &duplicate};
    size_t name_len = strlen(d->path);
    _cleanup_json_ json_t *value = NULL;
    int r;

    if (name_len > 5 && strcmp(d->path + name_len - 5, ".json") == 0) {
        r = json_parse(text, len, ADDON_FILE_MAX, &value, e);
        return r < 0 ? error_wrap(e, "%s", d->path) : see_document(value, 1, d, e);
    }
    r = yaml_parse_stream(text, len, &options, see_document, d, e);
    return r == 0 && duplicate.code ? error_set(e, -EINVAL, "%s", duplicate.message) : r;
}

static int load_file(struct inventory *inv, const char *folder, const char *file, size_t name_len,
                     struct error *e)
{
    _cleanup_free_ char *path = path_join(folder, file), *text = NULL;
    _cleanup_json_ json_t *list = json_array();
    struct documents d = {list, path};
    uint32_t number;
    size_t len;
    int r;

    if (!path || !list)
        return error_oom(e);
    if ((r = model_add_file(inv, path, &number, e)) < 0 ||
        (r = file_read(AT_FDCWD, path, ADDON_FILE_MAX, &text, &len, e)) < 0 ||
        (r = read_documents(&d, text, len, e)) < 0)
        return r;
    return json_array_append_new(inv->addons,
                                 json_pack("{s:s%, s:s, s:O}", "name", file, name_len, "file",
                                           inv->files[number], "documents", list)) < 0
               ? error_set(e, -EINVAL, "%s: its name is no text", path)
               : 0;
}

/* Length of the name without its ending; 0 for what is no manifest. */
static size_t manifest_name(const char *file)
{
    static const char *const endings[] = {".yaml", ".yml", ".json"};
    const char *dot = strrchr(file, '.');

    for (size_t i = 0; dot && *file != '.' && i < ARRAY_SIZE(endings); i++)
        if (strcmp(dot, endings[i]) == 0)
            return (size_t)(dot - file);
    return 0;
}

/* All but what is there for people and editors. */
static int select_entry(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strncmp(entry->d_name, "README", strlen("README")) != 0;
}

/* What was meant for a manifest is not left out silently. */
static int add_skipped(struct inventory *inv, const char *folder, const struct dirent *entry,
                       struct error *e)
{
    _cleanup_free_ char *path = path_join(folder, entry->d_name);
    const char *why = entry->d_type == DT_DIR
                          ? "it is a folder: put its manifests into addons/ itself"
                          : "name it so that it ends in .yaml, .yml or .json if it is a manifest";

    if (!path)
        return error_oom(e);
    return json_array_append_new(inv->addons,
                                 json_pack("{s:s, s:s}", "file", path, "skipped", why)) < 0
               ? error_set(e, -EINVAL, "%s: its name is no text", path)
               : 0;
}

/* As bytes, whatever the locale. */
static int in_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int addons_folder_load(struct inventory *inv, const char *folder, struct error *e)
{
    _cleanup_free_ char *path = path_join(folder, "addons");
    struct dirent **entries = NULL;
    int i, n, manifests = 0, r = 0;

    if (!path)
        return error_oom(e);
    n = scandir(path, &entries, select_entry, in_order);
    if (n < 0)
        return errno == ENOENT ? 0 : error_set_errno(e, -errno, "reading the folder %s", path);
    inv->addons = json_array();
    if (!inv->addons)
        r = error_oom(e);
    for (i = 0; i < n; i++) {
        size_t name_len = entries[i]->d_type == DT_DIR ? 0 : manifest_name(entries[i]->d_name);

        if (r == 0 && name_len && ++manifests > ADDON_FILES_MAX)
            r = error_set(e, -E2BIG, "%s: more than %d manifests", path, ADDON_FILES_MAX);
        if (r == 0)
            r = name_len ? load_file(inv, path, entries[i]->d_name, name_len, e)
                         : add_skipped(inv, path, entries[i], e);
        free(entries[i]);
    }
    free(entries);
    return r;
}
