/* SPDX-License-Identifier: Apache-2.0 */
#include "disk_marker.h"

#include "common/file.h"

static int copy_string(const json_t *object, const char *key, char *ret, size_t size,
                       struct error *e)
{
    const char *s;
    int r = json_get_string(object, key, &s, e);

    if (r < 0)
        return r;
    if (strlen(s) >= size)
        return error_set(e, -EINVAL, "%s is longer than %zu bytes", key, size - 1);
    memcpy(ret, s, strlen(s) + 1);
    return 0;
}

int disk_marker_parse(const char *text, size_t len, struct disk_marker *ret, struct error *e)
{
    _cleanup_json_ json_t *object = NULL;
    struct disk_marker m = {.incarnation = 0};
    int64_t version;
    int r = json_parse(text, len, DISK_MARKER_MAX, &object, e);

    if (r < 0)
        return r;
    r = json_get_int(object, "version", &version, e);
    if (r < 0)
        return r;
    if (version != DISK_MARKER_VERSION)
        return error_set(e, -EINVAL, "version %lld is not known here", (long long)version);
    if ((r = copy_string(object, "cluster", m.cluster, sizeof(m.cluster), e)) < 0 ||
        (r = copy_string(object, "host", m.host, sizeof(m.host), e)) < 0 ||
        (r = copy_string(object, "uuid", m.uuid, sizeof(m.uuid), e)) < 0 ||
        (r = copy_string(object, "serial", m.serial, sizeof(m.serial), e)) < 0 ||
        (r = json_get_int(object, "incarnation", &m.incarnation, e)) < 0 ||
        (json_object_get(object, "grant") &&
         (r = copy_string(object, "grant", m.grant, sizeof(m.grant), e)) < 0))
        return r;
    *ret = m;
    return 0;
}

int disk_marker_print(const struct disk_marker *m, struct buf *out, struct error *e)
{
    _cleanup_json_ json_t *object =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:s*}", "version", DISK_MARKER_VERSION, "cluster",
                  m->cluster, "host", m->host, "uuid", m->uuid, "serial", m->serial, "incarnation",
                  (json_int_t)m->incarnation, "grant", m->grant[0] ? m->grant : NULL);

    return object ? json_print_pretty(object, out, e) : error_oom(e);
}

int disk_marker_read(int folder, struct disk_marker *ret, struct error *e)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    int r = file_read(folder, DISK_MARKER_NAME, DISK_MARKER_MAX, &text, &len, e);

    if (r < 0)
        return r;
    r = disk_marker_parse(text, len, ret, e);
    return r < 0 ? error_wrap(e, "%s", DISK_MARKER_NAME) : 0;
}

int disk_marker_write(int folder, const struct disk_marker *m, struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(DISK_MARKER_MAX);
    int r = disk_marker_print(m, &text, e);

    if (r < 0)
        return r;
    r = file_write_atomic(folder, DISK_MARKER_NAME, text.data, text.len, 0644, e);
    return r < 0 ? error_wrap(e, "%s", DISK_MARKER_NAME) : 0;
}
