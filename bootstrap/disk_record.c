/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_record.h"

static bool copy_text(const char *s, char *ret, size_t size)
{
    size_t len = s ? strlen(s) : 0;

    if (len >= size)
        return false;
    memset(ret, 0, size);
    if (len)
        memcpy(ret, s, len);
    return true;
}

bool disk_record_identify(struct disk_record *record, const struct disk *disk)
{
    record->size = disk->size;
    return copy_text(disk->name, record->name, sizeof(record->name)) &&
           copy_text(disk->serial, record->serial, sizeof(record->serial)) &&
           copy_text(disk->wwn, record->wwn, sizeof(record->wwn)) &&
           copy_text(disk->paths[0], record->path, sizeof(record->path));
}

bool disk_record_is_of(const struct disk_record *record, const struct disk *disk)
{
    struct disk_record now = {.size = 0};

    /* not the kernel's name: vdb may be vdc after the next boot */
    if (!disk_record_identify(&now, disk) || now.size != record->size ||
        strcmp(now.serial, record->serial) != 0 || strcmp(now.wwn, record->wwn) != 0)
        return false;
    if (record->serial[0] || record->wwn[0])
        return true;
    return record->path[0] ? disk_has_path(disk, record->path) : !now.path[0];
}

static int read_text(const json_t *object, const char *key, const char *otherwise, char *ret,
                     size_t size, struct error *e)
{
    const char *s;
    int r = otherwise ? json_get_string_or(object, key, otherwise, &s, e)
                      : json_get_string(object, key, &s, e);

    if (r < 0)
        return r;
    return copy_text(s, ret, size) ? 0 : error_set(e, -EINVAL, "%s is too long", key);
}

int disk_record_parse(const json_t *object, struct disk_record *ret, struct error *e)
{
    struct disk_record record = {.size = 0};
    int64_t version, size, time_ms;
    json_t *disk;
    int r;

    if ((r = json_get_int(object, "version", &version, e)) < 0)
        return r;
    if (version != DISK_RECORD_VERSION)
        return error_set(e, -EINVAL, "version %lld is not known here", (long long)version);
    if ((r = json_get_object(object, "disk", &disk, e)) < 0 ||
        (r = read_text(object, "uuid", NULL, record.uuid, sizeof(record.uuid), e)) < 0 ||
        (r = read_text(disk, "name", NULL, record.name, sizeof(record.name), e)) < 0 ||
        (r = read_text(disk, "serial", NULL, record.serial, sizeof(record.serial), e)) < 0 ||
        (r = read_text(disk, "wwn", NULL, record.wwn, sizeof(record.wwn), e)) < 0 ||
        (r = read_text(disk, "path", NULL, record.path, sizeof(record.path), e)) < 0 ||
        (r = json_get_int(disk, "size", &size, e)) < 0 ||
        (r = read_text(object, "fs", NULL, record.fs, sizeof(record.fs), e)) < 0 ||
        (r = read_text(object, "label", NULL, record.label, sizeof(record.label), e)) < 0 ||
        (r = json_get_int(object, "incarnation", &record.incarnation, e)) < 0 ||
        (r = json_get_int(object, "time", &time_ms, e)) < 0 ||
        (r = read_text(object, "grant", "", record.grant, sizeof(record.grant), e)) < 0 ||
        (r = read_text(object, "found", "", record.found, sizeof(record.found), e)) < 0)
        return r;
    if (size < 0 || time_ms < 0)
        return error_set(e, -EINVAL, "a negative size or time");
    record.size = (uint64_t)size;
    record.time_ms = (uint64_t)time_ms;
    *ret = record;
    return 0;
}

json_t *disk_record_to_json(const struct disk_record *record)
{
    const char *grant = record->grant[0] ? record->grant : NULL;

    return json_pack(
        "{s:i, s:s, s:{s:s, s:s, s:s, s:s, s:I}, s:s, s:s, s:I, s:I, s:s*, s:s*}", "version",
        DISK_RECORD_VERSION, "uuid", record->uuid, "disk", "name", record->name, "serial",
        record->serial, "wwn", record->wwn, "path", record->path, "size", (json_int_t)record->size,
        "fs", record->fs, "label", record->label, "incarnation", (json_int_t)record->incarnation,
        "time", (json_int_t)record->time_ms, "grant", grant, "found", grant ? record->found : NULL);
}
