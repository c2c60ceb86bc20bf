/* SPDX-License-Identifier: Apache-2.0 */
#include "nic.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <sys/stat.h>

#include "common/file.h"

/* A bond gives its members another address, and remembers theirs. */
static bool read_nic(int net, const char *name, struct network_nic *ret)
{
    _cleanup_close_ int dir = openat(net, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char line[64];
    uint64_t type;
    struct stat st;

    if (dir < 0 || strlen(name) >= sizeof(ret->name) || fstatat(dir, "device", &st, 0) < 0)
        return false;
    if (!file_read_line(dir, "type", line, sizeof(line)) ||
        parse_uint(line, UINT32_MAX, &type, NULL) < 0 || type != ARPHRD_ETHER)
        return false;
    if (!file_read_line(dir, "bonding_slave/perm_hwaddr", line, sizeof(line)) &&
        !file_read_line(dir, "address", line, sizeof(line)))
        return false;
    (void)snprintf(ret->name, sizeof(ret->name), "%s", name);
    return parse_mac(line, ret->mac, NULL) == 0;
}

static int by_name(const void *a, const void *b)
{
    const struct network_nic *x = a, *y = b;

    return strcmp(x->name, y->name);
}

int nics_read(const char *root, struct nics *ret, struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/sys/class/net");
    struct dirent *entry;
    int r = 0;
    DIR *d;

    ret->n = 0;
    if (!path)
        return error_oom(e);
    d = opendir(path);
    if (!d)
        return errno == ENOENT ? 0 : error_set_errno(e, -errno, "%s", path);
    while (r == 0 && (entry = readdir(d))) {
        struct network_nic nic;

        if (entry->d_name[0] == '.' || !read_nic(dirfd(d), entry->d_name, &nic))
            continue;
        if (ret->n < NICS_MAX)
            ret->items[ret->n++] = nic;
        else
            r = error_set(e, -E2BIG, "%s: more than %d network cards", path, NICS_MAX);
    }
    (void)closedir(d); /* was only read */
    qsort(ret->items, ret->n, sizeof(ret->items[0]), by_name);
    return r;
}

const struct network_nic *nics_find_mac(const struct nics *n, const char *mac)
{
    for (size_t i = 0; i < n->n; i++)
        if (strcmp(n->items[i].mac, mac) == 0)
            return &n->items[i];
    return NULL;
}

const struct network_nic *nics_find_name(const struct nics *n, const char *name)
{
    for (size_t i = 0; i < n->n; i++)
        if (strcmp(n->items[i].name, name) == 0)
            return &n->items[i];
    return NULL;
}

void nics_describe(const struct nics *n, char *ret, size_t size)
{
    size_t len = 0;

    (void)snprintf(ret, size, "no network card at all");
    for (size_t i = 0; i < n->n && len < size; i++)
        len += (size_t)snprintf(ret + len, size - len, "%s%s %s", i ? ", " : "", n->items[i].name,
                                n->items[i].mac);
}
