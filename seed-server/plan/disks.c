/* SPDX-License-Identifier: Apache-2.0 */
#include "disks.h"

#include <ctype.h>

#include "digest.h"

static const char *const match_kinds[] = {"serial", "wwn", "by_id", "by_path"};
static const char *const policies[] = {"format-if-blank", "keep"};

/* One row a file system: its name, and how long its label may be (mkfs.ext4(8), mkfs.xfs(8)). */
static const struct {
    const char *name;
    size_t label_max;
} file_systems[] = {
    {"ext4", 16},
    {"xfs",  12},
};

static bool is_one_of(const char *s, const char *const *words, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (strcmp(s, words[i]) == 0)
            return true;
    return false;
}

int disk_match(const json_t *match, const char **ret_kind, const char **ret_id, struct error *e)
{
    const char *key, *id, *c;
    const json_t *value;

    if (!json_is_object(match) || json_object_size(match) != 1)
        return error_set(e, -EINVAL,
                         "expected the disk as exactly one of serial, wwn, by_id, by_path, such as "
                         "{serial: DATA1}");
    json_object_foreach((json_t *)match, key, value)
    {
        if (!is_one_of(key, match_kinds, ARRAY_SIZE(match_kinds)))
            return error_set(e, -EINVAL,
                             "a disk is named by serial, wwn, by_id or by_path, not by '%.40s'",
                             key);
        if (json_is_integer(value))
            return error_set(
                e, -EINVAL, "the %s is read as a number, which loses its zeros: write it in quotes",
                key);
        id = json_string_value(value);
        if (!id || !*id || strlen(id) > 255)
            return error_set(e, -EINVAL, "expected the disk's %s as a text", key);
        for (c = id; *c; c++)
            if (!isalnum((unsigned char)*c) && !strchr("_.:,+-/@ ", *c))
                return error_set(e, -EINVAL, "the disk's %s '%.100s' has a strange character", key,
                                 id);
        if (strstr(id, ".."))
            return error_set(e, -EINVAL, "the disk's %s '%.100s' has '..' in it", key, id);
        *ret_kind = key;
        *ret_id = id;
    }
    return 0;
}

static int check_label(const char *label, const char *fs, struct error *e)
{
    size_t i;
    const char *c;

    for (c = label; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
            return error_set(e, -EINVAL, "label '%.40s': letters, digits and _.- only", label);
    for (i = 0; i < ARRAY_SIZE(file_systems); i++)
        if (strcmp(fs, file_systems[i].name) == 0 && strlen(label) > file_systems[i].label_max)
            return error_set(e, -EINVAL, "label '%.40s': %s takes at most %zu characters", label,
                             fs, file_systems[i].label_max);
    return 0;
}

static int check_disk(const json_t *disk, struct error *e)
{
    static const char *const known[] = {"match", "policy", "fs", "label"};
    const char *key, *kind, *id, *policy, *fs, *label;
    const json_t *value;
    size_t i;
    int r;

    if (!json_is_object(disk))
        return error_set(e, -EINVAL,
                         "expected {match: {serial: DATA1}, policy: format-if-blank, fs: ext4}");
    json_object_foreach(
        (json_t *)disk, key,
        value) if (!is_one_of(key, known,
                              ARRAY_SIZE(known))) return error_set(e, -EINVAL,
                                                                   "unknown member '%.40s': match, "
                                                                   "policy, fs and label are known",
                                                                   key);
    r = disk_match(json_object_get(disk, "match"), &kind, &id, e);
    if (r < 0)
        return r;
    r = json_get_string_or(disk, "policy", policies[0], &policy, e);
    if (r < 0)
        return r;
    if (!is_one_of(policy, policies, ARRAY_SIZE(policies)))
        return error_set(e, -EINVAL, "policy is format-if-blank or keep, not '%.40s'", policy);
    r = json_get_string_or(disk, "fs", file_systems[0].name, &fs, e);
    if (r < 0)
        return r;
    for (i = 0; i < ARRAY_SIZE(file_systems); i++)
        if (strcmp(fs, file_systems[i].name) == 0)
            break;
    if (i == ARRAY_SIZE(file_systems))
        return error_set(e, -EINVAL, "fs is ext4 or xfs, not '%.40s'", fs);
    r = json_get_string_or(disk, "label", "", &label, e);
    return r < 0 ? r : check_label(label, fs, e);
}

int disks_check(const json_t *value, struct error *e)
{
    const json_t *disk;
    size_t i, j;
    int r;

    if (!json_is_array(value))
        return error_set(e, -EINVAL, "expected a list of disks");
    json_array_foreach(value, i, disk)
    {
        r = check_disk(disk, e);
        if (r < 0)
            return error_wrap(e, "disk %zu", i + 1);
        for (j = 0; j < i; j++)
            if (json_equal(json_object_get(json_array_get(value, j), "match"),
                           json_object_get(disk, "match")))
                return error_set(e, -EINVAL, "disks %zu and %zu are the same one", j + 1, i + 1);
    }
    return 0;
}

static int render_disk(const json_t *disk, const char *cluster_id, const char *host,
                       const char *base, json_t *list, struct error *e)
{
    const char *kind = NULL, *id = NULL, *policy, *fs, *label;
    char uuid[UUID_TEXT_SIZE], name[768], mount[512];
    int r;

    r = disk_match(json_object_get(disk, "match"), &kind, &id, e);
    if (r < 0)
        return r;
    r = json_get_string_or(disk, "policy", policies[0], &policy, e);
    if (r < 0)
        return r;
    r = json_get_string_or(disk, "fs", file_systems[0].name, &fs, e);
    if (r < 0)
        return r;
    r = json_get_string_or(disk, "label", NULL, &label, e);
    if (r < 0)
        return r;

    (void)snprintf(name, sizeof(name), "disk/%s/%s/%s", host, kind, id);
    r = uuid_of_name(cluster_id, name, uuid, e);
    if (r < 0)
        return r;
    (void)snprintf(mount, sizeof(mount), "%s/%s", base, uuid);
    r = json_array_append_new(list, json_pack("{s:{s:s}, s:s, s:s, s:s*, s:s, s:s}", "match", kind,
                                              id, "policy", policy, "fs", fs, "label", label,
                                              "uuid", uuid, "mount", mount));
    return r < 0 ? error_oom(e) : 0;
}

int disks_render(const json_t *value, const char *cluster_id, const char *host, const char *base,
                 json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *list = json_array();
    const json_t *disk;
    size_t i;
    int r;

    if (!list)
        return error_oom(e);
    json_array_foreach(value, i, disk)
    {
        r = render_disk(disk, cluster_id, host, base, list, e);
        if (r < 0)
            return error_wrap(e, "%s: disk %zu", host, i + 1);
    }
    *ret = TAKE_PTR(list);
    return 0;
}
