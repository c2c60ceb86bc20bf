/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_apply.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/file.h"
#include "cut.h"
#include "disk_gpt.h"
#include "disk_part.h"
#include "disk_wipe.h"
#include "fstab.h"

#define LOCK_TRIES 50
#define LOCK_PAUSE_MS 100
#define ARGUMENTS_MAX 12
#define SCRIPT_MAX (16 * 1024)

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

/* One disk, while it is worked on. */
struct work {
    const struct disk_site *site;
    const struct disk_want *want;
    const struct disk *disk;
    const struct disk_decision *decision;
    int fd; /* of the disk, locked; -1 */
};

static int key_of(const char *uuid, char ret[6 + UUID_TEXT_SIZE])
{
    return snprintf(ret, 6 + UUID_TEXT_SIZE, "disks/%s", uuid);
}

static int spent_key(const char *grant, char ret[6 + UUID_TEXT_SIZE])
{
    return snprintf(ret, 6 + UUID_TEXT_SIZE, "wiped/%s", grant);
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

bool disk_is_spent(const struct journal *journal, const char *grant)
{
    char key[6 + UUID_TEXT_SIZE];

    (void)spent_key(grant, key);
    return journal_intent(journal, key);
}

int disk_look(const struct disk_roots *roots, const struct disk_owner *owner,
              const struct journal *journal, const char *scratch, const struct disk_want *want,
              const struct disk *disk, const char *grant, struct disk_decision *ret,
              bool *ret_grantable, struct error *e)
{
    _cleanup_free_ struct disk_table *table = NULL;
    struct disk_leave leave = {.grant = grant};
    struct disk_record begun;
    struct disk_probe probe;
    int r = disk_begun(journal, want->whole.uuid, &begun, e);

    if (r < 0)
        return r;
    if (r)
        leave.begun = &begun;
    if (grant && disk_is_spent(journal, grant))
        leave.grant = NULL; /* a taskbox whose store was put back to an earlier day */
    r = disk_probe(roots, disk, scratch, &probe, e);
    if (r == 0 && probe.content == DISK_DATA && !strcmp(probe.type, "gpt"))
        r = disk_probe_table(roots, disk, scratch, &table, e);
    if (r < 0)
        return r;
    probe.table = table;
    return disk_decide(want, owner, disk, &probe, &leave, ret, ret_grantable, e);
}

/* found: what the wipe is to take away, "" when nothing is to be wiped any more. */
static int write_intent(const struct work *w, const char *found, struct error *e)
{
    const struct disk_site *site = w->site;
    struct disk_record record = {.incarnation = site->owner->incarnation,
                                 .time_ms = clock_realtime_ms()};
    _cleanup_json_ json_t *intent = NULL;
    char key[6 + UUID_TEXT_SIZE];

    if (!disk_record_identify(&record, w->disk))
        return error_set(e, -EINVAL, "disk %s has an identity that is too long", w->disk->name);
    (void)snprintf(record.uuid, sizeof(record.uuid), "%s", w->want->whole.uuid);
    (void)snprintf(record.fs, sizeof(record.fs), "%s",
                   w->want->volumes_n ? "gpt" : w->want->whole.fs);
    (void)snprintf(record.label, sizeof(record.label), "%s", w->want->whole.label);
    (void)snprintf(record.grant, sizeof(record.grant), "%s", w->decision->grant);
    (void)snprintf(record.found, sizeof(record.found), "%s", found);
    intent = disk_record_to_json(&record);
    if (!intent)
        return error_oom(e);
    (void)key_of(w->want->whole.uuid, key);
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

/* ---- one file system ------------------------------------------------------------------------ */

static int make_filesystem(const struct disk_site *site, const struct disk_action *action,
                           const char *node, struct error *e)
{
    const struct disk_volume *volume = action->volume;
    const char *argv[ARGUMENTS_MAX];
    const struct process p = {.argv = argv, .timeout_ms = site->timeout_ms};
    char uuid[UUID_TEXT_SIZE + 8];
    const struct maker *m = makers;
    size_t n = 0, i;

    while (strcmp(m->fs, volume->fs) != 0)
        if (++m == makers + ARRAY_SIZE(makers))
            return error_set(e, -EINVAL, "no program makes file systems of type %s", volume->fs);
    (void)snprintf(uuid, sizeof(uuid), "%s%s", m->uuid_prefix, volume->uuid);
    argv[n++] = m->program;
    for (i = 0; m->fixed[i]; i++)
        argv[n++] = m->fixed[i];
    if (action->resume && m->again)
        argv[n++] = m->again;
    argv[n++] = m->uuid;
    argv[n++] = uuid;
    if (volume->label[0]) {
        argv[n++] = m->label;
        argv[n++] = volume->label;
    }
    argv[n++] = node;
    argv[n] = NULL;
    return site->run(&p, site->userdata, e);
}

/* folder: the root of the file system. */
static int put_marker(const struct work *w, const struct disk_action *action, int folder,
                      struct error *e)
{
    const struct disk_site *site = w->site;
    struct disk_marker marker = {.incarnation = site->owner->incarnation};

    (void)snprintf(marker.cluster, sizeof(marker.cluster), "%s", site->owner->cluster);
    (void)snprintf(marker.host, sizeof(marker.host), "%s", site->owner->host);
    (void)snprintf(marker.uuid, sizeof(marker.uuid), "%s", action->uuid);
    (void)snprintf(marker.serial, sizeof(marker.serial), "%s",
                   w->disk->serial ? w->disk->serial : "");
    (void)snprintf(marker.grant, sizeof(marker.grant), "%s", w->decision->grant);
    return disk_marker_write(folder, &marker, e);
}

/* Puts the marker on a new file system, which is mounted nowhere before and after. */
static int write_marker(const struct work *w, const struct disk_action *action, const char *node,
                        struct error *e)
{
    _cleanup_free_ char *folder = path_join(w->site->scratch, strrchr(node, '/') + 1);
    int fd, r;

    if (!folder)
        return error_oom(e);
    r = file_make_folders(folder, 0700, e);
    if (r < 0)
        return r;
    if (mount(node, folder, action->fs, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        return error_set_errno(e, -errno, "mounting %s at %s", node, folder);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        r = error_set_errno(e, -errno, "opening %s", folder);
    if (r == 0)
        r = put_marker(w, action, fd, e);
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

/* The device of a file system: the disk or one of its partitions, which the kernel is told of. */
static int find_node(const struct work *w, const struct disk_action *action, char **ret,
                     struct error *e)
{
    _cleanup_close_ int fd = -1;

    if (!action->partition) {
        *ret = strdup(w->disk->node);
        return *ret ? 0 : error_oom(e);
    }
    if (w->fd < 0) {
        fd = open(w->disk->node, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return error_set_errno(e, -errno, "opening %s", w->disk->node);
    }
    return disk_part_add(w->site->roots, w->disk, w->fd < 0 ? fd : w->fd, action->partition,
                         action->start, action->size, ret, e);
}

static int sync_node(const char *node, struct error *e)
{
    _cleanup_close_ int fd = open(node, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", node);
    return fsync(fd) < 0 ? error_set_errno(e, -errno, "syncing %s", node) : 0;
}

static int format_one(const struct work *w, const struct disk_action *action, struct error *e)
{
    _cleanup_free_ char *node = NULL;
    int r = find_node(w, action, &node, e);

    if (r < 0)
        return r;
    r = make_filesystem(w->site, action, node, e);
    if (r < 0)
        return error_wrap(e, "disk %s: making %s on %s", w->disk->name, action->fs, node);
    r = sync_node(node, e);
    if (r < 0)
        return r;
    cut_here("disks", "mkfs");
    r = write_marker(w, action, node, e);
    if (r < 0)
        return error_wrap(e, "disk %s: marking %s as ours", w->disk->name, node);
    cut_here("disks", "marker");
    return 0;
}

/* ---- what comes before ---------------------------------------------------------------------- */

/* What is on the disk right now must lead to the same decision. */
static int look_again(const struct work *w, struct error *e)
{
    const struct disk_site *site = w->site;
    const struct disk_decision *was = w->decision;
    struct disk_decision *now = calloc(1, sizeof(*now));
    size_t i;
    int r;

    if (!now)
        return error_oom(e);
    r = disk_look(site->roots, site->owner, site->journal, site->scratch, w->want, w->disk,
                  was->grant[0] ? was->grant : NULL, now, NULL, e);
    for (i = 0; r == 0 && i < was->n; i++)
        if (now->n != was->n || now->wipe != was->wipe || now->table != was->table ||
            now->items[i].verb != was->items[i].verb ||
            now->items[i].resume != was->items[i].resume)
            r = error_set(e, -EPERM, "disk %s has changed while it was looked at", w->disk->name);
    free(now);
    return r;
}

/* Where the grant turned out to be spent, the intent to use it goes: the next look asks anew. */
static int spend(const struct work *w, bool marked, struct error *e)
{
    const struct disk_site *site = w->site;
    int r = site->spend(w->disk->serial, w->decision->grant, marked, site->userdata, e);
    char key[6 + UUID_TEXT_SIZE];
    struct error ignored = ERROR_INIT;

    if (r != -EEXIST)
        return r;
    (void)key_of(w->want->whole.uuid, key);
    if (!marked && journal_remove_intent(site->journal, key, &ignored) < 0)
        return error_set(e, ignored.code, "%s", ignored.message);
    return marked ? 0
                  : error_set(e, -EPERM, "disk %s is left alone: %s", w->disk->name, e->message);
}

static int remember_grant(const struct work *w, struct error *e)
{
    _cleanup_json_ json_t *spent =
        json_pack("{s:s, s:I}", "serial", w->disk->serial, "time", (json_int_t)clock_realtime_ms());
    char key[6 + UUID_TEXT_SIZE];

    if (!spent)
        return error_oom(e);
    (void)spent_key(w->decision->grant, key);
    return journal_set_intent(w->site->journal, key, spent, e);
}

static int wipe(const struct work *w, struct error *e)
{
    int r = 0;

    if (!w->decision->resume) {
        r = spend(w, false, e);
        if (r < 0)
            return r;
        cut_here("disks", "spent");
        r = disk_wipe_mark(w->fd, w->decision->grant, e);
        cut_here("disks", "wipe-mark");
    }
    if (r == 0 && (r = remember_grant(w, e)) < 0)
        return r;
    if (r == 0)
        r = spend(w, true, e);
    cut_here("disks", "told");
    if (r == 0)
        r = disk_parts_forget(w->site->roots, w->disk, w->fd, e);
    if (r == 0)
        r = disk_wipe_edges(w->fd, w->disk->size, e);
    cut_here("disks", "wipe-edges");
    if (r == 0)
        r = disk_wipe_end(w->fd, w->disk->size, e);
    if (r < 0)
        return error_wrap(e, "disk %s: wiping", w->disk->name);
    cut_here("disks", "wiped");
    return write_intent(w, "", e);
}

/* A disk counts as blank by its edges, and a wipe takes no more than those. What lies between them,
 * such as the volumes of an earlier cluster whose partitions were where ours will be, would show as
 * soon as there are partitions again, and be taken for somebody's. */
static int clear_places(const struct work *w, struct error *e)
{
    size_t i;

    for (i = 0; i < w->decision->n; i++) {
        const struct disk_action *action = &w->decision->items[i];
        int r = disk_wipe_range(w->fd, action->start, action->size, e);

        if (r < 0)
            return error_wrap(e, "disk %s: clearing the place of volume %zu", w->disk->name, i + 1);
    }
    return 0;
}

static int write_table(const struct work *w, struct error *e)
{
    const char *const argv[] = {"sfdisk", "--quiet", "--no-reread", w->disk->node, NULL};
    _cleanup_buf_ struct buf script = BUF_INIT(SCRIPT_MAX);
    int r = disk_gpt_script(w->want, w->decision, &script, e);
    struct process p = {.argv = argv, .timeout_ms = w->site->timeout_ms};

    if (r == 0)
        r = disk_parts_forget(w->site->roots, w->disk, w->fd, e);
    if (r == 0)
        r = clear_places(w, e);
    if (r < 0)
        return r;
    cut_here("disks", "places");
    p.input = script.data;
    p.input_len = script.len;
    r = w->site->run(&p, w->site->userdata, e);
    if (r < 0)
        return error_wrap(e, "disk %s: partitioning", w->disk->name);
    return fsync(w->fd) < 0 ? error_set_errno(e, -errno, "syncing %s", w->disk->node) : 0;
}

static bool formats(const struct disk_decision *decision)
{
    size_t i;

    for (i = 0; i < decision->n; i++)
        if (decision->items[i].verb == DISK_FORMAT)
            return true;
    return false;
}

static int make_disk(struct work *w, struct error *e)
{
    const struct disk_decision *decision = w->decision;
    size_t i;
    int r = 0;

    if (!decision->resume)
        r = write_intent(w, decision->wipe ? decision->found : "", e);
    if (r < 0)
        return r;
    cut_here("disks", "intent");
    r = lock_disk(w->disk, &w->fd, e);
    if (r == 0)
        r = look_again(w, e);
    if (r == 0 && decision->wipe)
        r = wipe(w, e);
    if (r == 0 && decision->table) {
        r = write_table(w, e);
        cut_here("disks", "table");
    }
    for (i = 0; i < decision->n && r == 0; i++)
        if (decision->items[i].verb == DISK_FORMAT)
            r = format_one(w, &decision->items[i], e);
    return r;
}

/* ---- fstab and mounts ----------------------------------------------------------------------- */

/* A folder that stays where nothing is mounted would be a stray entry for the static provisioner,
 * which then makes no volume at all: it goes with the mount that failed. */
static int mount_one(const struct disk_action *action, const char *node, const char *place,
                     struct error *e)
{
    int r = file_make_folders(place, 0755, e);

    if (r < 0)
        return r;
    if (mount(node, place, action->fs, 0, NULL) < 0) {
        r = error_set_errno(e, -errno, "mounting %s at %s", node, place);
        (void)rmdir(place); /* not empty, or busy: not a folder that was made for this */
    }
    return r;
}

/* The marker of a mounted file system, which pods may be using. What is seen at its place must be
 * that file system and nothing that was mounted over it. */
static int mark_again(const struct work *w, const struct disk_action *action, const char *node,
                      const char *place, struct error *e)
{
    _cleanup_close_ int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat device, root;
    int r;

    if (fd < 0)
        return error_set_errno(e, -errno, "opening %s", place);
    if (stat(node, &device) < 0 || fstat(fd, &root) < 0)
        return error_set_errno(e, -errno, "%s and %s", node, place);
    if (root.st_dev != device.st_rdev)
        return error_set(e, -EPERM,
                         "disk %s is left alone: something else is mounted over it at %s",
                         w->disk->name, action->mount);
    r = put_marker(w, action, fd, e);
    return r < 0 ? error_wrap(e, "disk %s: marking %s as ours again", w->disk->name, node) : 0;
}

static int finish_one(const struct work *w, const struct disk_action *action, struct error *e)
{
    _cleanup_free_ char *place = NULL, *node = NULL;
    int r = fstab_update(w->site->fstab, action->uuid, action->mount, action->fs, e);

    if (r < 0)
        return error_wrap(e, "disk %s", w->disk->name);
    cut_here("disks", "fstab");
    if (action->verb == DISK_LEAVE && !action->mark)
        return 0;
    if (asprintf(&place, "%s%s", w->site->roots->root, action->mount) < 0) {
        place = NULL;
        return error_oom(e);
    }
    r = find_node(w, action, &node, e);
    if (r == 0 && action->verb != DISK_LEAVE)
        r = mount_one(action, node, place, e);
    cut_here("disks", "mounted");
    if (r == 0 && action->mark)
        r = mark_again(w, action, node, place, e);
    return r;
}

/* The intent has been fulfilled once every file system has its marker. */
static bool is_fulfilled(const struct disk_decision *decision)
{
    size_t i;

    for (i = 0; i < decision->n; i++)
        if (decision->items[i].verb != DISK_FORMAT && !decision->items[i].marked)
            return false;
    return true;
}

int disk_apply(const struct disk_site *site, const struct disk_want *want, const struct disk *disk,
               const struct disk_decision *decision, struct error *e)
{
    struct work w = {site, want, disk, decision, -1};
    char key[6 + UUID_TEXT_SIZE];
    size_t i;
    int r = 0;

    if (formats(decision))
        r = make_disk(&w, e);
    if (r == 0 && is_fulfilled(decision)) {
        (void)key_of(want->whole.uuid, key);
        r = journal_remove_intent(site->journal, key, e);
    }
    cut_here("disks", "intent-removed");
    for (i = 0; i < decision->n && r == 0; i++)
        r = finish_one(&w, &decision->items[i], e);
    closep(&w.fd); /* what was written has been synced */
    return r;
}
