/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include "addons_folder.h"
#include "common/file.h"
#include "inventory.h"
#include "model.h"
#include "unread.h"
#include "vars_file.h"
#include "vars_folder.h"

#define HOSTS_FILE_MAX (64 * 1024 * 1024)

struct load {
    bool vars_folders, mark_unsafe, no_nul;
};

/* Names with NUL bytes are fine to Ansible; nothing of ours shall take "a\0b" for "a". */
static int refuse_nul(const char *path, const char *text, size_t len, struct error *e)
{
    const char *nul = memchr(text, '\0', len);
    unsigned line = 1;

    if (!nul)
        return 0;
    for (const char *p = text; p < nul; p++)
        line += *p == '\n';
    return error_set(e, -EINVAL, "%s:%u: a NUL byte: this is no text", path, line);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* text is what path holds, or is to hold. */
static int load_text(const char *path, const char *text, size_t len, struct load how,
                     struct inventory **ret, struct error *e)
{
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    _cleanup_free_ char *folder = folder_of(path);
    int r;

    if (!folder)
        return error_oom(e);
    if (how.no_nul) {
        r = refuse_nul(path, text, len, e);
        if (r < 0)
            return r;
    }
    r = model_new(&inv, e);
    if (r == 0)
        r = ini_parse(inv, path, text, len, e);
    if (r < 0)
        return r;
    r = model_reconcile(inv, e);
    if (r < 0)
        return error_wrap(e, "%s", path);
    if (how.vars_folders) {
        r = vars_folders_load(inv, folder, how.mark_unsafe, e);
        if (r < 0)
            return r;
    }
    *ret = TAKE_PTR(inv);
    return 0;
}

static int load(const char *path, struct load how, struct inventory **ret, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, HOSTS_FILE_MAX, &text, &len, e);

    return r < 0 ? r : load_text(path, text, len, how, ret, e);
}

int inventory_load_file(const char *path, bool with_vars_folders, struct inventory **ret,
                        struct error *e)
{
    struct load how = {.vars_folders = with_vars_folders, .mark_unsafe = true};

    return load(path, how, ret, e);
}

/* vars.yml's variables go over those of the cluster's group; where there is no such group they
 * stand by themselves (precedence.c). */
static int load_cluster_vars(struct inventory *inv, const char *path, struct error *e)
{
    uint32_t groups[CLUSTER_NAMES];
    size_t n = model_cluster(inv, groups);
    int r = 0;

    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    for (size_t i = 0; i < n && r == 0; i++) {
        struct vars **files = &inv->groups[groups[i]].files;

        if (!*files)
            *files = calloc(1, sizeof(**files));
        r = *files ? vars_file_load(inv, path, false, *files, e) : error_oom(e);
    }
    return n ? r : vars_file_load(inv, path, false, &inv->cluster, e);
}

int inventory_read_hosts(const char *folder, char **ret, size_t *ret_len, struct error *e)
{
    _cleanup_free_ char *hosts = path_join(folder, "hosts.ini");

    return hosts ? file_read(AT_FDCWD, hosts, HOSTS_FILE_MAX, ret, ret_len, e) : error_oom(e);
}

int inventory_load_conf_text(const char *folder, const char *text, size_t len,
                             struct inventory **ret, struct error *e)
{
    struct load how = {.vars_folders = true, .no_nul = true};
    _cleanup_(inventory_freep) struct inventory *inv = NULL;
    _cleanup_free_ char *hosts = path_join(folder, "hosts.ini"),
                        *vars = path_join(folder, "vars.yml");
    int r;

    if (!hosts || !vars)
        return error_oom(e);
    r = load_text(hosts, text, len, how, &inv, e);
    if (r == 0)
        r = load_cluster_vars(inv, vars, e);
    if (r == 0)
        r = unread_check(inv, folder, e);
    if (r == 0)
        r = addons_folder_load(inv, folder, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(inv);
    return 0;
}

int inventory_load_conf(const char *folder, struct inventory **ret, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = inventory_read_hosts(folder, &text, &len, e);

    return r < 0 ? r : inventory_load_conf_text(folder, text, len, ret, e);
}
