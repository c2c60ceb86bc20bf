/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "types.h"

bool path_is_inside(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && (!path[len] || path[len] == '/');
}

int type_path(const struct variable *v, const char *text, struct error *e)
{
    const char *c, *name;
    bool good = text[0] == '/' && text[1];

    (void)v;
    for (c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/_.-", *c))
            good = false;
    for (name = text; good && *name; name += strcspn(name, "/")) {
        name++;
        if (!*name || *name == '/' || strncmp(name, "./", 2) == 0 || strcmp(name, ".") == 0)
            good = false;
    }
    if (!good || strstr(text, ".."))
        return error_set(
            e, -EINVAL, "expected an absolute path of letters, digits and _.-, such as /mnt/disks");
    return 0;
}

/* Folders of the OS (hier(7), FHS 3.0) and of Kubernetes' parts. A folder of ours is given another
 * owner and mode, mounted over, and looked through for volumes: it may be none of these and have
 * none of them inside. Where all is set, it may not be inside one either: what lies there is
 * somebody else's, or gone after a restart. */
static const struct {
    const char *folder;
    bool all;
} taken[] = {
    {"/bin",                true },
    {"/boot",               true },
    {"/dev",                true },
    {"/etc",                true },
    {"/home",               false},
    {"/lib",                true },
    {"/lib32",              true },
    {"/lib64",              true },
    {"/libx32",             true },
    {"/media",              false},
    {"/mnt",                false},
    {"/opt",                false},
    {"/opt/cni",            true },
    {"/proc",               true },
    {"/root",               true },
    {"/run",                true },
    {"/sbin",               true },
    {"/snap",               true },
    {"/srv",                false},
    {"/sys",                true },
    {"/tmp",                true },
    {"/usr",                true },
    {"/var",                false},
    {"/var/backups",        false},
    {"/var/cache",          false},
    {"/var/lib",            false},
    {"/var/lib/apt",        true },
    {"/var/lib/calico",     true },
    {"/var/lib/cloud",      true },
    {"/var/lib/cni",        true },
    {"/var/lib/containerd", true },
    {"/var/lib/dbus",       true },
    {"/var/lib/docker",     true },
    {"/var/lib/dpkg",       true },
    {"/var/lib/kube-proxy", true },
    {"/var/lib/kubelet",    true },
    {"/var/lib/nodeseed",   true },
    {"/var/lib/rpm",        true },
    {"/var/lib/systemd",    true },
    {"/var/local",          false},
    {"/var/lock",           true },
    {"/var/log",            false},
    {"/var/mail",           true },
    {"/var/opt",            false},
    {"/var/run",            true },
    {"/var/spool",          false},
    {"/var/tmp",            true },
};

int type_folder(const struct variable *v, const char *text, struct error *e)
{
    int r = type_path(v, text, e);
    size_t i;

    for (i = 0; r == 0 && i < ARRAY_SIZE(taken); i++) {
        const char *folder = taken[i].folder;

        if (path_is_inside(folder, text) || (taken[i].all && path_is_inside(text, folder)))
            return error_set(e, -EINVAL,
                             "%s%s is the system's, expected a folder for this alone, such as %s",
                             folder, taken[i].all ? " with all in it" : "", v->otherwise);
    }
    return r;
}
