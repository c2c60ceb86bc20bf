/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/ssh_key.h"
#include "host.h"
#include "journal.h"
#include "owner.h"
#include "text_block.h"

/* system.ssh: keys in ~/.ssh/authorized_keys of one user, in a part of it that is ours; the rest is
 * other people's. Where our part is, is remembered as an intent, so that it goes from there when
 * the keys or the user go from the inventory. The folder is its user's, who may be anybody: nothing
 * is followed in it, and nothing read or written that has another name too. */
#define INTENT "host/ssh"
#define FOLDER ".ssh"
#define FILE_NAME "authorized_keys"
#define FILE_MAX ((size_t)1024 * 1024)

struct account {
    struct owner owner;
    char *home; /* with the root prefix */
};

static void account_done(struct account *a)
{
    free(a->home);
}

static int find_account(struct context *c, const char *user, struct account *ret, struct error *e)
{
    _cleanup_free_ char *home = NULL;
    int r = owner_find_home(c->root, user, &ret->owner, &home, e);

    if (r == -ENOENT)
        return error_wrap(e, "seed_ssh_user names a user that the OS image has");
    if (r < 0)
        return r;
    ret->home = context_path(c, home);
    return ret->home ? 0 : error_oom(e);
}

/* Makes fd its user's, which it is unless we made it. */
static int give(int fd, const struct owner *owner, bool is_new, const char *what, struct error *e)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, "%s", what);
    if (owner_is(&st, owner))
        return 0;
    if (!is_new && st.st_uid != 0)
        return error_set(e, -EPERM, "%s is user %u's: it has to be %u's", what, (unsigned)st.st_uid,
                         (unsigned)owner->uid);
    if (fchown(fd, owner->uid, owner->gid) < 0)
        return error_set_errno(e, -errno, "changing the owner of %s", what);
    return 0;
}

/* ~/.ssh; -ENOENT when it is missing and not to be made. */
static int open_folder(const struct account *a, bool make, int *ret, struct error *e)
{
    _cleanup_close_ int home = open(a->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    bool made = false;
    struct stat st;
    int r;

    if (home < 0)
        return error_set_errno(e, -errno, "the home folder %s", a->home);
    if (make)
        made = mkdirat(home, FOLDER, 0700) == 0;
    fd = openat(home, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, "%s/" FOLDER, a->home);
    if (make) {
        r = give(fd, &a->owner, made, FOLDER, e);
        /* sshd's StrictModes: what others may write does not count. */
        if (r == 0 && (made || st.st_mode & 022) && fchmod(fd, st.st_mode & 0755) < 0)
            r = error_set_errno(e, -errno, "%s/" FOLDER, a->home);
        if (r < 0)
            return r;
    }
    *ret = TAKE_FD(fd);
    return 0;
}

/* The file, "" where there is none; *ret_right: its mode and its owner are as they should be. */
static int read_file(int folder, const struct account *a, char **ret, bool *ret_right,
                     struct error *e)
{
    _cleanup_close_ int fd =
        openat(folder, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    int r;

    *ret_right = false;
    if (fd < 0 && errno == ENOENT) {
        *ret = strdup("");
        return *ret ? 0 : error_oom(e);
    }
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, "%s/" FOLDER "/" FILE_NAME, a->home);
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return error_set(e, -EINVAL, "%s/" FOLDER "/" FILE_NAME " is no file of its own: remove it",
                         a->home);
    r = fd_read(fd, FILE_MAX, ret, NULL, e);
    if (r < 0)
        return error_wrap(e, "%s/" FOLDER "/" FILE_NAME, a->home);
    *ret_right = (st.st_mode & 07777) == 0600 && owner_is(&st, &a->owner);
    return 0;
}

/* sshd reads it as its user. */
static int write_file(int folder, const struct account *a, const struct buf *text, struct error *e)
{
    _cleanup_close_ int fd = -1;
    struct stat st;
    int r = file_write_atomic(folder, FILE_NAME, text->data ? text->data : "", text->len, 0600, e);

    if (r < 0)
        return r;
    fd = openat(folder, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, FILE_NAME);
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return error_set(e, -EINVAL, FILE_NAME " was replaced while it was written");
    return give(fd, &a->owner, true, FILE_NAME, e);
}

/* Our part of user's file becomes lines, "" for none. */
static int set_part(struct context *c, const char *user, const char *lines, bool apply,
                    bool *ret_same, struct error *e)
{
    _cleanup_(account_done) struct account a = {.home = NULL};
    _cleanup_buf_ struct buf want = BUF_INIT(2 * FILE_MAX);
    _cleanup_free_ char *have = NULL;
    _cleanup_close_ int folder = -1;
    bool right = false;
    int r = find_account(c, user, &a, e);

    *ret_same = false;
    if (r == 0)
        r = open_folder(&a, apply && *lines, &folder, e);
    if (r == -ENOENT && (!*lines || !apply)) {
        *ret_same = !*lines; /* gone with its user, or not there yet */
        return 0;
    }
    if (r < 0)
        return r;
    r = read_file(folder, &a, &have, &right, e);
    if (r < 0)
        return r;
    text_block_replace(have, lines, &want);
    if (buf_check(&want) < 0)
        return error_oom(e);
    *ret_same = strcmp(have, want.data ? want.data : "") == 0 && (right || !*lines);
    if (*ret_same || !apply)
        return 0;
    step_note(c, "writing %s/" FOLDER "/" FILE_NAME, a.home + strlen(c->root));
    return write_file(folder, &a, &want, e);
}

/* The server checked the keys; what comes to be lines of a file that lets people in is checked
 * again.
 */
static int read_part(struct context *c, const char **ret_user, struct buf *lines, struct error *e)
{
    json_t *ssh = json_object_get(json_object_get(c->config, "system"), "ssh"), *keys, *key;
    size_t i;
    int r;

    *ret_user = NULL;
    if (!ssh)
        return 0;
    r = json_get_string(ssh, "user", ret_user, e);
    if (r >= 0)
        r = json_get_array(ssh, "keys", &keys, e);
    if (r < 0)
        return error_wrap(e, "system.ssh");
    json_array_foreach(keys, i, key)
    {
        r = json_is_string(key) ? ssh_key_check(json_string_value(key), NULL, e)
                                : error_set(e, -EINVAL, "expected a text");
        if (r < 0)
            return error_wrap(e, "system.ssh: key %zu", i + 1);
        buf_addf(lines, "%s\n", json_string_value(key));
    }
    return buf_check(lines) < 0 ? error_oom(e) : 0;
}

int host_ssh(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_buf_ struct buf lines = BUF_INIT(FILE_MAX);
    _cleanup_free_ char *before = NULL;
    _cleanup_json_ json_t *now = NULL;
    const char *user, *known = json_string_value(journal_intent(c->journal, INTENT));
    bool moved;
    int r = read_part(c, &user, &lines, e);

    if (r < 0)
        return r;
    moved = known && (!user || !lines.len || strcmp(known, user) != 0);
    *ret_same = !moved;
    if (moved && apply) {
        before = strdup(known);
        r = before ? set_part(c, before, "", true, ret_same, e) : error_oom(e);
        if (r == 0)
            r = journal_remove_intent(c->journal, INTENT, e);
        known = NULL;
    }
    if (r < 0 || !user || !lines.len || (moved && !apply))
        return r;
    if (apply && !known) {
        now = json_string(user);
        r = now ? journal_set_intent(c->journal, INTENT, now, e) : error_oom(e);
        if (r < 0)
            return r;
    }
    return set_part(c, user, lines.data, apply, ret_same, e);
}
