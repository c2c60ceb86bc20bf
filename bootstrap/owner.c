/* SPDX-License-Identifier: Apache-2.0 */
#include "owner.h"

#include <pwd.h>

#include "common/file.h"

int owner_find_home(const char *root, const char *user, struct owner *ret, char **ret_home,
                    struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/etc/passwd"), *home = NULL;
    struct owner owner = {0};
    bool found = false, is_root = !user || strcmp(user, "root") == 0;
    struct passwd *entry;
    FILE *f;

    if (!path)
        return error_oom(e);
    f = fopen(path, "re");
    if (!f && !is_root)
        return error_set_errno(e, -errno, "%s", path);
    while (f && !found && (entry = fgetpwent(f))) {
        found = strcmp(entry->pw_name, user ? user : "root") == 0;
        if (!found)
            continue;
        owner = (struct owner){.uid = entry->pw_uid, .gid = entry->pw_gid};
        home = strdup(entry->pw_dir);
    }
    if (f)
        (void)fclose(f); /* was only read */
    if (!found && !is_root)
        return error_set(e, -ENOENT, "there is no user %s in %s", user, path);
    if (!found)
        home = strdup("/root");
    if (!home)
        return error_oom(e);
    if (is_root)
        owner = (struct owner){0};
    *ret = owner;
    if (ret_home)
        *ret_home = TAKE_PTR(home);
    return 0;
}

int owner_find(const char *root, const char *user, struct owner *ret, struct error *e)
{
    return owner_find_home(root, user, ret, NULL, e);
}

bool owner_is(const struct stat *st, const struct owner *owner)
{
    return geteuid() != 0 || (st->st_uid == owner->uid && st->st_gid == owner->gid);
}

int owner_set(const char *path, const struct owner *owner, bool *ret_changed, struct error *e)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return error_set_errno(e, -errno, "%s", path);
    *ret_changed = !owner_is(&st, owner);
    if (*ret_changed && chown(path, owner->uid, owner->gid) < 0)
        return error_set_errno(e, -errno, "changing the owner of %s", path);
    return 0;
}
