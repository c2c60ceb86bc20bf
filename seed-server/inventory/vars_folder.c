/* SPDX-License-Identifier: Apache-2.0 */
#include "vars_folder.h"

#include <dirent.h>
#include <sys/stat.h>

#include "common/file.h"
#include "vars_file.h"

const char *const vars_endings[VARS_ENDINGS] = {"", ".yml", ".yaml", ".json"};

/* The names in one folder, sorted by code point; listed once, however many hosts ask. */
struct listing {
    char *path;
    char **names;
    size_t n;
};

struct loading {
    struct inventory *inv;
    bool mark_unsafe;
    struct vars *vars; /* where the next file's variables go */
};

static void listing_done(struct listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->names[i]);
    free(l->names);
    free(l->path);
    *l = (struct listing){NULL, NULL, 0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes path. A folder that isn't there is an empty one. */
static int listing_read(struct listing *l, char *path, struct error *e)
{
    size_t allocated = 0;
    struct dirent *entry;
    DIR *d;
    int r = 0;

    *l = (struct listing){path, NULL, 0};
    if (!path)
        return error_oom(e);
    d = opendir(path);
    if (!d)
        return errno == ENOENT ? 0 : error_set_errno(e, -errno, "reading the folder %s", path);
    while (r == 0 && (errno = 0, entry = readdir(d))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (l->n == allocated) {
            char **p = reallocarray(l->names, allocated ? allocated * 2 : 32, sizeof(char *));

            if (!p) {
                r = error_oom(e);
                break;
            }
            l->names = p;
            allocated = allocated ? allocated * 2 : 32;
        }
        l->names[l->n] = strdup(entry->d_name);
        if (!l->names[l->n])
            r = error_oom(e);
        else
            l->n++;
    }
    if (r == 0 && errno)
        r = error_set_errno(e, -errno, "reading the folder %s", path);
    (void)closedir(d);
    if (r == 0 && l->n)
        qsort(l->names, l->n, sizeof(char *), compare_names);
    return r;
}

bool vars_is_ending(const char *s)
{
    for (size_t i = 0; i < VARS_ENDINGS; i++)
        if (!strcmp(s, vars_endings[i]))
            return true;
    return false;
}

/* Loads the files of a folder and its subfolders in the order of their names: the last one wins. */
static int load_folder(struct loading *x, const char *path, unsigned depth, struct error *e)
{
    struct listing l;
    int r;

    if (depth == VARS_FOLDER_DEPTH_MAX)
        return error_set(e, -ELOOP, "%s: folders nested deeper than %d", path,
                         VARS_FOLDER_DEPTH_MAX);
    r = listing_read(&l, strdup(path), e);
    for (size_t i = 0; r == 0 && i < l.n; i++) {
        const char *name = l.names[i], *dot = strrchr(name, '.');
        _cleanup_free_ char *full = NULL;
        struct stat st;

        if (*name == '.' || name[strlen(name) - 1] == '~') /* hidden files and backups */
            continue;
        full = path_join(path, name);
        if (!full)
            r = error_oom(e);
        else if (stat(full, &st) < 0)
            continue; /* a link to nowhere: Ansible passes it by */
        else if (S_ISDIR(st.st_mode) && !dot)
            r = load_folder(x, full, depth + 1, e);
        else if (S_ISREG(st.st_mode) && vars_is_ending(dot ? dot : ""))
            r = vars_file_load(x->inv, full, x->mark_unsafe, x->vars, e);
    }
    listing_done(&l);
    return r;
}

/* Whether there may be such a name in the folder. */
static bool is_listed(const struct listing *l, const char *name)
{
    return strchr(name, '/') ||
           (l->n && bsearch(&name, l->names, l->n, sizeof(char *), compare_names));
}

/* Loads what there is for one host or group into *files, made when something is found. */
static int load_for(struct inventory *inv, const struct listing *l, const struct text *name,
                    bool mark_unsafe, struct vars **files, struct error *e)
{
    if (name->s[0] == '/' || strlen(name->s) != name->len || !l->path)
        return 0;
    for (size_t i = 0; i < VARS_ENDINGS; i++) {
        _cleanup_free_ char *file = NULL, *full = NULL;
        struct loading x = {inv, mark_unsafe, NULL};
        struct stat st;

        if (asprintf(&file, "%s%s", name->s, vars_endings[i]) < 0) {
            file = NULL; /* its content is undefined then */
            return error_oom(e);
        }
        if (!is_listed(l, file))
            continue;
        full = path_join(l->path, file);
        if (!full)
            return error_oom(e);
        if (stat(full, &st) < 0)
            continue;
        x.vars = calloc(1, sizeof(*x.vars));
        if (!x.vars)
            return error_oom(e);
        *files = x.vars;
        return S_ISDIR(st.st_mode) ? load_folder(&x, full, 0, e)
                                   : vars_file_load(inv, full, mark_unsafe, x.vars, e);
    }
    return 0;
}

static int list(struct inventory *inv, const char *folder, const char *name, struct listing *l,
                struct error *e)
{
    char *path = path_join(folder, name);
    struct stat st;

    if (path && stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        int r = model_warn(inv, e, "%s is no folder, skipping it", path);

        free(path);
        *l = (struct listing){NULL, NULL, 0};
        return r;
    }
    return listing_read(l, path, e);
}

int vars_folders_load(struct inventory *inv, const char *folder, bool mark_unsafe, struct error *e)
{
    struct listing l;
    int r;

    r = list(inv, folder, "group_vars", &l, e);
    for (uint32_t i = 0; r == 0 && l.n && i < inv->n_groups; i++)
        r = load_for(inv, &l, inv->groups[i].name, mark_unsafe, &inv->groups[i].files, e);
    listing_done(&l);
    if (r < 0)
        return r;
    r = list(inv, folder, "host_vars", &l, e);
    for (uint32_t i = 0; r == 0 && l.n && i < inv->n_hosts; i++)
        r = load_for(inv, &l, inv->hosts[i].name, mark_unsafe, &inv->hosts[i].files, e);
    listing_done(&l);
    return r;
}
