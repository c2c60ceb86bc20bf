/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_apply.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>

#include "common/clock.h"
#include "common/file.h"
#include "cut.h"
#include "fstab.h"

#define LOCK_TRIES 50
#define LOCK_PAUSE_MS 100
#define ARGUMENTS_MAX 12

/* Options that make a file system of a kind with a given UUID and label over a whole disk. again:
 * added where the program would otherwise refuse what our interrupted run left. */
static const struct maker {
    const char *fs;
    const char *program;
    const char *const fixed[3];
    const char *uuid_prefix, *uuid, *label, *again;
} makers[] = {
    {"ext4", "mkfs.ext4", {"-q", "-F", NULL}, "",      "-U", "-L", NULL},
    {"xfs",  "mkfs.xfs",  {"-q", NULL},       "uuid=", "-m", "-L", "-f"},
};

static int key_of(const char *uuid, char ret[6 + UUID_TEXT_SIZE])
{
    return snprintf(ret, 6 + UUID_TEXT_SIZE, "disks/%s", uuid);
}

int disk_begun(const struct journal *journal, const char *uuid, struct disk_record *ret,
               struct error *e)
{
    char key[6 + UUID_TEXT_SIZE];
    json_t *intent;
    int r;

    (void)key_of(uuid, key);
    intent = journal_intent(journal, key);
    if (!intent)
        return 0;
    r = disk_record_parse(intent, ret, e);
    return r < 0 ? error_wrap(e, "journal: %s", key) : 1;
}

static int write_intent(const struct disk_site *site, const struct disk_want *want,
                        const struct disk *disk, struct error *e)
{
    struct disk_record record = {.incarnation = site->owner->incarnation,
                                 .time_ms = clock_realtime_ms()};
    _cleanup_json_ json_t *intent = NULL;
    char key[6 + UUID_TEXT_SIZE];

    if (!disk_record_identify(&record, disk))
        return error_set(e, -EINVAL, "disk %s has an identity that is too long", disk->name);
    (void)snprintf(record.uuid, sizeof(record.uuid), "%s", want->uuid);
    (void)snprintf(record.fs, sizeof(record.fs), "%s", want->fs);
    (void)snprintf(record.label, sizeof(record.label), "%s", want->label);
    intent = disk_record_to_json(&record);
    if (!intent)
        return error_oom(e);
    (void)key_of(want->uuid, key);
    return journal_set_intent(site->journal, key, intent, e);
}

/* udev leaves a locked block device alone (systemd's "Locking Block Device Access"); mkfs claims it
 * with O_EXCL by itself, which is why this descriptor does not. */
static int lock_disk(const struct disk *disk, int *ret, struct error *e)
{
    _cleanup_close_ int fd = open(disk->node, O_RDWR | O_CLOEXEC);
    int tries = 0;

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", disk->node);
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK || ++tries == LOCK_TRIES)
            return error_set_errno(e, -errno, "locking %s", disk->node);
        clock_sleep_ms(LOCK_PAUSE_MS);
    }
    *ret = TAKE_FD(fd);
    return 0;
}

static int make_filesystem(const struct disk_site *site, const struct disk_want *want,
                           const struct disk *disk, bool again, struct error *e)
{
    const char *argv[ARGUMENTS_MAX];
    char uuid[UUID_TEXT_SIZE + 8];
    const struct maker *m = makers;
    size_t n = 0, i;

    while (strcmp(m->fs, want->fs) != 0)
        if (++m == makers + ARRAY_SIZE(makers))
            return error_set(e, -EINVAL, "no program makes file systems of type %s", want->fs);
    (void)snprintf(uuid, sizeof(uuid), "%s%s", m->uuid_prefix, want->uuid);
    argv[n++] = m->program;
    for (i = 0; m->fixed[i]; i++)
        argv[n++] = m->fixed[i];
    if (again && m->again)
        argv[n++] = m->again;
    argv[n++] = m->uuid;
    argv[n++] = uuid;
    if (want->label[0]) {
        argv[n++] = m->label;
        argv[n++] = want->label;
    }
    argv[n++] = disk->node;
    argv[n] = NULL;
    return site->run(argv, site->timeout_ms, site->userdata, e);
}

/* Puts the marker on a new file system, which is mounted nowhere before and after. */
static int write_marker(const struct disk_site *site, const struct disk_want *want,
                        const struct disk *disk, struct error *e)
{
    struct disk_marker marker = {.incarnation = site->owner->incarnation};
    _cleanup_free_ char *folder = path_join(site->scratch, disk->name);
    int fd, r;

    if (!folder)
        return error_oom(e);
    (void)snprintf(marker.cluster, sizeof(marker.cluster), "%s", site->owner->cluster);
    (void)snprintf(marker.host, sizeof(marker.host), "%s", site->owner->host);
    (void)snprintf(marker.uuid, sizeof(marker.uuid), "%s", want->uuid);
    (void)snprintf(marker.serial, sizeof(marker.serial), "%s", disk->serial ? disk->serial : "");

    r = file_make_folders(folder, 0700, e);
    if (r < 0)
        return r;
    if (mount(disk->node, folder, want->fs, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return error_set_errno(e, -errno, "mounting %s at %s", disk->node, folder);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        r = error_set_errno(e, -errno, "opening %s", folder);
    if (r == 0)
        r = disk_marker_write(fd, &marker, e);
    if (r == 0) {
        cut_here("disks", "marker-written");
        if (syncfs(fd) < 0)
            r = error_set_errno(e, -errno, "syncing %s", folder);
    }
    if (fd >= 0)
        (void)close(fd); /* a folder; the file in it is synced */
    if (umount2(folder, UMOUNT_NOFOLLOW) < 0) {
        int code = -errno;

        /* it must not stay in the way of the next try; the first reason is the one to tell */
        (void)umount2(folder, UMOUNT_NOFOLLOW | MNT_DETACH);
        if (r == 0)
            r = error_set_errno(e, code, "unmounting %s", folder);
    }
    (void)rmdir(folder); /* an empty folder in the scratch area harms nobody */
    return r;
}

/* What is on the disk right now must lead to the same decision. */
static int look_again(const struct disk_site *site, const struct disk_want *want,
                      const struct disk *disk, const struct disk_action *action, struct error *e)
{
    struct disk_action now;
    struct disk_record begun;
    struct disk_probe probe;
    int r;

    if ((r = disk_begun(site->journal, want->uuid, &begun, e)) < 0)
        return r;
    if (!r)
        return error_set(e, -EIO, "disk %s: the journal lost its intent", disk->name);
    if ((r = disk_probe(site->roots, disk, site->scratch, &probe, e)) < 0 ||
        (r = disk_decide(want, site->owner, disk, &probe, &begun, &now, e)) < 0)
        return r;
    if (now.verb != DISK_FORMAT || now.resume != action->resume)
        return error_set(e, -EPERM, "disk %s has changed while it was looked at: %s", disk->name,
                         probe.words);
    return 0;
}

static int format_disk(const struct disk_site *site, const struct disk_want *want,
                       const struct disk *disk, const struct disk_action *action, struct error *e)
{
    _cleanup_close_ int lock = -1;
    int r;

    if (!action->resume) {
        r = write_intent(site, want, disk, e);
        if (r < 0)
            return r;
    }
    cut_here("disks", "intent");
    r = lock_disk(disk, &lock, e);
    if (r < 0)
        return r;
    r = look_again(site, want, disk, action, e);
    if (r < 0)
        return r;
    r = make_filesystem(site, want, disk, action->resume, e);
    if (r < 0)
        return error_wrap(e, "disk %s: making %s", disk->name, want->fs);
    if (fsync(lock) < 0)
        return error_set_errno(e, -errno, "syncing %s", disk->node);
    cut_here("disks", "mkfs");
    r = write_marker(site, want, disk, e);
    if (r < 0)
        return error_wrap(e, "disk %s: marking it as ours", disk->name);
    cut_here("disks", "marker");
    return 0;
}

static int mount_disk(const struct disk_site *site, const struct disk *disk,
                      const struct disk_action *action, struct error *e)
{
    _cleanup_free_ char *place = NULL;
    int r;

    if (asprintf(&place, "%s%s", site->roots->root, action->mount) < 0) {
        place = NULL;
        return error_oom(e);
    }
    r = file_make_folders(place, 0755, e);
    if (r < 0)
        return r;
    if (mount(disk->node, place, action->fs, 0, NULL) < 0)
        return error_set_errno(e, -errno, "mounting %s at %s", disk->node, place);
    return 0;
}

int disk_apply(const struct disk_site *site, const struct disk_want *want, const struct disk *disk,
               const struct disk_action *action, struct error *e)
{
    char key[6 + UUID_TEXT_SIZE];
    int r = 0;

    if (action->verb == DISK_FORMAT)
        r = format_disk(site, want, disk, action, e);
    if (r < 0)
        return r;
    if (action->verb == DISK_FORMAT || action->marked) {
        (void)key_of(action->uuid, key);
        r = journal_remove_intent(site->journal, key, e);
        if (r < 0)
            return r;
    }
    cut_here("disks", "intent-removed");
    r = fstab_update(site->fstab, action->uuid, action->mount, action->fs, e);
    if (r < 0)
        return error_wrap(e, "disk %s", disk->name);
    cut_here("disks", "fstab");
    if (action->verb == DISK_LEAVE)
        return 0;
    r = mount_disk(site, disk, action, e);
    cut_here("disks", "mounted");
    return r;
}
