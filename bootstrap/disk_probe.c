/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <blkid/blkid.h>

#include "common/file.h"
#include "disk_part.h"
#include "disk_use.h"
#include "disk_view.h"
#include "disk_wipe.h"

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

static int probe_edges(int fd, uint64_t offset, uint64_t size, struct disk_probe *p,
                       struct error *e)
{
    uint64_t first = size < DISK_PROBE_EDGE ? size : DISK_PROBE_EDGE, place = 0;
    uint64_t last = size - first;
    int r = find_data(fd, offset, offset + first, &place, e);

    if (r == 0)
        r = find_data(fd, offset + (last < first ? first : last), offset + size, &place, e);
    if (r < 0)
        return r;
    p->content = r ? DISK_DATA : DISK_BLANK;
    if (r)
        (void)snprintf(p->words, sizeof(p->words),
                       "data of an unknown kind (the first at byte %llu)",
                       (unsigned long long)(place - offset));
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

/* A range of bytes of the open device. */
static int probe_range(int fd, uint64_t offset, uint64_t size, struct disk_probe *ret,
                       struct error *e)
{
    _cleanup_(free_probep) blkid_probe probe = blkid_new_probe();
    struct disk_probe p = {.content = DISK_UNKNOWN};
    int r;

    if (!probe)
        return error_oom(e);
    if (blkid_probe_set_device(probe, fd, (blkid_loff_t)offset, (blkid_loff_t)size) != 0 ||
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
        r = probe_edges(fd, offset, size, &p, e);
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
    *ret = p;
    return 0;
}

int disk_probe_content(int fd, uint64_t size, struct disk_probe *ret, struct error *e)
{
    return probe_range(fd, 0, size, ret, e);
}

static int read_marker_at(const char *folder, struct disk_probe *p, struct error *e)
{
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", folder);
    r = disk_marker_read(fd, &p->marker, e);
    p->has_marker = r == 0;
    p->unmarked = r == -ENOENT;
    return r == -ENOENT ? 0 : r;
}

/* A marker that cannot be read is described in words and counts as none: the disk is then data. */
static void note_unreadable(struct disk_probe *p, const struct error *why)
{
    size_t n = strlen(p->words);

    (void)snprintf(p->words + n, sizeof(p->words) - n, " (%s)", why->message);
}

/* fd: the device with the file system. It is mounted where nothing can write to it, for a mount
 * that is read-only and replays no journal still writes (disk_view.h). */
static int read_marker_on(const struct disk_roots *roots, int fd, const char *folder,
                          struct disk_probe *p, struct error *e)
{
    _cleanup_(disk_view_close) struct disk_view view = DISK_VIEW_INIT;
    bool xfs = !strcmp(p->type, "xfs");
    struct error why = ERROR_INIT;
    int r;

    r = file_make_folders(folder, 0700, e);
    if (r < 0)
        return r;
    if (disk_view_open(roots, fd, &view, &why) < 0) {
        note_unreadable(p, &why);
    } else if (mount(view.node, folder, p->type, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
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
static int open_disk(const struct disk *disk, int *ret, struct error *e)
{
    _cleanup_close_ int fd = open(disk->node, O_RDONLY | O_CLOEXEC);
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

/* Mounts of other namespaces and members of multi-device file systems show only here. */
static void claim(const char *node, struct disk_probe *p)
{
    _cleanup_close_ int fd = open(node, O_RDONLY | O_CLOEXEC | O_EXCL);

    if (fd < 0 && errno == EBUSY)
        (void)snprintf(p->used, sizeof(p->used), "in use by the kernel");
}

/* Use and marker, beside the content that is known; fd: the open node; folder (may be NULL) is
 * where the file system may be mounted for a moment. */
static int probe_use(const struct disk_roots *roots, const struct disk_use *use, const char *node,
                     int fd, const char *folder, struct disk_probe *p, struct error *e)
{
    struct error ignored = ERROR_INIT;

    memcpy(p->used, use->words, sizeof(p->used));
    memcpy(p->mounted, use->mounted, sizeof(p->mounted));
    if (!p->used[0])
        claim(node, p);
    if (p->mounted[0]) {
        _cleanup_free_ char *place = NULL;

        if (asprintf(&place, "%s%s", roots->root, p->mounted) < 0) {
            place = NULL;
            return error_oom(e);
        }
        if (read_marker_at(place, p, &ignored) < 0)
            note_unreadable(p, &ignored);
    } else if (folder && p->content == DISK_FILESYSTEM && !p->used[0]) {
        return read_marker_on(roots, fd, folder, p, e);
    }
    return 0;
}

/* Where a file system may be mounted for a moment; NULL without scratch. */
static int scratch_folder(const char *scratch, const char *name, char **ret, struct error *e)
{
    *ret = NULL;
    if (!scratch)
        return 0;
    *ret = path_join(scratch, name);
    return *ret ? 0 : error_oom(e);
}

/* Is the folder for that disk or a partition of it ("vdb1", "nvme0n1p1")? */
static bool is_folder_of(const char *folder, const char *disk)
{
    size_t n = strlen(disk);

    if (strncmp(folder, disk, n) != 0)
        return false;
    folder += n;
    folder += *folder == 'p';
    return strspn(folder, "0123456789") == strlen(folder);
}

/* What a predecessor that was killed while it looked for a marker, or wrote one, left mounted. */
static int clean_scratch(const char *scratch, const struct disk *disk, struct error *e)
{
    DIR *dir = scratch ? opendir(scratch) : NULL;
    struct dirent *entry;
    int r = 0;

    while (dir && r == 0 && (entry = readdir(dir))) {
        _cleanup_free_ char *folder = NULL;

        if (!is_folder_of(entry->d_name, disk->name))
            continue;
        folder = path_join(scratch, entry->d_name);
        if (!folder)
            r = error_oom(e);
        else
            (void)umount2(folder, UMOUNT_NOFOLLOW | MNT_DETACH); /* EINVAL: it was not */
    }
    if (dir)
        (void)closedir(dir); /* only read */
    return r;
}

int disk_probe(const struct disk_roots *roots, const struct disk *disk, const char *scratch,
               struct disk_probe *ret, struct error *e)
{
    _cleanup_free_ char *folder = NULL;
    _cleanup_close_ int fd = -1;
    struct disk_probe p;
    struct disk_use use;
    int r;

    if ((r = clean_scratch(scratch, disk, e)) < 0 ||
        (r = scratch_folder(scratch, disk->name, &folder, e)) < 0 ||
        (r = disk_use_read(roots, disk, &use, e)) < 0 || (r = open_disk(disk, &fd, e)) < 0)
        return r;
    r = probe_range(fd, 0, disk->size, &p, e);
    if (r >= 0)
        r = disk_wipe_look(fd, p.wiping, e);
    if (r < 0)
        return error_wrap(e, "%s", disk->node);
    r = probe_use(roots, &use, disk->node, fd, folder, &p, e);
    if (r == 0)
        *ret = p;
    return r;
}

/* ---- partitions ----------------------------------------------------------------------------- */

/* A partition that the kernel has is read by its own device: the whole disk's has a page cache of
 * its own, which knows nothing of what was written there. One that the kernel does not have, or has
 * elsewhere, is used by nobody and mounted nowhere. */
static int probe_part(const struct disk_roots *roots, const struct disk *disk, int fd,
                      const char *scratch, struct disk_part *part, struct error *e)
{
    _cleanup_free_ char *node = NULL, *folder = NULL;
    _cleanup_close_ int own = -1;
    struct disk_use use;
    unsigned major, minor;
    int r = disk_part_find(roots, disk, part->number, part->start, part->size, &node, &major,
                           &minor, e);

    if (r == 0)
        return probe_range(fd, part->start, part->size, &part->probe, e);
    if (r < 0 || (r = scratch_folder(scratch, strrchr(node, '/') + 1, &folder, e)) < 0 ||
        (r = disk_use_read_part(roots, major, minor, &use, e)) < 0)
        return r;
    own = open(node, O_RDONLY | O_CLOEXEC);
    if (own < 0)
        return error_set_errno(e, -errno, "opening %s", node);
    r = probe_range(own, 0, part->size, &part->probe, e);
    return r < 0 ? r : probe_use(roots, &use, node, own, folder, &part->probe, e);
}

static int read_part(blkid_partition from, struct disk_part *ret, struct error *e)
{
    const char *guid = blkid_partition_get_uuid(from);

    ret->number = (unsigned)blkid_partition_get_partno(from);
    ret->start = (uint64_t)blkid_partition_get_start(from) * 512;
    ret->size = (uint64_t)blkid_partition_get_size(from) * 512;
    return guid ? parse_uuid(guid, ret->guid, e) : 0;
}

static int read_table(blkid_probe probe, struct disk_table **ret, struct error *e)
{
    _cleanup_free_ struct disk_table *table = NULL;
    blkid_partlist list = NULL;
    blkid_parttable head;
    const char *guid;
    int i, r, n;

    if (blkid_probe_enable_partitions(probe, 1) == 0 &&
        blkid_probe_set_partitions_flags(probe, BLKID_PARTS_FORCE_GPT) == 0)
        list = blkid_probe_get_partitions(probe);
    head = list ? blkid_partlist_get_table(list) : NULL;
    guid = head ? blkid_parttable_get_id(head) : NULL;
    n = head ? blkid_partlist_numof_partitions(list) : -1;
    if (!guid || n < 0)
        return error_set(e, -EIO, "its partition table cannot be read");
    if (n > DISK_PARTS_MAX)
        return 0;
    table = calloc(1, sizeof(*table) + (size_t)n * sizeof(table->parts[0]));
    if (!table)
        return error_oom(e);
    r = parse_uuid(guid, table->guid, e);
    for (i = 0; i < n && r == 0; i++)
        r = read_part(blkid_partlist_get_partition(list, i), &table->parts[i], e);
    if (r < 0)
        return r;
    table->n = (size_t)n;
    *ret = TAKE_PTR(table);
    return 0;
}

int disk_probe_table(const struct disk_roots *roots, const struct disk *disk, const char *scratch,
                     struct disk_table **ret, struct error *e)
{
    _cleanup_(free_probep) blkid_probe probe = blkid_new_probe();
    _cleanup_free_ struct disk_table *table = NULL;
    _cleanup_close_ int fd = -1;
    size_t i;
    int r;

    if (!probe)
        return error_oom(e);
    *ret = NULL;
    r = open_disk(disk, &fd, e);
    if (r < 0)
        return r;
    if (blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)disk->size) != 0)
        return error_set(e, -EIO, "libblkid refuses the device");
    /* what the kernel remembers of it from before partitions were written */
    if (ioctl(fd, BLKFLSBUF, 0) < 0)
        return error_set_errno(e, -errno, "flushing %s", disk->node);
    r = read_table(probe, &table, e);
    for (i = 0; table && i < table->n && r == 0; i++)
        r = probe_part(roots, disk, fd, scratch, &table->parts[i], e);
    if (r < 0)
        return error_wrap(e, "%s", disk->node);
    *ret = TAKE_PTR(table);
    return 0;
}
