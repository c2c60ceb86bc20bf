/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_probe.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <blkid/blkid.h>

#include "common/file.h"
#include "disk_use.h"

#define CHUNK ((size_t)1024 * 1024)

static void free_probep(blkid_probe *p)
{
    if (*p)
        blkid_free_probe(*p);
}

/* Copies a value that libblkid found; what is not printable ASCII becomes '?', for it is going to
 * be shown, logged and sent as JSON. false when there is none. */
static bool lookup(blkid_probe probe, const char *name, char *ret, size_t size)
{
    const char *value;
    char *p;

    ret[0] = '\0';
    if (blkid_probe_lookup_value(probe, name, &value, NULL) < 0)
        return false;
    (void)snprintf(ret, size, "%s", value); /* cut short is fine, it is for showing and comparing */
    for (p = ret; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            *p = '?';
    return true;
}

/* How a person calls what blkid's USAGE groups. */
static const char *usage_words(const char *usage)
{
    static const struct {
        const char *usage, *words;
    } table[] = {
        {"filesystem", "file system"          },
        {"raid",       "volume or RAID member"},
        {"crypto",     "encrypted volume"     },
        {"other",      "area"                 },
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(table); i++)
        if (!strcmp(table[i].usage, usage))
            return table[i].words;
    return "signature";
}

/* Finds the first byte in [from, to) that is not zero: 1 and its place, 0 when there is none. */
static int find_data(int fd, uint64_t from, uint64_t to, uint64_t *ret_place, struct error *e)
{
    _cleanup_free_ uint8_t *chunk = malloc(CHUNK);

    if (!chunk)
        return error_oom(e);
    while (from < to) {
        size_t want = to - from < CHUNK ? (size_t)(to - from) : CHUNK, i;
        ssize_t n = pread(fd, chunk, want, (off_t)from);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set_errno(e, n < 0 ? -errno : -EIO, "reading at byte %llu",
                                   (unsigned long long)from);
        if (chunk[0] != 0 || memcmp(chunk, chunk + 1, (size_t)n - 1) != 0) {
            for (i = 0; chunk[i] == 0; i++)
                ;
            *ret_place = from + i;
            return 1;
        }
        from += (uint64_t)n;
    }
    return 0;
}

static int probe_edges(int fd, uint64_t size, struct disk_probe *p, struct error *e)
{
    uint64_t first = size < DISK_PROBE_EDGE ? size : DISK_PROBE_EDGE, place = 0;
    uint64_t last = size - first;
    int r = find_data(fd, 0, first, &place, e);

    if (r == 0)
        r = find_data(fd, last < first ? first : last, size, &place, e);
    if (r < 0)
        return r;
    p->content = r ? DISK_DATA : DISK_BLANK;
    if (r)
        (void)snprintf(p->words, sizeof(p->words),
                       "data of an unknown kind (the first at byte %llu)",
                       (unsigned long long)place);
    else
        (void)snprintf(p->words, sizeof(p->words), "nothing");
    return 0;
}

static void describe_signature(blkid_probe probe, struct disk_probe *p)
{
    char usage[32], label[64], table[32];
    bool has_table = lookup(probe, "PTTYPE", table, sizeof(table));
    int n;

    p->signature = true;
    (void)lookup(probe, "UUID", p->uuid, sizeof(p->uuid));
    if (!lookup(probe, "TYPE", p->type, sizeof(p->type))) {
        p->content = DISK_DATA;
        (void)snprintf(p->type, sizeof(p->type), "%s", table);
        (void)snprintf(p->words, sizeof(p->words), "a partition table (%s)", table);
        return;
    }
    (void)lookup(probe, "USAGE", usage, sizeof(usage));
    (void)lookup(probe, "LABEL", label, sizeof(label));
    n = snprintf(p->words, sizeof(p->words), "%s %s", p->type, usage_words(usage));
    if (label[0])
        (void)snprintf(p->words + n, sizeof(p->words) - (size_t)n, " labelled '%s'", label);
    p->content = !has_table && !strcmp(usage, "filesystem") &&
                         (!strcmp(p->type, "ext4") || !strcmp(p->type, "xfs"))
                     ? DISK_FILESYSTEM
                     : DISK_DATA;
}

int disk_probe_content(int fd, uint64_t size, struct disk_probe *ret, struct error *e)
{
    _cleanup_(free_probep) blkid_probe probe = blkid_new_probe();
    struct disk_probe p = {.content = DISK_UNKNOWN};
    int r;

    if (!probe)
        return error_oom(e);
    if (blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)size) != 0 ||
        blkid_probe_enable_superblocks(probe, 1) != 0 ||
        blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
                                                     BLKID_SUBLKS_LABEL | BLKID_SUBLKS_USAGE |
                                                     BLKID_SUBLKS_BADCSUM) != 0 ||
        blkid_probe_enable_partitions(probe, 1) != 0 ||
        /* a GPT without its protective MBR is still somebody's */
        blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT) != 0)
        return error_set(e, -EIO, "libblkid refuses the device");
    errno = 0;
    r = blkid_do_safeprobe(probe);
    switch (r) {
    case 0:
        describe_signature(probe, &p);
        break;
    case 1:
        r = probe_edges(fd, size, &p, e);
        if (r < 0)
            return r;
        break;
    case -2:
        p.content = DISK_DATA;
        p.signature = true;
        (void)snprintf(p.words, sizeof(p.words), "signatures of more than one kind");
        break;
    default:
        return error_set_errno(e, errno ? -errno : -EIO, "looking for signatures");
    }
    p.has_marker = false;
    *ret = p;
    return 0;
}

static int read_marker_at(const char *folder, struct disk_probe *p, struct error *e)
{
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", folder);
    r = disk_marker_read(fd, &p->marker, e);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    p->has_marker = true;
    return 0;
}

/* A marker that cannot be read is described in words and counts as none: the disk is then data. */
static void note_unreadable(struct disk_probe *p, const struct error *why)
{
    size_t n = strlen(p->words);

    (void)snprintf(p->words + n, sizeof(p->words) - n, " (%s)", why->message);
}

static int read_marker_on(const struct disk *disk, const char *folder, struct disk_probe *p,
                          struct error *e)
{
    bool xfs = !strcmp(p->type, "xfs");
    struct error why = ERROR_INIT;
    int r;

    r = file_make_folders(folder, 0700, e);
    if (r < 0)
        return r;
    if (mount(disk->node, folder, p->type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
              xfs ? "norecovery,nouuid" : "noload") < 0) {
        (void)error_set_errno(&why, -errno, "it cannot be mounted");
        note_unreadable(p, &why);
    } else {
        if (read_marker_at(folder, p, &why) < 0)
            note_unreadable(p, &why);
        if (umount2(folder, UMOUNT_NOFOLLOW) < 0 &&
            umount2(folder, UMOUNT_NOFOLLOW | MNT_DETACH) < 0)
            return error_set_errno(e, -errno, "unmounting %s", folder);
    }
    (void)rmdir(folder); /* an empty folder in the scratch area harms nobody */
    return 0;
}

/* Opens the disk and makes sure that it is the one that sysfs spoke of. */
static int open_disk(const struct disk *disk, int flags, int *ret, struct error *e)
{
    _cleanup_close_ int fd = open(disk->node, O_RDONLY | O_CLOEXEC | flags);
    struct stat st;
    uint64_t size;

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", disk->node);
    if (fstat(fd, &st) < 0)
        return error_set_errno(e, -errno, "%s", disk->node);
    if (!S_ISBLK(st.st_mode) || st.st_rdev != makedev(disk->major, disk->minor))
        return error_set(e, -EIO, "%s is not the device %u:%u that sysfs describes", disk->node,
                         disk->major, disk->minor);
    if (ioctl(fd, BLKGETSIZE64, &size) < 0)
        return error_set_errno(e, -errno, "size of %s", disk->node);
    if (size != disk->size)
        return error_set(e, -EIO, "%s has %llu bytes, sysfs says %llu", disk->node,
                         (unsigned long long)size, (unsigned long long)disk->size);
    *ret = TAKE_FD(fd);
    return 0;
}

int disk_probe(const struct disk_roots *roots, const struct disk *disk, const char *scratch,
               struct disk_probe *ret, struct error *e)
{
    _cleanup_free_ char *folder = scratch ? path_join(scratch, disk->name) : NULL;
    struct disk_probe p = {.content = DISK_UNKNOWN};
    struct error ignored = ERROR_INIT;
    struct disk_use use;
    int fd, r;

    if (scratch && !folder)
        return error_oom(e);
    /* left by a predecessor that was killed while it looked for the marker */
    if (folder)
        (void)umount2(folder, UMOUNT_NOFOLLOW | MNT_DETACH); /* EINVAL and ENOENT: it was not */

    r = disk_use_read(roots, disk, &use, e);
    if (r < 0)
        return r;
    if (!use.words[0]) {
        /* mounts of other namespaces and members of multi-device file systems show only here */
        r = open_disk(disk, O_EXCL, &fd, &ignored);
        if (r == -EBUSY)
            (void)snprintf(use.words, sizeof(use.words), "in use by the kernel");
        if (r == 0)
            (void)close(fd); /* nothing was written */
    }
    r = open_disk(disk, 0, &fd, e);
    if (r < 0)
        return r;
    r = disk_probe_content(fd, disk->size, &p, e);
    (void)close(fd); /* nothing was written */
    if (r < 0)
        return error_wrap(e, "%s", disk->node);
    memcpy(p.used, use.words, sizeof(p.used));
    memcpy(p.mounted, use.mounted, sizeof(p.mounted));

    if (p.mounted[0]) {
        _cleanup_free_ char *place = NULL;

        if (asprintf(&place, "%s%s", roots->root, p.mounted) < 0) {
            place = NULL;
            return error_oom(e);
        }
        if (read_marker_at(place, &p, &ignored) < 0)
            note_unreadable(&p, &ignored);
    } else if (folder && p.content == DISK_FILESYSTEM && !p.used[0]) {
        r = read_marker_on(disk, folder, &p, e);
        if (r < 0)
            return r;
    }
    *ret = p;
    return 0;
}
