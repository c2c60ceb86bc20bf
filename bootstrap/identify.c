/* SPDX-License-Identifier: Apache-2.0 */
#include "identify.h"

#include <dirent.h>
#include <fcntl.h>
#include <net/if_arp.h>

#include "common/file.h"
#include "steps.h"

#define ADDRESS_RANDOM 1 /* NET_ADDR_RANDOM of the kernel's addr_assign_type */

static bool is_printable(const char *s)
{
    while (*s >= ' ' && *s <= '~')
        s++;
    return *s == '\0';
}

/* A small sysfs file without its newline and trailing blanks; false when there is none, or one that
 * is no text: firmware that was never given a serial number may have 0xff bytes in its place, which
 * no JSON can carry. */
static bool read_line(int dirfd, const char *path, char *ret, size_t size)
{
    _cleanup_free_ char *text = NULL;
    size_t len;

    if (file_read(dirfd, path, 4096, &text, &len, NULL) < 0)
        return false;
    len = strcspn(text, "\n");
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    text[len] = '\0';
    return is_printable(text) && snprintf(ret, size, "%s", text) < (int)size;
}

static bool read_number(int dirfd, const char *path, uint64_t *ret)
{
    char line[32];

    return read_line(dirfd, path, line, sizeof(line)) &&
           parse_uint(line, UINT32_MAX, ret, NULL) == 0;
}

static void add_mac(struct machine *m, const char *mac)
{
    size_t at = 0;

    while (at < m->n_macs && strcmp(m->macs[at], mac) < 0)
        at++;
    if ((at < m->n_macs && strcmp(m->macs[at], mac) == 0) || m->n_macs == IDENTITY_MACS_MAX)
        return;
    memmove(&m->macs[at + 1], &m->macs[at], (m->n_macs - at) * sizeof(m->macs[0]));
    memcpy(m->macs[at], mac, MAC_TEXT_SIZE);
    m->n_macs++;
}

/* Ethernet interfaces whose address is their own: one that the kernel made up at random (a bridge,
 * a container's end) names nobody. */
static void read_interface(struct machine *m, int net, const char *name)
{
    _cleanup_close_ int dir = openat(net, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char line[64], mac[MAC_TEXT_SIZE];
    uint64_t number;

    if (dir < 0)
        return;
    if (!read_number(dir, "type", &number) || number != ARPHRD_ETHER)
        return;
    if (read_number(dir, "addr_assign_type", &number) && number == ADDRESS_RANDOM)
        return;
    if (read_line(dir, "address", line, sizeof(line)) && parse_mac(line, mac, NULL) == 0)
        add_mac(m, mac);
}

static int read_interfaces(struct machine *m, const char *root, struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/sys/class/net");
    struct dirent *entry;
    DIR *d;

    if (!path)
        return error_oom(e);
    d = opendir(path);
    if (!d)
        return errno == ENOENT ? 0 : error_set_errno(e, -errno, "%s", path);
    while ((entry = readdir(d)))
        if (entry->d_name[0] != '.')
            read_interface(m, dirfd(d), entry->d_name);
    (void)closedir(d); /* was only read */
    return 0;
}

static int read_firmware(struct machine *m, const char *root, struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/sys/class/dmi/id");
    _cleanup_close_ int dir = -1;
    char line[128];

    if (!path)
        return error_oom(e);
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return 0; /* no SMBIOS here */
    if (read_line(dir, "product_uuid", line, sizeof(line)) && !identifier_is_placeholder(line) &&
        parse_uuid(line, m->uuid, NULL) < 0)
        m->uuid[0] = '\0';
    if (read_line(dir, "product_serial", line, sizeof(line)) && !identifier_is_placeholder(line))
        memcpy(m->serial, line, sizeof(m->serial));
    return 0;
}

int machine_read(const char *root, struct machine *ret, struct error *e)
{
    struct machine m = {0};
    int r = read_interfaces(&m, root, e);

    if (r >= 0)
        r = read_firmware(&m, root, e);
    if (r < 0)
        return r;
    if (!m.n_macs && !m.uuid[0] && !m.serial[0])
        return error_set(e, -ENODEV,
                         "no Ethernet interface with an address of its own, and the firmware gives "
                         "neither UUID nor serial number");
    *ret = m;
    return 0;
}

int machine_memory_kb(const char *root, uint64_t *ret, struct error *e)
{
    _cleanup_free_ char *path = path_join(root, "/proc/meminfo"), *text = NULL;
    unsigned long long kb;
    const char *line;
    size_t len;
    int r;

    if (!path)
        return error_oom(e);
    r = file_read(AT_FDCWD, path, 256 * 1024, &text, &len, e);
    if (r < 0)
        return r;
    line = strstr(text, "MemTotal:");
    if (!line || sscanf(line, "MemTotal: %llu kB", &kb) != 1)
        return error_set(e, -EINVAL, "/proc/meminfo has no MemTotal");
    *ret = kb;
    return 0;
}

int identify_run(struct context *c, struct error *e)
{
    struct machine m;
    int r = machine_read(c->root, &m, e);

    if (r < 0)
        return r;
    for (size_t i = 0; i < m.n_macs; i++)
        step_note(c, "MAC %s", m.macs[i]);
    step_note(c, "UUID %s", m.uuid[0] ? m.uuid : "(none)");
    step_note(c, "serial %s", m.serial[0] ? m.serial : "(none)");
    return 0;
}
