/* SPDX-License-Identifier: Apache-2.0 */
#include "disks.h"

#include <ctype.h>

#include "digest.h"
#include "variables.h"

static const char *const match_kinds[] = {"serial", "wwn", "by_id", "by_path"};
static const char *const policies[] = {"format-if-blank", "keep", "wipe-once"};

/* One row a file system: its name, and how long its label may be (mkfs.ext4(8), mkfs.xfs(8)). */
static const struct {
    const char *name;
    size_t label_max;
} file_systems[] = {
    {"ext4", 16},
    {"xfs",  12},
};

#define VOLUMES_MAX 32                          /* of one disk; the node knows the same limit */
#define VOLUME_MIN ((uint64_t)64 * 1024 * 1024) /* journals and inode tables want room, too */

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
    const char *key, *id, *c, *misread;
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
        misread = value_misread(value, VALUE_YAML);
        if (misread)
            return error_set(e, -EINVAL, "the %s is read as %s: write it in quotes", key, misread);
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

/* What a disk and a volume of it have in common. */
static int check_file_system(const json_t *o, const char **ret_fs, const char **ret_label,
                             struct error *e)
{
    size_t i;
    int r = json_get_string_or(o, "fs", *ret_fs, ret_fs, e);

    if (r == 0)
        r = json_get_string_or(o, "label", "", ret_label, e);
    if (r < 0)
        return r;
    for (i = 0; i < ARRAY_SIZE(file_systems); i++)
        if (strcmp(*ret_fs, file_systems[i].name) == 0)
            return check_label(*ret_label, *ret_fs, e);
    return error_set(e, -EINVAL, "fs is ext4 or xfs, not '%.40s'", *ret_fs);
}

static int check_members(const json_t *o, const char *const *known, size_t n, const char *words,
                         struct error *e)
{
    const json_t *value;
    const char *key;

    json_object_foreach((json_t *)o, key, value)
    {
        if (!is_one_of(key, known, n))
            return error_set(e, -EINVAL, "unknown member '%.40s': %s are known", key, words);
    }
    return 0;
}

/* A volume's size in bytes, 0 for its share of what the others leave. */
static int read_size(const json_t *volume, uint64_t *ret, struct error *e)
{
    const json_t *value = json_object_get(volume, "size");
    struct error why = ERROR_INIT;

    *ret = 0;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return error_set(e, -EINVAL, "size: write it with its unit, such as 100G");
    if (parse_size(json_string_value(value), ret, &why) < 0)
        return error_set(e, -EINVAL, "size '%.40s': expected a number with its unit, such as 100G",
                         json_string_value(value));
    if (*ret < VOLUME_MIN || *ret > INT64_MAX)
        return error_set(e, -EINVAL, "size '%.40s': at least 64M, such as 100G",
                         json_string_value(value));
    return 0;
}

static int check_volume(const json_t *volume, const char *fs, struct error *e)
{
    static const char *const known[] = {"size", "label", "fs"};
    const char *label;
    uint64_t size;
    int r;

    if (!json_is_object(volume))
        return error_set(e, -EINVAL, "expected {size: 100G, label: d1, fs: ext4}");
    r = check_members(volume, known, ARRAY_SIZE(known), "size, label and fs", e);
    if (r == 0)
        r = check_file_system(volume, &fs, &label, e);
    return r == 0 ? read_size(volume, &size, e) : r;
}

/* volumes: N, or one item a volume. */
static int check_volumes(const json_t *disk, const char *fs, const char *label, struct error *e)
{
    const json_t *volumes = json_object_get(disk, "volumes"), *volume;
    char numbered[64];
    size_t i;
    int r = 0;

    if (!volumes)
        return 0;
    if (json_is_integer(volumes)) {
        if (json_integer_value(volumes) < 1 || json_integer_value(volumes) > VOLUMES_MAX)
            return error_set(e, -EINVAL, "volumes: 1 to %d", VOLUMES_MAX);
        (void)snprintf(numbered, sizeof(numbered), "%.40s-%d", label,
                       (int)json_integer_value(volumes));
        return *label ? check_label(numbered, fs, e) : 0;
    }
    if (!json_is_array(volumes) || json_array_size(volumes) < 1 ||
        json_array_size(volumes) > VOLUMES_MAX)
        return error_set(e, -EINVAL,
                         "volumes: a number of 1 to %d, or a list such as [{size: 100G}, {}]",
                         VOLUMES_MAX);
    if (*label)
        return error_set(e, -EINVAL, "label: write it in each of the volumes");
    json_array_foreach(volumes, i, volume)
    {
        r = check_volume(volume, fs, e);
        if (r < 0)
            return error_wrap(e, "volume %zu", i + 1);
    }
    return 0;
}

static int check_disk(const json_t *disk, struct error *e)
{
    static const char *const known[] = {"match", "policy", "fs", "label", "volumes"};
    const char *kind, *id, *policy, *fs = file_systems[0].name, *label;
    int r;

    if (!json_is_object(disk))
        return error_set(e, -EINVAL,
                         "expected {match: {serial: DATA1}, policy: format-if-blank, fs: ext4}");
    r = check_members(disk, known, ARRAY_SIZE(known), "match, policy, fs, label and volumes", e);
    if (r == 0)
        r = disk_match(json_object_get(disk, "match"), &kind, &id, e);
    if (r == 0)
        r = json_get_string_or(disk, "policy", policies[0], &policy, e);
    if (r < 0)
        return r;
    if (!is_one_of(policy, policies, ARRAY_SIZE(policies)))
        return error_set(e, -EINVAL, "policy is format-if-blank, keep or wipe-once, not '%.40s'",
                         policy);
    if (strcmp(policy, "keep") == 0 && json_object_get(disk, "volumes"))
        return error_set(e, -EINVAL, "policy keep takes the disk as it is: leave volumes out");
    r = check_file_system(disk, &fs, &label, e);
    return r == 0 ? check_volumes(disk, fs, label, e) : r;
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

/* The preset UUID of something on a disk: of its file system or table (what ""), or of a volume's.
 */
static int preset(const char *cluster_id, const char *host, const char *kind, const char *id,
                  const char *what, char ret[UUID_TEXT_SIZE], struct error *e)
{
    char name[800];

    (void)snprintf(name, sizeof(name), "disk/%s/%s/%s%s", host, kind, id, what);
    return uuid_of_name(cluster_id, name, ret, e);
}

/* Where the disk that a volume is on is from, and whose. */
struct volume_of {
    const char *cluster_id, *host, *kind, *id, *base, *fs, *label;
};

static int render_volume(const struct volume_of *of, const json_t *volume, size_t number,
                         json_t *list, struct error *e)
{
    char part[UUID_TEXT_SIZE], uuid[UUID_TEXT_SIZE], what[32], mount[512], numbered[64];
    const char *fs = of->fs, *label;
    uint64_t size = 0;
    int r;

    (void)snprintf(what, sizeof(what), "/part/%zu", number);
    r = preset(of->cluster_id, of->host, of->kind, of->id, what, part, e);
    (void)snprintf(what, sizeof(what), "/volume/%zu", number);
    if (r == 0)
        r = preset(of->cluster_id, of->host, of->kind, of->id, what, uuid, e);
    if (r == 0 && volume)
        r = read_size(volume, &size, e);
    if (r == 0 && volume)
        r = json_get_string_or(volume, "fs", of->fs, &fs, e);
    if (r < 0)
        return r;
    (void)snprintf(numbered, sizeof(numbered), "%.40s-%zu", of->label ? of->label : "", number);
    label = volume ? json_string_value(json_object_get(volume, "label"))
                   : (of->label ? numbered : NULL);
    (void)snprintf(mount, sizeof(mount), "%s/%s", of->base, uuid);
    r = json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s*, s:s, s:s, s:o*}", "part", part, "fs", fs,
                                        "label", label, "uuid", uuid, "mount", mount, "size",
                                        size ? json_integer((json_int_t)size) : NULL));
    return r < 0 ? error_oom(e) : 0;
}

static int render_volumes(const struct volume_of *of, const json_t *volumes, json_t **ret,
                          struct error *e)
{
    _cleanup_json_ json_t *list = json_array();
    size_t i,
        n = json_is_array(volumes) ? json_array_size(volumes) : (size_t)json_integer_value(volumes);
    int r = list ? 0 : error_oom(e);

    for (i = 0; i < n && r == 0; i++)
        r = render_volume(of, json_array_get(volumes, i), i + 1, list, e);
    if (r == 0)
        *ret = TAKE_PTR(list);
    return r;
}

static int render_disk(const json_t *disk, const char *cluster_id, const char *host,
                       const char *base, json_t *list, struct error *e)
{
    struct volume_of of = {.cluster_id = cluster_id, .host = host, .base = base};
    const json_t *volumes = json_object_get(disk, "volumes");
    _cleanup_json_ json_t *rendered = NULL;
    char uuid[UUID_TEXT_SIZE], mount[512];
    const char *policy;
    int r;

    r = disk_match(json_object_get(disk, "match"), &of.kind, &of.id, e);
    if (r == 0)
        r = json_get_string_or(disk, "policy", policies[0], &policy, e);
    if (r == 0)
        r = json_get_string_or(disk, "fs", file_systems[0].name, &of.fs, e);
    if (r == 0)
        r = json_get_string_or(disk, "label", NULL, &of.label, e);
    if (r == 0)
        r = preset(cluster_id, host, of.kind, of.id, "", uuid, e);
    if (r == 0 && volumes)
        r = render_volumes(&of, volumes, &rendered, e);
    if (r < 0)
        return r;
    (void)snprintf(mount, sizeof(mount), "%s/%s", base, uuid);
    r = json_array_append_new(list, json_pack("{s:{s:s}, s:s, s:s, s:s*, s:s, s:s, s:O*}", "match",
                                              of.kind, of.id, "policy", policy, "fs", of.fs,
                                              "label", volumes ? NULL : of.label, "uuid", uuid,
                                              "mount", mount, "volumes", rendered));
    return r < 0 ? error_oom(e) : 0;
}

int disks_check_wipe(const json_t *value, const char *serial, struct error *e)
{
    const json_t *disk;
    bool found = false;
    size_t i;

    json_array_foreach(value, i, disk)
    {
        const char *policy = json_string_value(json_object_get(disk, "policy")), *kind, *id;
        bool wipes = policy && strcmp(policy, "wipe-once") == 0;
        int r = disk_match(json_object_get(disk, "match"), &kind, &id, e);

        if (r < 0)
            return r;
        if (strcmp(kind, "serial") == 0 && strcmp(id, serial) == 0)
            return wipes ? 0
                         : error_set(e, -EPERM,
                                     "the policy of disk %s is %s: write policy: wipe-once in "
                                     "seed_data_disks first",
                                     serial, policy ? policy : policies[0]);
        found |=
            wipes && strcmp(kind, "serial") != 0; /* its serial is known to the machine alone */
    }
    return found ? 0
                 : error_set(e, -EPERM,
                             "seed_data_disks has no disk with serial %s and policy wipe-once",
                             serial);
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
