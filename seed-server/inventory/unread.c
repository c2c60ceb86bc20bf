/* SPDX-License-Identifier: Apache-2.0 */
#include "unread.h"

#include <dirent.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/parse.h"
#include "vars_folder.h"

/* So many of one folder are told one by one. */
#define WARNINGS_MAX 16

struct kind {
    const char *folder, *noun, *other_folder, *other_noun;
};
static const struct kind kinds[] = {
    {"group_vars", "group", "host_vars",  "host" },
    {"host_vars",  "host",  "group_vars", "group"},
};
enum { KIND_GROUP, KIND_HOST };

struct folder {
    struct inventory *inv;
    int kind;
    const char *path;
    const char **names; /* of all groups or hosts; made when one is to be suggested */
    size_t n_names;
    size_t told;
};

/* The endings that Ansible passes by in a folder of inventories (its INVENTORY_IGNORE_EXTS), beside
 * hidden files and backups: whoever named a file so does not expect it to be read. */
static bool is_set_aside(const char *name)
{
    static const char *const endings[] = {".pyc", ".pyo", ".swp",  ".bak", ".rpm", ".md",   ".txt",
                                          ".rst", ".ini", ".orig", ".cfg", "~",    ".retry"};

    for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
        if (has_ending(name, endings[i]))
            return true;
    return *name == '.';
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int skip_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* As bytes, whatever the locale. */
static int in_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls see for every entry of the folder path, in order. None where it is no folder. */
static int each_entry(const char *path,
                      int (*see)(const char *name, void *userdata, struct error *e), void *userdata,
                      struct error *e)
{
    struct dirent **entries = NULL;
    int i, r = 0, n = scandir(path, &entries, skip_dots, in_order);

    if (n < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? 0
                   : error_set_errno(e, -errno, "reading the folder %s", path);
    for (i = 0; i < n; i++) {
        if (r == 0)
            r = see(entries[i]->d_name, userdata, e);
        free(entries[i]);
    }
    free(entries);
    return r;
}

/* ---- vars.yml -------------------------------------------------------------------------------- */

/* True when something beside vars.yml sets variables that the whole cluster has. */
static bool has_cluster_vars(const struct inventory *inv)
{
    uint32_t groups[CLUSTER_NAMES];
    size_t n = model_cluster(inv, groups);

    for (uint32_t i = 0; i < inv->n_groups; i++)
        if (inv->groups[i].files)
            return true;
    for (size_t i = 0; i < n; i++)
        if (inv->groups[groups[i]].vars.n)
            return true;
    return inv->groups[GROUP_ALL].vars.n > 0;
}

/* With vars.yml missing: what may have been meant to be it. */
static int see_lookalike(const char *name, void *userdata, struct error *e)
{
    static const char *const meant[] = {"vars.yml"};
    struct folder *f = userdata;
    _cleanup_free_ char *path = NULL;

    if (is_set_aside(name) || (strncmp(name, "vars", 4) != 0 && !nearest_name(name, meant, 1)))
        return 0;
    path = path_join(f->path, name);
    if (!path)
        return error_oom(e);
    if (is_folder(path))
        return 0;
    f->told++;
    return model_warn(f->inv, e, "%s: not read; did you mean vars.yml?", path);
}

static int check_vars_file(struct inventory *inv, const char *folder, struct error *e)
{
    static const char *const others[] = {"vars.yaml", "vars.json"};
    _cleanup_free_ char *vars = path_join(folder, "vars.yml");
    struct folder f = {.inv = inv, .path = folder};
    bool there;
    int r = 0;

    if (!vars)
        return error_oom(e);
    there = access(vars, F_OK) == 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(others); i++) {
        _cleanup_free_ char *path = path_join(folder, others[i]);

        if (!path)
            return error_oom(e);
        if (access(path, F_OK) < 0)
            continue;
        if (!there)
            return error_set(e, -EINVAL, "%s: not read under this name: rename it to vars.yml",
                             path);
        r = model_warn(inv, e, "%s: not read, vars.yml is, ignoring", path);
    }
    if (r < 0 || there)
        return r;
    r = each_entry(folder, see_lookalike, &f, e);
    if (r < 0 || f.told || has_cluster_vars(inv))
        return r;
    return model_warn(inv, e,
                      "%s: not there, nor anything else that sets variables of the cluster: all "
                      "have their defaults",
                      vars);
}

/* ---- group_vars and host_vars ---------------------------------------------------------------- */

static size_t find(const struct inventory *inv, int kind, const char *name)
{
    return kind == KIND_GROUP ? inventory_find_group(inv, name) : inventory_find_host(inv, name);
}

static size_t count(const struct inventory *inv, int kind)
{
    return kind == KIND_GROUP ? inv->n_groups : inv->n_hosts;
}

static const struct text *name_of(const struct inventory *inv, int kind, size_t i)
{
    return kind == KIND_GROUP ? inv->groups[i].name : inv->hosts[i].name;
}

/* The nearest name; *ret is NULL where none is near. */
static int suggest(struct folder *f, const char *name, const char **ret, struct error *e)
{
    if (!f->names) {
        f->n_names = count(f->inv, f->kind);
        f->names = calloc(f->n_names + 1, sizeof(*f->names));
        if (!f->names)
            return error_oom(e);
        for (size_t i = 0; i < f->n_names; i++)
            f->names[i] = name_of(f->inv, f->kind, i)->s;
    }
    *ret = nearest_name(name, f->names, f->n_names);
    return 0;
}

/* group_vars/a is read where there is a group a/b. */
static bool is_above_one(const struct inventory *inv, int kind, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < count(inv, kind); i++) {
        const struct text *t = name_of(inv, kind, i);

        if (t->len > len && t->s[len] == '/' && memcmp(t->s, name, len) == 0)
            return true;
    }
    return false;
}

/* In a group's or host's own folder: what is passed by there. */
struct inner {
    struct inventory *inv;
    const char *path;
    unsigned depth;
};

static int see_inner(const char *name, void *userdata, struct error *e)
{
    struct inner *outer = userdata;
    const char *dot = strrchr(name, '.');
    _cleanup_free_ char *path = path_join(outer->path, name);
    struct inner below = {outer->inv, path, outer->depth + 1};

    if (!path)
        return error_oom(e);
    if (is_set_aside(name))
        return 0;
    if (is_folder(path)) {
        if (dot)
            return model_warn(outer->inv, e,
                              "%s: not read: a folder of variables has no dot in its name", path);
        return below.depth < VARS_FOLDER_DEPTH_MAX ? each_entry(path, see_inner, &below, e) : 0;
    }
    if (vars_is_ending(dot ? dot : ""))
        return 0;
    return model_warn(outer->inv, e, "%s: not read: files of variables end in .yml, .yaml or .json",
                      path);
}

/* Of NAME, NAME.yml, NAME.yaml and NAME.json Ansible reads the first that is there. */
static int check_first(struct folder *f, const char *path, size_t stem, struct error *e)
{
    struct inner inner = {f->inv, path, 0};
    size_t len = strlen(f->path) + 1 + stem;

    for (size_t i = 0; path[len] && i < VARS_ENDINGS; i++) {
        _cleanup_free_ char *first = NULL;
        struct stat st;

        if (asprintf(&first, "%.*s%s", (int)len, path, vars_endings[i]) < 0) {
            first = NULL; /* its content is undefined then */
            return error_oom(e);
        }
        if (!strcmp(first, path))
            break;
        if (stat(first, &st) == 0)
            return model_warn(f->inv, e, "%s: not read, %s is, ignoring", path, first);
    }
    return each_entry(path, see_inner, &inner, e);
}

/* What an entry is about: its name, or that without the ending. */
static size_t stem_length(const struct folder *f, const char *name)
{
    const char *dot = strrchr(name, '.');

    if (find(f->inv, f->kind, name) == SIZE_MAX && dot && dot != name && vars_is_ending(dot))
        return (size_t)(dot - name);
    return strlen(name);
}

static int see_entry(const char *name, void *userdata, struct error *e)
{
    struct folder *f = userdata;
    const struct kind *k = &kinds[f->kind];
    size_t len = stem_length(f, name);
    _cleanup_free_ char *stem = strndup(name, len), *path = path_join(f->path, name);
    const char *near = NULL;
    int r;

    if (!stem || !path)
        return error_oom(e);
    if (find(f->inv, f->kind, stem) != SIZE_MAX)
        return check_first(f, path, len, e);
    if (is_set_aside(name) || is_above_one(f->inv, f->kind, name))
        return 0;
    if (f->told++ >= WARNINGS_MAX)
        return 0; /* the last words say how many */
    if (find(f->inv, !f->kind, stem) != SIZE_MAX)
        return model_warn(f->inv, e, "%s: no %s is called %s, but a %s is: move it to %s/", path,
                          k->noun, stem, k->other_noun, k->other_folder);
    r = suggest(f, stem, &near, e);
    if (r < 0)
        return r;
    return near ? model_warn(f->inv, e, "%s: no %s is called %s; did you mean %s?", path, k->noun,
                             stem, near)
                : model_warn(f->inv, e, "%s: no %s is called %s, ignoring", path, k->noun, stem);
}

static int check_folder(struct inventory *inv, const char *conf, int kind, struct error *e)
{
    _cleanup_free_ char *path = path_join(conf, kinds[kind].folder);
    struct folder f = {.inv = inv, .kind = kind, .path = path};
    int r;

    if (!path)
        return error_oom(e);
    r = each_entry(path, see_entry, &f, e);
    free(f.names);
    if (r == 0 && f.told > WARNINGS_MAX)
        r = model_warn(inv, e, "%s: %zu more that belong to no %s, ignoring", path,
                       f.told - WARNINGS_MAX, kinds[kind].noun);
    return r;
}

int unread_check(struct inventory *inv, const char *folder, struct error *e)
{
    int r = check_vars_file(inv, folder, e);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(kinds); i++)
        r = check_folder(inv, folder, (int)i, e);
    return r;
}
