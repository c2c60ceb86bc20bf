/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <net/if_arp.h>

#include "common/buf.h"
#include "common/file.h"
#include "install_network.h"

static bool read_nic(int net, const char *name, struct install_nic *ret)
{
    _cleanup_close_ int dir = openat(net, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char type[16], mac[64];

    if (dir < 0 || strlen(name) >= sizeof(ret->name) || faccessat(dir, "device", F_OK, 0) < 0)
        return false;
    if (!file_read_line(dir, "type", type, sizeof(type)) || strcmp(type, "1") != 0)
        return false; /* ARPHRD_ETHER is 1 */
    /* In a bond all cards show the bond's address. */
    if ((!file_read_line(dir, "bonding_slave/perm_hwaddr", mac, sizeof(mac)) || !mac[0]) &&
        !file_read_line(dir, "address", mac, sizeof(mac)))
        return false;
    memcpy(ret->name, name, strlen(name) + 1);
    return parse_mac(mac, ret->mac, NULL) == 0;
}

static int compare_nics(const void *a, const void *b)
{
    return strverscmp(((const struct install_nic *)a)->name, ((const struct install_nic *)b)->name);
}

int install_nics_read(const char *root, struct install_nic *ret, size_t *ret_n, struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/sys/class/net");
    struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    if (!path)
        return error_oom(e);
    dir = opendir(path);
    if (!dir)
        return error_set_errno(e, -errno, "%s", path);
    while (n < INSTALL_NICS_MAX && (entry = readdir(dir)))
        if (entry->d_name[0] != '.' && read_nic(dirfd(dir), entry->d_name, &ret[n]))
            n++;
    (void)closedir(dir); /* only read */
    qsort(ret, n, sizeof(*ret), compare_nics);
    *ret_n = n;
    return 0;
}

/* ---- which ones ---- */

static int no_such_card(const struct install_nic *nics, size_t n, const char *mac, const char *from,
                        struct error *e)
{
    _cleanup_buf_ struct buf there = BUF_INIT(480); /* what does not fit is left out */

    for (size_t i = 0; i < n; i++)
        buf_addf(&there, "%s%s (%s)", i ? ", " : "", nics[i].name, nics[i].mac);
    return error_set(e, -ENODEV, "no network card has the address %s (%s); there are: %s%s", mac,
                     from, there.len ? there.data : "none",
                     n ? "" : ": is this installer without its driver or firmware?");
}

static int find_mac(const struct install_nic *nics, size_t n, const char *mac, size_t *ret)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(nics[i].mac, mac) == 0) {
            *ret = i;
            return 0;
        }
    return -ENODEV;
}

int install_nics_choose(const struct install_cmdline *cmdline, const struct install_nic *nics,
                        size_t n, size_t ret[INSTALL_BOND_MAX], size_t *ret_n, struct error *e)
{
    *ret_n = 0;
    if (cmdline->bond[0]) {
        for (size_t i = 0; i < cmdline->n_members; i++) {
            if (find_mac(nics, n, cmdline->members[i], &ret[i]) < 0)
                return no_such_card(nics, n, cmdline->members[i], "nodeseed.bond", e);
            for (size_t k = 0; k < i; k++)
                if (ret[k] == ret[i])
                    return error_set(e, -EINVAL, "nodeseed.bond names %s twice",
                                     cmdline->members[i]);
        }
        *ret_n = cmdline->n_members;
        return 0;
    }
    *ret_n = 1;
    if (cmdline->bootif[0])
        return find_mac(nics, n, cmdline->bootif, &ret[0]) == 0
                   ? 0
                   : no_such_card(nics, n, cmdline->bootif, "BOOTIF", e);
    if (n == 0)
        return no_such_card(nics, n, "of any kind", "none is there", e);
    if (n > 1)
        return error_set(e, -ENODEV,
                         "this machine has %zu network cards and nothing says which one leads to "
                         "the taskbox: boot it by the taskbox's /boot.ipxe, which passes BOOTIF",
                         n);
    ret[0] = 0;
    return 0;
}

/* ---- DHCP ---- */

static const char *const lease_words[] = {"ip", "subnet", "router", "dns", "mtu"};

int udhcpc_event(const char *program, const char *event)
{
    _cleanup_buf_ struct buf text = BUF_INIT(4096);
    _cleanup_free_ char *path = NULL;
    struct error e = ERROR_INIT;

    /* "deconfig" and "leasefail" leave nothing: the caller sees that no answer came. */
    if (strcmp(event, "bound") != 0 && strcmp(event, "renew") != 0)
        return EXIT_SUCCESS;
    for (size_t i = 0; i < ARRAY_SIZE(lease_words); i++) {
        const char *value = getenv(lease_words[i]);

        if (value)
            buf_addf(&text, "%s=%.*s\n", lease_words[i], (int)strcspn(value, "\n"), value);
    }
    if (asprintf(&path, "%s.lease", program) < 0) {
        path = NULL;
        return EXIT_FAILURE;
    }
    if (buf_check(&text) < 0 || !text.len ||
        file_write_atomic(AT_FDCWD, path, text.data, text.len, 0600, &e) < 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

/* The first of several, separated by blanks, from *p on; false when there is none. */
static bool next_address(const char **p, char ret[IP_TEXT_SIZE])
{
    char word[64];
    size_t len;

    *p += strspn(*p, " ");
    len = strcspn(*p, " ");
    (void)snprintf(word, sizeof(word), "%.*s", (int)(len < 63 ? len : 63), *p);
    *p += len;
    if (!len)
        return false;
    (void)snprintf(ret, IP_TEXT_SIZE, "%.45s", word);
    return true;
}

static int take_lease(struct install_lease *l, size_t word, const char *value, struct error *e)
{
    struct ip_address a;
    uint64_t number;
    size_t n = 0;

    switch (word) {
    case 0:
        if (parse_ip(value, &a, NULL) < 0)
            return error_set(e, -EPROTO, "\"%.40s\" is no address", value);
        format_ip(&a, l->address);
        return 0;
    case 1:
        return install_parse_netmask(value, &l->prefix, e);
    case 2:
        (void)next_address(&value, l->gateway); /* none is fine */
        return l->gateway[0] ? parse_ip(l->gateway, &a, e) : 0;
    case 3:
        while (n < INSTALL_DNS_MAX && next_address(&value, l->dns[n]))
            if (parse_ip(l->dns[n++], &a, e) < 0)
                return error_wrap(e, "dns");
        return 0;
    default:
        /* RFC 2132, 5.1: at least 68. A value that makes no sense is nobody's wish. */
        if (parse_uint(value, 65535, &number, NULL) == 0 && number >= 68)
            l->mtu = (unsigned)number;
        return 0;
    }
}

int install_lease_parse(const char *text, struct install_lease *ret, struct error *e)
{
    struct install_lease l = {.prefix = 0};

    while (*text) {
        char line[512];
        size_t len = strcspn(text, "\n"), name = strcspn(text, "=\n");

        (void)snprintf(line, sizeof(line), "%.*s", (int)(len < 511 ? len : 511), text);
        for (size_t i = 0; i < ARRAY_SIZE(lease_words) && name < len && name < 511; i++) {
            int r;

            if (strlen(lease_words[i]) != name || strncmp(line, lease_words[i], name) != 0)
                continue;
            r = take_lease(&l, i, line + name + 1, e);
            if (r < 0)
                return r;
        }
        text += len;
        text += *text == '\n';
    }
    if (!l.address[0] || !l.prefix)
        return error_set(e, -EPROTO, "it has no %s", l.address[0] ? "netmask" : "address");
    *ret = l;
    return 0;
}
