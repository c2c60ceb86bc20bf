/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_want.h"

#include "common/parse.h"

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
    [DISK_WIPE_ONCE] = "wipe-once",
};

static const struct {
    const char *fs;
    size_t label_max;
} filesystems[] = {
    {"ext4", 16},
    {"xfs",  12},
};

const char *disk_match_words(enum disk_match match)
{
    return matches[match].word;
}

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

static int check_uuid(const char *key, const char *text, struct error *e)
{
    char uuid[UUID_TEXT_SIZE];
    int r = parse_uuid(text, uuid, e);

    if (r < 0)
        return error_wrap(e, "%s", key);
    /* what is compared with what libblkid finds, which writes lower case */
    return strcmp(uuid, text) ? error_set(e, -EINVAL, "%s '%s': expected lower case", key, text)
                              : 0;
}

/* What an entry and each of its volumes have in common. */
static int volume_parse(const json_t *object, struct disk_volume *ret, struct error *e)
{
    struct disk_volume v = {.fs = NULL};
    size_t i;
    int r;

    if ((r = json_get_string_or(object, "fs", "ext4", &v.fs, e)) < 0 ||
        (r = json_get_string_or(object, "label", "", &v.label, e)) < 0 ||
        (r = json_get_string(object, "uuid", &v.uuid, e)) < 0 ||
        (r = json_get_string(object, "mount", &v.mount, e)) < 0 ||
        (r = check_uuid("uuid", v.uuid, e)) < 0)
        return r;
    if (v.mount[0] != '/' || strlen(v.mount) >= 200 || strpbrk(v.mount, " \t\n\\#"))
        return error_set(e, -EINVAL, "mount '%s': expected an absolute path without blanks",
                         v.mount);
    for (i = 0; i < ARRAY_SIZE(filesystems) && strcmp(filesystems[i].fs, v.fs) != 0; i++)
        ;
    if (i == ARRAY_SIZE(filesystems))
        return error_set(e, -EINVAL, "fs '%s': expected ext4 or xfs", v.fs);
    /* the label goes to a program's command line and into sfdisk's script */
    if (v.label[0] == '-' || strpbrk(v.label, "\"\\\n"))
        return error_set(e, -EINVAL, "label '%s': letters, digits and _.- only", v.label);
    if (strlen(v.label) > filesystems[i].label_max)
        return error_set(e, -EINVAL, "label '%s' is longer than the %zu bytes that %s has room for",
                         v.label, filesystems[i].label_max, v.fs);
    *ret = v;
    return 0;
}

static int partition_parse(const json_t *object, struct disk_volume *ret, struct error *e)
{
    int64_t size;
    int r = volume_parse(object, ret, e);

    if (r < 0 || (r = json_get_string(object, "part", &ret->part, e)) < 0 ||
        (r = check_uuid("part", ret->part, e)) < 0 ||
        (r = json_get_int_or(object, "size", 0, &size, e)) < 0)
        return r;
    if (size < 0)
        return error_set(e, -EINVAL, "size: expected a number of bytes");
    ret->size = (uint64_t)size;
    return 0;
}

static int volumes_parse(const json_t *volumes, struct disk_want *want, struct error *e)
{
    const json_t *item;
    size_t i;
    int r;

    if (!json_is_array(volumes) || json_array_size(volumes) > DISK_VOLUMES_MAX)
        return error_set(e, -EINVAL, "volumes: expected a list of at most %d", DISK_VOLUMES_MAX);
    json_array_foreach(volumes, i, item)
    {
        r = partition_parse(item, &want->volumes[i], e);
        if (r < 0)
            return error_wrap(e, "volumes[%zu]", i);
    }
    want->volumes_n = json_array_size(volumes);
    return 0;
}

static int want_parse(const json_t *object, struct disk_want *ret, struct error *e)
{
    const json_t *volumes = json_object_get(object, "volumes");
    const char *policy;
    int r;

    if ((r = disk_want_parse_match(object, ret, e)) < 0 ||
        (r = json_get_string(object, "policy", &policy, e)) < 0 ||
        (r = volume_parse(object, &ret->whole, e)) < 0)
        return r;
    r = find_name(policies, ARRAY_SIZE(policies), policy);
    if (r < 0)
        return error_set(e, -EINVAL, "policy '%s': expected format-if-blank, keep or wipe-once",
                         policy);
    ret->policy = (enum disk_policy)r;
    return volumes ? volumes_parse(volumes, ret, e) : 0;
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
