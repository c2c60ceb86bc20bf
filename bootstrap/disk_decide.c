/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>

#include "disk_plan.h"

/* One disk, while it is decided on. */
struct deciding {
    const struct disk_want *want;
    const struct disk_owner *owner;
    const struct disk *disk;
    const struct disk_probe *probe;
    const struct disk_record *begun; /* NULL unless it is of this very disk and want */
    const struct disk_record *made;  /* the same, unless it is of a wipe that is not over */
    const char *grant;
    bool grantable; /* of a refusal: a grant would have it wiped */
};

static int refuse(const struct deciding *d, struct error *e, const char *format, ...)
    _printf_(3, 4);

static int refuse(const struct deciding *d, struct error *e, const char *format, ...)
{
    char who[128], why[512];
    va_list ap;

    disk_describe(d->disk, who, sizeof(who));
    va_start(ap, format);
    (void)vsnprintf(why, sizeof(why), format, ap); /* cut short is fine */
    va_end(ap);
    return error_set(e, -EPERM, "disk %s is left alone: %s", who, why);
}

/* Marked by nodeseed: is it this host's? What another cluster left behind may be wiped by a grant,
 * what this cluster wrote never is. */
static int check_marker(struct deciding *d, const struct disk_probe *c, struct error *e)
{
    const struct disk_marker *m = &c->marker;

    d->grantable = strcmp(m->cluster, d->owner->cluster) != 0;
    if (d->grantable)
        return refuse(d, e, "it belongs to another cluster (%s, host %s)", m->cluster, m->host);
    if (strcmp(m->host, d->owner->host) != 0)
        return refuse(d, e, "it belongs to host %s of this cluster; put it back there", m->host);
    if (strcmp(m->uuid, c->uuid) != 0)
        return refuse(d, e, "its marker is that of file system %s and it has %s: a copy?", m->uuid,
                      c->uuid);
    if (m->serial[0] && d->disk->serial && strcmp(m->serial, d->disk->serial) != 0)
        return refuse(d, e, "its marker was made on the disk with serial %s: a copy?", m->serial);
    if (!c->uuid[0])
        return refuse(d, e, "its file system has no UUID to mount it by");
    return 0;
}

static bool is_marked(const struct disk_probe *c)
{
    return c->content == DISK_FILESYSTEM && c->has_marker;
}

/* Made for this very entry, and its marker was taken away: whoever empties a volume whose claim is
 * gone, as the static provisioner's cleaner does, empties all of it. The preset UUID was drawn from
 * cluster, host and entry, so that nobody else's file system has it. One whose marker could not be
 * looked for, or not be read, is not taken for ours; nor is one that is still being made, or that a
 * wipe has begun on. */
static bool has_lost_marker(const struct deciding *d, const struct disk_probe *c,
                            const struct disk_volume *volume)
{
    return c->content == DISK_FILESYSTEM && c->unmarked && !d->made && !d->probe->wiping[0] &&
           !strcmp(c->uuid, volume->uuid) && !strcmp(c->type, volume->fs);
}

/* Whether what is there can only be what our own interrupted mkfs left. */
static bool is_half_made(const struct disk_probe *c, const char *uuid)
{
    if (c->content == DISK_FILESYSTEM)
        return !c->has_marker && !strcmp(c->uuid, uuid);
    return c->content == DISK_BLANK || (c->content == DISK_DATA && !c->signature);
}

/* ---- a file system that is there, ours or kept ---------------------------------------------- */

/* Mounts go to the folder that the plan names, under the UUID that the file system really has: a
 * disk that was made under an earlier inventory entry keeps its place. */
static void choose_mount(const struct disk_want *want, struct disk_action *action)
{
    const char *slash = strrchr(want->whole.mount, '/');
    size_t i;

    (void)snprintf(action->mount, sizeof(action->mount), "%.*s%s",
                   (int)(slash + 1 - want->whole.mount), want->whole.mount, action->uuid);
    if (!want->volumes_n && !strcmp(action->uuid, want->whole.uuid))
        (void)snprintf(action->mount, sizeof(action->mount), "%s", want->whole.mount);
    for (i = 0; i < want->volumes_n; i++)
        if (!strcmp(action->uuid, want->volumes[i].uuid))
            (void)snprintf(action->mount, sizeof(action->mount), "%s", want->volumes[i].mount);
}

static int take_over(const struct deciding *d, const struct disk_probe *c, const char *used,
                     const char *mounted, struct disk_action *action, struct error *e)
{
    if (!c->uuid[0])
        return refuse(d, e, "its file system has no UUID to mount it by");
    action->marked = is_marked(c);
    action->mark = !action->marked && d->want->policy != DISK_KEEP;
    (void)snprintf(action->uuid, sizeof(action->uuid), "%s", c->uuid);
    (void)snprintf(action->fs, sizeof(action->fs), "%.7s", c->type);
    choose_mount(d->want, action);
    action->verb = used[0] ? DISK_LEAVE : DISK_MOUNT;
    if (used[0] && strcmp(mounted, action->mount) != 0)
        return refuse(d, e, "it is %s", used);
    return 0;
}

/* ---- file systems that are to be made ------------------------------------------------------- */

static void make(const struct disk_volume *volume, bool resume, struct disk_action *action)
{
    action->verb = DISK_FORMAT;
    action->resume = resume;
    action->volume = volume;
    (void)snprintf(action->uuid, sizeof(action->uuid), "%s", volume->uuid);
    (void)snprintf(action->fs, sizeof(action->fs), "%s", volume->fs);
    (void)snprintf(action->mount, sizeof(action->mount), "%s", volume->mount);
}

/* All of the disk, from nothing. */
static int make_all(const struct deciding *d, bool resume, struct disk_decision *ret,
                    struct error *e)
{
    const struct disk_want *want = d->want;
    size_t i;
    int r;

    ret->resume = resume;
    if (d->begun && !ret->grant[0]) /* of a wipe that is over: the marker is to name it */
        (void)snprintf(ret->grant, sizeof(ret->grant), "%s", d->begun->grant);
    if (!want->volumes_n) {
        ret->n = 1;
        make(&want->whole, resume, &ret->items[0]);
        return 0;
    }
    r = disk_layout(want, d->disk, ret->items, e);
    if (r < 0)
        return r;
    ret->table = true;
    ret->n = want->volumes_n;
    for (i = 0; i < ret->n; i++)
        make(&want->volumes[i], resume, &ret->items[i]);
    return 0;
}

/* ---- a disk with a partition table ---------------------------------------------------------- */

static const struct disk_volume *volume_of_part(const struct disk_want *want, const char *guid)
{
    size_t i;

    for (i = 0; i < want->volumes_n; i++)
        if (!strcmp(want->volumes[i].part, guid))
            return &want->volumes[i];
    return NULL;
}

/* Our table, as far as a cut let us write it, and nothing of anybody's in it: it is written again,
 * as it is not known whether both of its copies are whole. */
static bool is_begun_table(const struct deciding *d, const struct disk_table *table)
{
    size_t i;

    if (!d->made || !d->want->volumes_n || strcmp(table->guid, d->want->whole.uuid) != 0)
        return false;
    for (i = 0; i < table->n; i++) {
        const struct disk_probe *c = &table->parts[i].probe;

        if (!volume_of_part(d->want, table->parts[i].guid) || c->content == DISK_FILESYSTEM ||
            !is_half_made(c, "") || table->parts[i].probe.used[0])
            return false;
    }
    return true;
}

static int decide_part(struct deciding *d, const struct disk_table *table,
                       const struct disk_part *part, struct disk_action *action, struct error *e)
{
    const struct disk_volume *volume = volume_of_part(d->want, part->guid);
    int r;

    action->partition = part->number;
    action->start = part->start;
    action->size = part->size;
    if (is_marked(&part->probe)) {
        r = check_marker(d, &part->probe, e);
        return r < 0 ? r
                     : take_over(d, &part->probe, part->probe.used, part->probe.mounted, action, e);
    }
    if (volume && !strcmp(table->guid, d->want->whole.uuid) &&
        has_lost_marker(d, &part->probe, volume))
        return take_over(d, &part->probe, part->probe.used, part->probe.mounted, action, e);
    if (part->probe.used[0])
        return refuse(d, e, "its partition %u is %s", part->number, part->probe.used);
    if (d->made && volume && !strcmp(table->guid, d->want->whole.uuid) &&
        is_half_made(&part->probe, volume->uuid)) {
        make(volume, true, action);
        return 0;
    }
    d->grantable = true;
    return refuse(d, e, "it is not blank: a partition table (gpt), and in its partition %u %s",
                  part->number, part->probe.words[0] ? part->probe.words : "unknown content");
}

/* Each partition is ours, or is what a cut left of one that was to be. */
static int decide_table(struct deciding *d, const struct disk_table *table,
                        struct disk_decision *ret, struct error *e)
{
    bool used = false;
    size_t i;
    int r;

    ret->n = table->n;
    for (i = 0; i < table->n; i++) {
        r = decide_part(d, table, &table->parts[i], &ret->items[i], e);
        if (r < 0)
            return r;
        used |= table->parts[i].probe.used[0] != '\0';
        ret->resume |= ret->items[i].verb == DISK_FORMAT;
    }
    if (d->made)
        (void)snprintf(ret->grant, sizeof(ret->grant), "%s", d->made->grant);
    if (d->probe->used[0] && !used)
        return refuse(d, e, "it is %s", d->probe->used);
    return 0;
}

/* ---- the whole decision --------------------------------------------------------------------- */

/* What is on the disk is somebody else's. */
static int decide_foreign(struct deciding *d, struct disk_decision *ret, struct error *e)
{
    const struct disk_probe *probe = d->probe;
    const char *words = probe->words[0] ? probe->words : "unknown content";
    const struct disk_table *table = probe->table;

    if (probe->used[0])
        return refuse(d, e, "it is %s", probe->used);
    if (d->want->policy == DISK_KEEP)
        return refuse(d, e, "its policy is keep, and there is %s and no ext4 or xfs on it",
                      probe->content == DISK_BLANK ? "nothing" : words);
    if (probe->content == DISK_BLANK)
        return make_all(d, false, ret, e);
    if (d->made && (table ? is_begun_table(d, table)
                          : is_half_made(probe, d->want->volumes_n ? "" : d->want->whole.uuid) ||
                                (d->want->volumes_n && !strcmp(probe->type, "PMBR"))))
        return make_all(d, true, ret, e);
    d->grantable = true;
    return refuse(
        d, e, "it is not blank: %s; wipe it yourself, give it policy keep, or name another", words);
}

/* Its wiping was begun, by the leave that the journal has. */
static bool is_being_wiped(const struct deciding *d)
{
    return d->want->policy == DISK_WIPE_ONCE && d->begun && d->begun->grant[0] &&
           !strcmp(d->begun->grant, d->probe->wiping);
}

static int decide_wipe(const struct deciding *d, bool resume, const char *grant,
                       struct disk_decision *ret, struct error *e)
{
    if (d->probe->used[0])
        return refuse(d, e, "it is %s", d->probe->used);
    *ret = (struct disk_decision){.wipe = true};
    (void)snprintf(ret->grant, sizeof(ret->grant), "%s", grant);
    return make_all(d, resume, ret, e);
}

/* Only a refusal that a grant would lift is looked at again with it. A wipe that was begun and has
 * not written its mark yet is carried on with if the disk still has what it had. */
static int decide_by_grant(struct deciding *d, struct disk_decision *ret, struct error *e)
{
    const struct disk_record *begun = d->begun;

    if (d->want->policy != DISK_WIPE_ONCE || !d->grantable || d->probe->used[0])
        return -EPERM; /* as *e says */
    if (!d->disk->serial)
        return refuse(d, e,
                      "it is not blank: %s; it has no serial number, which is what leave to wipe a "
                      "disk is given by: wipe it yourself",
                      d->probe->words);
    if (begun && begun->grant[0] && !strcmp(begun->found, d->probe->words))
        return decide_wipe(d, false, begun->grant, ret, e);
    if (!d->grant)
        return refuse(d, e,
                      "it is not blank: %s; \"seedctl rearm %s --wipe %s\" on the taskbox has it "
                      "wiped, once",
                      d->probe->words[0] ? d->probe->words : "unknown content", d->owner->host,
                      d->disk->serial);
    return decide_wipe(d, false, d->grant, ret, e);
}

int disk_decide(const struct disk_want *want, const struct disk_owner *owner,
                const struct disk *disk, const struct disk_probe *probe,
                const struct disk_leave *leave, struct disk_decision *ret, bool *ret_grantable,
                struct error *e)
{
    struct deciding d = {
        .want = want, .owner = owner, .disk = disk, .probe = probe, .grant = leave->grant};
    struct disk_decision decision = {.n = 0};
    const struct disk_table *table = probe->table;
    int r;

    if (leave->begun && !strcmp(leave->begun->uuid, want->whole.uuid) &&
        disk_record_is_of(leave->begun, disk))
        d.begun = leave->begun;
    if (d.begun && !d.begun->found[0])
        d.made = d.begun;
    if (disk->read_only)
        r = refuse(&d, e, "it is read-only");
    else if (is_being_wiped(&d))
        r = decide_wipe(&d, true, probe->wiping, &decision, e);
    else if (is_marked(probe) && (r = check_marker(&d, probe, e)) < 0)
        ;
    else if (is_marked(probe) || (probe->content == DISK_FILESYSTEM && want->policy == DISK_KEEP) ||
             (!want->volumes_n && has_lost_marker(&d, probe, &want->whole))) {
        decision.n = 1;
        r = take_over(&d, probe, probe->used, probe->mounted, &decision.items[0], e);
    } else if (table && table->n && !probe->wiping[0] && want->policy != DISK_KEEP &&
               !is_begun_table(&d, table)) {
        r = decide_table(&d, table, &decision, e);
    } else {
        r = decide_foreign(&d, &decision, e);
    }
    if (r == -EPERM)
        r = decide_by_grant(&d, &decision, e);
    if (ret_grantable)
        *ret_grantable = r == -EPERM && d.grantable && want->policy == DISK_WIPE_ONCE;
    if (r < 0)
        return r;
    (void)snprintf(decision.found, sizeof(decision.found), "%s", probe->words);
    *ret = decision;
    return 0;
}
