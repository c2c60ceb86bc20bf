/* SPDX-License-Identifier: Apache-2.0 */
#include "last_good.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/file.h"

#define NAME "last-good"
#define FILE_MAX ((size_t)1024 * 1024 * 1024)

char *last_good_folder(const char *state_folder)
{
    char *folder = path_join(state_folder, NAME);
    struct stat st;

    if (folder && stat(folder, &st) == 0 && S_ISDIR(st.st_mode))
        return folder;
    free(folder);
    return NULL;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int remove_tree(const char *folder, struct error *e)
{
    if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
        return error_set_errno(e, -errno, "removing %s", folder);
    return 0;
}

/* conf/group_vars/all.yml to FOLDER/group_vars/all.yml. */
static int copy_file(const char *folder, const char *conf_folder, const char *file, struct error *e)
{
    _cleanup_free_ char *text = NULL, *path = NULL;
    size_t conf_len = strlen(conf_folder), len;
    int r;

    while (conf_len > 1 && conf_folder[conf_len - 1] == '/')
        conf_len--;
    if (strncmp(file, conf_folder, conf_len) != 0 || file[conf_len] != '/')
        return 0;
    path = path_join(folder, file + conf_len + strspn(file + conf_len, "/"));
    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, file, FILE_MAX, &text, &len, e);
    if (r == 0)
        r = file_make_parents(path, 0700, e);
    if (r == 0)
        r = file_write_atomic(AT_FDCWD, path, text, len, 0600, e);
    return r;
}

int last_good_copy(const char *state_folder, const char *conf_folder,
                   const struct inventory *inventory, char **ret_folder, struct error *e)
{
    _cleanup_free_ char *fresh = path_join(state_folder, NAME ".new");
    const char *file;
    int r = fresh ? remove_tree(fresh, e) : error_oom(e);

    if (r == 0)
        r = file_make_folders(fresh, 0700, e);
    for (size_t i = 0; r == 0 && (file = inventory_file(inventory, i)); i++)
        r = copy_file(fresh, conf_folder, file, e);
    if (r == 0)
        *ret_folder = TAKE_PTR(fresh);
    return r;
}

int last_good_keep(const char *state_folder, struct error *e)
{
    _cleanup_free_ char *current = path_join(state_folder, NAME);
    _cleanup_free_ char *fresh = path_join(state_folder, NAME ".new");

    if (!current || !fresh)
        return error_oom(e);
    /* Both exist at every moment: a cut leaves the old one or the new one. */
    if (renameat2(AT_FDCWD, fresh, AT_FDCWD, current, RENAME_EXCHANGE) == 0)
        return remove_tree(fresh, e);
    if (errno != ENOENT || rename(fresh, current) < 0)
        return error_set_errno(e, -errno, "renaming %s", fresh);
    return file_sync_folder_of(AT_FDCWD, current, e);
}
