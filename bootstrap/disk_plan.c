/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_plan.h"

#include <stdarg.h>

static const struct {
    const char *key;  /* in "match" */
    const char *word; /* for people */
} matches[] = {
    [DISK_BY_SERIAL] = {"serial",  "serial"      },
    [DISK_BY_WWN] = {"wwn",     "WWN"         },
    [DISK_BY_ID] = {"by_id",   "by-id name"  },
    [DISK_BY_PATH] = {"by_path", "by-path name"},
};

static const char *const policies[] = {
    [DISK_FORMAT_IF_BLANK] = "format-if-blank",
    [DISK_KEEP] = "keep",
};

static const struct {
    const char *fs;
    size_t label_max;
} filesystems[] = {
    {"ext4", 16},
    {"xfs",  12},
};

static int find_name(const char *const *names, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return (int)i;
    return -1;
}

int disk_want_parse_match(const json_t *object, struct disk_want *want, struct error *e)
{
    json_t *match;
    size_t i, found = 0;
    int r = json_get_object(object, "match", &match, e);

    if (r < 0)
        return r;
    for (i = 0; i < ARRAY_SIZE(matches); i++) {
        const char *name;

        r = json_get_string_or(match, matches[i].key, "", &name, e);
        if (r < 0)
            return r;
        if (name[0]) {
            want->match = (enum disk_match)i;
            want->name = name;
            found++;
        }
    }
    if (found != 1)
        return error_set(e, -EINVAL, "match: expected one of serial, wwn, by_id, by_path");
    return 0;
}

static int want_parse(const json_t *object, struct disk_want *ret, struct error *e)
{
    struct disk_want want = {.name = NULL};
    char uuid[UUID_TEXT_SIZE];
    const char *policy;
    size_t i;
    int r;

    if ((r = disk_want_parse_match(object, &want, e)) < 0 ||
        (r = json_get_string(object, "policy", &policy, e)) < 0 ||
        (r = json_get_string_or(object, "fs", "ext4", &want.fs, e)) < 0 ||
        (r = json_get_string_or(object, "label", "", &want.label, e)) < 0 ||
        (r = json_get_string(object, "uuid", &want.uuid, e)) < 0 ||
        (r = json_get_string(object, "mount", &want.mount, e)) < 0)
        return r;
    r = find_name(policies, ARRAY_SIZE(policies), policy);
    if (r < 0)
        return error_set(e, -EINVAL, "policy '%s': expected format-if-blank or keep", policy);
    want.policy = (enum disk_policy)r;
    r = parse_uuid(want.uuid, uuid, e);
    if (r < 0)
        return error_wrap(e, "uuid");
    if (want.mount[0] != '/' || strlen(want.mount) >= 200 || strpbrk(want.mount, " \t\n\\#"))
        return error_set(e, -EINVAL, "mount '%s': expected an absolute path without blanks",
                         want.mount);
    for (i = 0; i < ARRAY_SIZE(filesystems) && strcmp(filesystems[i].fs, want.fs) != 0; i++)
        ;
    if (i == ARRAY_SIZE(filesystems))
        return error_set(e, -EINVAL, "fs '%s': expected ext4 or xfs", want.fs);
    if (strlen(want.label) > filesystems[i].label_max)
        return error_set(e, -EINVAL, "label '%s' is longer than the %zu bytes that %s has room for",
                         want.label, filesystems[i].label_max, want.fs);
    *ret = want;
    return 0;
}

int disk_wants_parse(const json_t *disks, struct disk_want **ret, size_t *ret_n, struct error *e)
{
    _cleanup_free_ struct disk_want *wants = NULL;
    const json_t *item;
    size_t i, n = json_array_size(disks);
    int r;

    if (n > DISK_WANTS_MAX)
        return error_set(e, -E2BIG, "disks: more than %d", DISK_WANTS_MAX);
    wants = calloc(n + 1, sizeof(*wants));
    if (!wants)
        return error_oom(e);
    json_array_foreach(disks, i, item)
    {
        r = want_parse(item, &wants[i], e);
        if (r < 0)
            return error_wrap(e, "disks[%zu]", i);
    }
    *ret = TAKE_PTR(wants);
    *ret_n = n;
    return 0;
}

/* by-id and by-path names may be written as udev's links are: with their folder. */
static const char *last_component(const char *s)
{
    const char *slash = strrchr(s, '/');

    return slash ? slash + 1 : s;
}

/* 1, 0, or -ENOMEM. */
static int matches_disk(const struct disk_want *want, const struct disk *disk)
{
    _cleanup_free_ char *wwn = NULL;
    const char *name = want->name;
    size_t i;

    switch (want->match) {
    case DISK_BY_SERIAL:
        return disk->serial && !strcmp(disk->serial, name);
    case DISK_BY_WWN:
        wwn = wwn_normalize(name);
        if (!wwn)
            return -ENOMEM;
        return disk->wwn && !strcmp(disk->wwn, wwn);
    case DISK_BY_ID:
        for (i = 0; disk->ids[i]; i++)
            if (!strcmp(disk->ids[i], last_component(name)))
                return 1;
        return 0;
    case DISK_BY_PATH:
        name = last_component(name);
        if (!strncmp(name, "virtio-", 7)) /* udev's older second name for the same place */
            name += 7;
        return disk->path && !strcmp(disk->path, name);
    }
    return 0;
}

/* "vdb (serial DATA1, 10.0 GiB)" */
static void describe(const struct disk *disk, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s (%s%s, %.1f GiB)", disk->name,
                   disk->serial ? "serial " : (disk->wwn ? "WWN " : "no serial"),
                   disk->serial ? disk->serial : (disk->wwn ? disk->wwn : ""),
                   (double)disk->size / (1024.0 * 1024 * 1024));
}

static int no_such_disk(const struct disk_list *list, const struct disk_want *want, struct error *e)
{
    _cleanup_buf_ struct buf there = BUF_INIT(480); /* what does not fit is left out */
    char words[128];
    size_t i;

    for (i = 0; i < list->n; i++) {
        if (list->items[i].size == 0)
            continue; /* an unused loop device or an empty card reader */
        describe(&list->items[i], words, sizeof(words));
        buf_addf(&there, "%s%s", there.len ? ", " : "", words);
    }
    return error_set(e, -ENODEV, "no disk has %s '%s'; there are: %s", matches[want->match].word,
                     want->name, there.len ? there.data : "none");
}

int disk_select(const struct disk_list *list, const struct disk_want *wants, size_t n,
                size_t *ret_index, struct error *e)
{
    size_t w, i, other;

    for (w = 0; w < n; w++) {
        ret_index[w] = SIZE_MAX;
        for (i = 0; i < list->n; i++) {
            int r = matches_disk(&wants[w], &list->items[i]);

            if (r < 0)
                return error_oom(e);
            if (!r)
                continue;
            if (ret_index[w] != SIZE_MAX)
                return error_set(e, -EEXIST,
                                 "%s '%s' is that of %s and of %s: name each by its path",
                                 matches[wants[w].match].word, wants[w].name,
                                 list->items[ret_index[w]].name, list->items[i].name);
            ret_index[w] = i;
        }
        if (ret_index[w] == SIZE_MAX)
            return no_such_disk(list, &wants[w], e);
        for (other = 0; other < w; other++)
            if (ret_index[other] == ret_index[w])
                return error_set(e, -EEXIST, "disk %s is named twice: %s '%s' and %s '%s'",
                                 list->items[ret_index[w]].name, matches[wants[other].match].word,
                                 wants[other].name, matches[wants[w].match].word, wants[w].name);
    }
    return 0;
}

static int refuse(const struct disk *disk, struct error *e, const char *format, ...) _printf_(3, 4);

static int refuse(const struct disk *disk, struct error *e, const char *format, ...)
{
    char who[128], why[512];
    va_list ap;

    describe(disk, who, sizeof(who));
    va_start(ap, format);
    (void)vsnprintf(why, sizeof(why), format, ap); /* cut short is fine */
    va_end(ap);
    return error_set(e, -EPERM, "disk %s is left alone: %s", who, why);
}

/* Marked by nodeseed: is it this host's? */
static int check_marker(const struct disk_owner *owner, const struct disk *disk,
                        const struct disk_probe *probe, struct error *e)
{
    const struct disk_marker *m = &probe->marker;

    if (strcmp(m->cluster, owner->cluster) != 0)
        return refuse(disk, e, "it belongs to another cluster (%s, host %s)", m->cluster, m->host);
    if (strcmp(m->host, owner->host) != 0)
        return refuse(disk, e, "it belongs to host %s of this cluster; put it back there", m->host);
    if (strcmp(m->uuid, probe->uuid) != 0)
        return refuse(disk, e, "its marker is that of file system %s and it has %s: a copy?",
                      m->uuid, probe->uuid);
    if (m->serial[0] && disk->serial && strcmp(m->serial, disk->serial) != 0)
        return refuse(disk, e, "its marker was made on the disk with serial %s: a copy?",
                      m->serial);
    return 0;
}

/* Whether what is on the disk can only be what our own interrupted format left. */
static bool is_half_done(const struct disk_want *want, const struct disk *disk,
                         const struct disk_probe *probe, const struct disk_record *begun)
{
    if (!begun || strcmp(begun->uuid, want->uuid) != 0 || !disk_record_is_of(begun, disk))
        return false;
    if (probe->content == DISK_FILESYSTEM)
        return !probe->has_marker && !strcmp(probe->uuid, want->uuid);
    return probe->content == DISK_DATA && !probe->signature;
}

/* Mounts go to the folder that the plan names, under the UUID that the file system really has: a
 * disk that was made under an earlier inventory entry keeps its place. */
static void choose_mount(const struct disk_want *want, struct disk_action *action)
{
    size_t folder = (size_t)(last_component(want->mount) - want->mount);

    if (!strcmp(action->uuid, want->uuid))
        folder = strlen(want->mount);
    (void)snprintf(action->mount, sizeof(action->mount), "%.*s%s", (int)folder, want->mount,
                   folder == strlen(want->mount) ? "" : action->uuid);
}

static int decide_use(const struct disk *disk, const struct disk_probe *probe,
                      struct disk_action *action, struct error *e)
{
    action->verb = DISK_MOUNT;
    if (!probe->used[0])
        return 0;
    if (strcmp(probe->mounted, action->mount) != 0)
        return refuse(disk, e, "it is %s", probe->used);
    action->verb = DISK_LEAVE;
    return 0;
}

int disk_decide(const struct disk_want *want, const struct disk_owner *owner,
                const struct disk *disk, const struct disk_probe *probe,
                const struct disk_record *begun, struct disk_action *ret, struct error *e)
{
    struct disk_action action = {.verb = DISK_FORMAT};
    bool marked = probe->content == DISK_FILESYSTEM && probe->has_marker;
    int r;

    if (disk->read_only)
        return refuse(disk, e, "it is read-only");
    if (marked && (r = check_marker(owner, disk, probe, e)) < 0)
        return r;
    if (marked || (probe->content == DISK_FILESYSTEM && want->policy == DISK_KEEP)) {
        if (!probe->uuid[0])
            return refuse(disk, e, "its file system has no UUID to mount it by");
        action.marked = marked;
        (void)snprintf(action.uuid, sizeof(action.uuid), "%s", probe->uuid);
        (void)snprintf(action.fs, sizeof(action.fs), "%.7s", probe->type);
        choose_mount(want, &action);
        r = decide_use(disk, probe, &action, e);
        if (r < 0)
            return r;
        *ret = action;
        return 0;
    }
    if (probe->used[0])
        return refuse(disk, e, "it is %s", probe->used);
    if (want->policy == DISK_KEEP)
        return refuse(disk, e, "its policy is keep, and there is %s and no ext4 or xfs on it",
                      probe->content == DISK_BLANK ? "nothing" : probe->words);
    if (probe->content != DISK_BLANK && !is_half_done(want, disk, probe, begun))
        return refuse(disk, e,
                      "it is not blank: %s; wipe it yourself, give it policy keep, or name another",
                      probe->words[0] ? probe->words : "unknown content");
    action.resume = probe->content != DISK_BLANK;
    (void)snprintf(action.uuid, sizeof(action.uuid), "%s", want->uuid);
    (void)snprintf(action.fs, sizeof(action.fs), "%s", want->fs);
    choose_mount(want, &action);
    *ret = action;
    return 0;
}
