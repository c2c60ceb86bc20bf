/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/parse.h"
#include "host.h"
#include "service.h"

/* Whoever makes an image for copying leaves this empty file in it. Only with it are identities made
 * new: a machine that was there before us (an adopted one, the taskbox) keeps its own. */
#define IMAGE_MARK "/etc/nodeseed/image"
#define MACHINE_ID "/etc/machine-id"
#define DBUS_MACHINE_ID "/var/lib/dbus/machine-id"
#define SSH_FOLDER "/etc/ssh"
#define SSH_KEYS SSH_FOLDER "/ssh_host_*_key"
#define KEYGEN_MS 300000

static int renew_machine_id(struct context *c, struct error *e)
{
    _cleanup_free_ char *dbus = context_path(c, DBUS_MACHINE_ID);
    char uuid[UUID_TEXT_SIZE], id[34];
    struct stat st;
    size_t n = 0;
    bool same;
    int r = uuid_make(uuid, e);

    if (r < 0)
        return r;
    for (const char *p = uuid; *p; p++)
        if (*p != '-')
            id[n++] = *p;
    id[n++] = '\n';
    id[n] = '\0';
    r = host_write(c, MACHINE_ID, id, 0444, true, &same, e);
    if (r < 0)
        return r;
    if (!dbus)
        return error_oom(e);
    /* Mostly a link to the other one, which is then right already. */
    if (lstat(dbus, &st) == 0 && S_ISREG(st.st_mode))
        return host_write(c, DBUS_MACHINE_ID, id, 0444, true, &same, e);
    return 0;
}

static int remove_ssh_keys(struct context *c, bool *ret_any, struct error *e)
{
    _cleanup_free_ char *pattern = context_path(c, SSH_KEYS);
    glob_t found = {0};
    int r = 0;

    *ret_any = false;
    if (!pattern)
        return error_oom(e);
    if (glob(pattern, 0, NULL, &found) == 0)
        *ret_any = found.gl_pathc > 0;
    for (size_t i = 0; i < found.gl_pathc && r == 0; i++) {
        _cleanup_free_ char *public = NULL;

        if (asprintf(&public, "%s.pub", found.gl_pathv[i]) < 0) {
            public = NULL;
            r = error_oom(e);
        } else if (unlink(found.gl_pathv[i]) < 0 && errno != ENOENT) {
            r = error_set_errno(e, -errno, "%s", found.gl_pathv[i]);
        } else {
            (void)unlink(public); /* ssh-keygen writes it anew */
        }
    }
    globfree(&found);
    return r;
}

static int renew_ssh_keys(struct context *c, struct error *e)
{
    const char *const here[] = {"ssh-keygen", "-A", NULL};
    const char *const there[] = {"ssh-keygen", "-A", "-f", c->root, NULL};
    bool any, active = false;
    int r = remove_ssh_keys(c, &any, e);

    if (r < 0 || !host_has(c, "/usr/bin/ssh-keygen"))
        return r;
    r = step_run_program(c, c->root[0] ? there : here, KEYGEN_MS, NULL, e);
    if (r < 0 || !any)
        return r;
    r = service_is_active(c, "ssh.service", &active, e);
    if (r < 0 || !active)
        return r;
    return service_restart(c, "ssh.service", 60000, e);
}

/* ssh-keygen syncs nothing, and keys of no length would never be made again once the mark is gone.
 */
static int sync_ssh_keys(struct context *c, struct error *e)
{
    _cleanup_free_ char *folder = context_path(c, SSH_FOLDER);
    struct error why = ERROR_INIT;
    int r = folder ? file_sync_filesystem_of(AT_FDCWD, folder, &why) : error_oom(&why);

    if (r == -ENOENT) /* no SSH server */
        return 0;
    return r < 0 ? error_set(e, r, "syncing %s", why.message) : 0;
}

int host_identity(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    _cleanup_free_ char *mark = context_path(c, IMAGE_MARK);
    int r;

    if (!mark)
        return error_oom(e);
    *ret_same = !host_has(c, IMAGE_MARK);
    if (*ret_same || !apply)
        return 0;
    r = renew_machine_id(c, e);
    if (r >= 0)
        r = renew_ssh_keys(c, e);
    if (r >= 0)
        r = sync_ssh_keys(c, e);
    if (r < 0)
        return r;
    /* Last: after a cut all of it is done again. */
    if (unlink(mark) < 0)
        return error_set_errno(e, -errno, "%s", mark);
    return file_sync_folder_of(AT_FDCWD, mark, e);
}
