/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_list.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/parse.h"
#include "disk_scsi.h"

#define ATTRIBUTE_MAX 4096

static void disk_done(struct disk *d)
{
    size_t i;

    free(d->name);
    free(d->node);
    free(d->serial);
    free(d->wwn);
    for (i = 0; d->ids[i]; i++)
        free(d->ids[i]);
    for (i = 0; d->paths[i]; i++)
        free(d->paths[i]);
}

void disk_list_done(struct disk_list *l)
{
    size_t i;

    for (i = 0; i < l->n; i++)
        disk_done(&l->items[i]);
    free(l->items);
    *l = (struct disk_list){NULL, 0};
}

/* Text of a sysfs attribute without the blanks around it; NULL when it is missing, empty or not
 * text. Not an error: which attributes exist is the driver's affair. */
static char *attribute_read(const char *folder, const char *name, void *userdata)
{
    _cleanup_free_ char *path = path_join(folder, name), *text = NULL;
    char *s;
    size_t len, i;

    (void)userdata;
    if (!path || file_read(AT_FDCWD, path, ATTRIBUTE_MAX, &text, &len, NULL) < 0)
        return NULL;
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    for (s = text; *s == ' '; s++)
        len--;
    if (!len || strlen(s) != len)
        return NULL;
    for (i = 0; i < len; i++)
        if ((unsigned char)s[i] < 0x20)
            return NULL;
    return strdup(s);
}

static int attribute_read_uint(const char *folder, const char *name, uint64_t *ret)
{
    _cleanup_free_ char *text = attribute_read(folder, name, NULL);

    return text ? parse_uint(text, UINT64_MAX, ret, NULL) : -ENOENT;
}

char *wwn_normalize(const char *s)
{
    static const char *const prefixes[] = {"wwn-", "nvme-", "naa.", "eui.", "nvme.", "0x"};
    char *copy, *p;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (!strncasecmp(s, prefixes[i], strlen(prefixes[i])))
            s += strlen(prefixes[i]);
    copy = strdup(s);
    for (p = copy; p && *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return copy;
}

/* Domains have four digits or more: those that the kernel makes up, such as behind Intel's VMD, are
 * counted from 10000 on. */
static bool is_pci_address(const char *s)
{
    unsigned domain, bus, device, function;
    int end = 0;

    return sscanf(s, "%8x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) == 4 &&
           s[end] == '\0';
}

char *disk_path_name(const char *device_path,
                     char *(*attribute)(const char *folder, const char *name, void *userdata),
                     void *userdata)
{
    _cleanup_free_ char *folder = strdup(device_path);
    _cleanup_buf_ struct buf tail = BUF_INIT(256);
    char *slash, *answer = NULL;
    bool is_ata = false;

    /* from the disk upwards, as path_id does it: what is nearest to the disk ends the name */
    while (folder && (slash = strrchr(folder, '/')) && slash != folder) {
        const char *component = slash + 1;
        unsigned host, channel, target, port;
        unsigned long long lun;
        int end = 0;

        if (!strncmp(component, "ata", 3) && isdigit((unsigned char)component[3])) {
            _cleanup_free_ char *class_folder = NULL, *number = NULL;

            if (asprintf(&class_folder, "%s/ata_port/%s", folder, component) < 0) {
                class_folder = NULL;
                return NULL;
            }
            number = attribute(class_folder, "port_no", userdata);
            if (!number)
                return NULL;
            buf_clear(&tail);
            buf_addf(&tail, "-ata-%s", number);
            is_ata = true;
        } else if (!is_ata &&
                   sscanf(component, "%u:%u:%u:%llu%n", &host, &channel, &target, &lun, &end) ==
                       4 &&
                   component[end] == '\0') {
            buf_addf(&tail, "-scsi-0:%u:%u:%llu", channel, target, lun);
        } else if (sscanf(component, "nvme%un%u%n", &host, &port, &end) == 2 &&
                   component[end] == '\0') {
            _cleanup_free_ char *number = attribute(folder, "nsid", userdata);

            if (number)
                buf_addf(&tail, "-nvme-%s", number);
            else
                buf_addf(&tail, "-nvme-%u", port);
        } else if (!strncmp(component, "usb", 3) || !strncmp(component, "rport-", 6) ||
                   !strncmp(component, "session", 7) || !strncmp(component, "end_device-", 11)) {
            return NULL; /* buses whose names only udev knows */
        } else if (is_pci_address(component)) {
            if (buf_check(&tail) == 0 &&
                asprintf(&answer, "pci-%s%s", component, tail.data ? tail.data : "") < 0)
                answer = NULL;
            return answer;
        }
        *slash = '\0';
    }
    return NULL;
}

/* Adds a name, once. Past DISK_NAMES_MAX names are dropped: none is needed for safety, a name that
 * is not known only fails to match. */
static int add_name(char *names[DISK_NAMES_MAX + 1], const char *name)
{
    size_t i;

    for (i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return 0;
    if (i == DISK_NAMES_MAX)
        return 0;
    names[i] = strdup(name);
    return names[i] ? 0 : -ENOMEM;
}

/* by-path names are written as udev's links are, too: with their folder, and for virtio, in older
 * versions of udev, with a second name for the same place. */
static const char *path_name(const char *name)
{
    const char *slash = strrchr(name, '/');

    name = slash ? slash + 1 : name;
    return strncmp(name, "virtio-", 7) ? name : name + 7;
}

bool disk_has_path(const struct disk *disk, const char *name)
{
    size_t i;

    for (i = 0; disk->paths[i]; i++)
        if (!strcmp(disk->paths[i], path_name(name)))
            return true;
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of those links in dev/disk/FOLDER that lead to this disk, in order, after those that are
 * known. */
static int read_links(const struct disk_roots *roots, const char *folder, const struct disk *d,
                      const char *(*name_of)(const char *link), char *names[DISK_NAMES_MAX + 1],
                      struct error *e)
{
    _cleanup_free_ char *path = NULL;
    struct dirent *entry;
    size_t known = 0, n;
    int r = 0;
    DIR *dir;

    while (names[known])
        known++;
    if (asprintf(&path, "%s/disk/%s", roots->dev, folder) < 0) {
        path = NULL;
        return error_oom(e);
    }
    dir = opendir(path);
    if (!dir)
        return 0; /* no udev here */
    while (r == 0 && (entry = readdir(dir))) {
        struct stat st;

        if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, 0) < 0 ||
            !S_ISBLK(st.st_mode) || st.st_rdev != makedev(d->major, d->minor))
            continue;
        r = add_name(names, name_of ? name_of(entry->d_name) : entry->d_name);
    }
    (void)closedir(dir); /* only read */
    for (n = known; names[n]; n++)
        ;
    qsort(names + known, n - known, sizeof(names[0]), compare_names);
    return r < 0 ? error_oom(e) : 0;
}

/* A vital product data page: from sysfs, else by asking the device. */
static int read_scsi_page(const struct disk *d, const char *folder, const char *attribute,
                          uint8_t page, uint8_t ret[SCSI_PAGE_MAX])
{
    _cleanup_free_ char *path = path_join(folder, attribute), *data = NULL;
    _cleanup_close_ int fd = -1;
    size_t len;

    if (!path)
        return -ENOMEM;
    if (file_read(AT_FDCWD, path, SCSI_PAGE_MAX, &data, &len, NULL) == 0) {
        memcpy(ret, data, len);
        return (int)len;
    }
    fd = open(d->node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return scsi_read_page(fd, page, ret);
}

static int read_identity(const struct disk_roots *roots, const char *folder, struct disk *d,
                         struct error *e)
{
    static const char *const serials[] = {"serial", "device/serial"}; /* virtio; NVMe and MMC */
    static const char *const wwns[] = {"wwid", "device/wwid"};        /* NVMe; SCSI */
    _cleanup_free_ char *vendor = attribute_read(folder, "device/vendor", NULL), *name = NULL;
    uint8_t page[SCSI_PAGE_MAX];
    char resolved[PATH_MAX];
    size_t i;
    int n;

    for (i = 0; i < ARRAY_SIZE(serials) && !d->serial; i++)
        d->serial = attribute_read(folder, serials[i], NULL);
    for (i = 0; i < ARRAY_SIZE(wwns) && !name; i++)
        name = attribute_read(folder, wwns[i], NULL);
    /* "device/vendor" with "device/type" is a SCSI device's; PCI's vendor is beside no type */
    if (vendor && vendor[0] != '0' && (!d->serial || !name)) {
        if (!d->serial &&
            (n = read_scsi_page(d, folder, "device/vpd_pg80", SCSI_PAGE_SERIAL, page)) > 0)
            d->serial = scsi_serial(page, (size_t)n);
        if (!name &&
            (n = read_scsi_page(d, folder, "device/vpd_pg83", SCSI_PAGE_IDENTITY, page)) > 0)
            name = scsi_wwn(page, (size_t)n);
    }
    if (d->serial && identifier_is_placeholder(d->serial)) {
        free(d->serial);
        d->serial = NULL;
    }
    if (name && !identifier_is_placeholder(name)) {
        d->wwn = wwn_normalize(name);
        if (!d->wwn)
            return error_oom(e);
    }
    if (realpath(folder, resolved)) /* udev's link may be missing yet */
        d->paths[0] = disk_path_name(resolved, attribute_read, NULL);

    /* the names that udev would give, for where it does not run */
    if (d->serial && !strncmp(d->name, "vd", 2)) {
        _cleanup_free_ char *id = NULL;

        if (asprintf(&id, "virtio-%.20s", d->serial) < 0) {
            id = NULL;
            return error_oom(e);
        }
        if (add_name(d->ids, id) < 0)
            return error_oom(e);
    }
    if (d->wwn && strspn(d->wwn, "0123456789abcdef") == strlen(d->wwn)) {
        _cleanup_free_ char *id = NULL;

        if (asprintf(&id, "%s%s", !strncmp(d->name, "nvme", 4) ? "nvme-eui." : "wwn-0x", d->wwn) <
            0) {
            id = NULL;
            return error_oom(e);
        }
        if (add_name(d->ids, id) < 0)
            return error_oom(e);
    }
    n = read_links(roots, "by-id", d, NULL, d->ids, e);
    return n < 0 ? n : read_links(roots, "by-path", d, path_name, d->paths, e);
}

static int disk_read(const struct disk_roots *roots, const char *name, struct disk *ret,
                     struct error *e)
{
    _cleanup_free_ char *folder = NULL, *number = NULL;
    uint64_t sectors = 0, read_only = 0;
    char *p;

    ret->name = strdup(name);
    ret->node = path_join(roots->dev, name);
    if (!ret->name || !ret->node || asprintf(&folder, "%s/block/%s", roots->sys, name) < 0) {
        folder = NULL;
        return error_oom(e);
    }
    /* sysfs writes the '/' of names such as cciss/c0d0 as '!' */
    for (p = ret->node + strlen(roots->dev); *p; p++)
        if (*p == '!')
            *p = '/';
    number = attribute_read(folder, "dev", NULL);
    if (!number || sscanf(number, "%u:%u", &ret->major, &ret->minor) != 2)
        return -ENODEV; /* it went away between the listing and now */
    if (attribute_read_uint(folder, "size", &sectors) < 0 || sectors > UINT64_MAX / 512)
        return -ENODEV;
    ret->size = sectors * 512;
    (void)attribute_read_uint(folder, "ro", &read_only); /* older kernels have none: not set */
    ret->read_only = read_only != 0;
    return read_identity(roots, folder, ret, e);
}

static int compare_disks(const void *a, const void *b)
{
    return strverscmp(((const struct disk *)a)->name, ((const struct disk *)b)->name);
}

/* Never a data disk, whatever is asked for. */
static bool is_left_out(const char *name)
{
    static const char *const prefixes[] = {".", "ram", "zram", "sr", "fd", "mtdblock"};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
            return true;
    return false;
}

int disk_list_read(const struct disk_roots *roots, struct disk_list *ret, struct error *e)
{
    _cleanup_disk_list_ struct disk_list list = {NULL, 0};
    _cleanup_free_ char *folder = path_join(roots->sys, "block");
    struct dirent *entry;
    int r = 0;
    DIR *dir;

    if (!folder)
        return error_oom(e);
    dir = opendir(folder);
    if (!dir)
        return error_set_errno(e, -errno, "opening %s", folder);
    while (r == 0 && (entry = readdir(dir))) {
        struct disk d = {.name = NULL}, *grown;

        if (is_left_out(entry->d_name))
            continue;
        r = disk_read(roots, entry->d_name, &d, e);
        if (r == 0 && list.n == DISK_LIST_MAX)
            r = error_set(e, -E2BIG, "more than %d disks", DISK_LIST_MAX);
        if (r < 0) {
            disk_done(&d);
            r = r == -ENODEV ? 0 : r;
            continue;
        }
        grown = reallocarray(list.items, list.n + 1, sizeof(*grown));
        if (!grown) {
            disk_done(&d);
            r = error_oom(e);
            continue;
        }
        list.items = grown;
        list.items[list.n++] = d;
    }
    (void)closedir(dir); /* only read */
    if (r < 0)
        return r;
    if (list.n)
        qsort(list.items, list.n, sizeof(*list.items), compare_disks);
    *ret = list;
    list = (struct disk_list){NULL, 0};
    return 0;
}
