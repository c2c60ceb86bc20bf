/* SPDX-License-Identifier: Apache-2.0 */
#include "artifacts.h"

#include <ctype.h>

#include "common/parse.h"
#include "plan.h"
#include "roles.h"
#include "variables.h"

/* Letters, digits and what else a name, a file or a tag needs; nothing that a URL or a path reads
 * otherwise. */
static bool is_plain(const char *s, const char *more)
{
    const char *c;

    if (!*s || *s == '.' || strlen(s) > 255 || strstr(s, ".."))
        return false;
    for (c = s; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(more, *c))
            return false;
    return true;
}

static bool is_hex(const char *s, size_t len)
{
    return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

static int read_roles(const json_t *item, unsigned *ret, struct error *e)
{
    const json_t *roles = json_object_get(item, "roles"), *role;
    unsigned bits = 0, bit;
    size_t i;

    if (!roles) {
        *ret = ROLE_ETCD | ROLE_MASTER | ROLE_NODE;
        return 0;
    }
    json_array_foreach(roles, i, role)
    {
        bit = json_is_string(role) ? role_find(json_string_value(role)) : 0;
        if (!bit)
            return error_set(e, -EINVAL, "roles: expected a list of etcd, master, node");
        bits |= bit;
    }
    if (!bits)
        return error_set(e, -EINVAL, "roles: expected a list of etcd, master, node");
    *ret = bits;
    return 0;
}

/* A file's place, written in the one way that two of them can be compared by. */
static int read_path(const json_t *item, struct artifact *a, struct error *e)
{
    int r = json_get_string(item, "path", &a->path, e);
    size_t len;

    if (r < 0)
        return r;
    if (a->path[0] != '/' || !is_plain(a->path + 1, "/_.+-") || strstr(a->path, "/./"))
        return error_set(e, -EINVAL, "path: expected an absolute path, not '%.60s'", a->path);
    len = strlen(a->path);
    if (strstr(a->path, "//"))
        return error_set(e, -EINVAL, "path: '%.60s': write each '/' once", a->path);
    if (a->path[len - 1] == '/')
        return error_set(e, -EINVAL,
                         "path: '%.60s' is a folder: write the file's name, too: %.60s%s", a->path,
                         a->path, a->name);
    return 0;
}

static int read_binary(const json_t *item, struct artifact *a, struct error *e)
{
    const json_t *mode = json_object_get(item, "mode");
    const char *c;
    int r;

    r = read_path(item, a, e);
    if (r < 0)
        return r;
    if (mode && !json_is_string(mode)) /* YAML's 0755 is the number 493 */
        return error_set(e, -EINVAL, "mode: write it in quotes, such as \"0755\"");
    r = json_get_string_or(item, "mode", "0755", &a->mode, e);
    if (r < 0)
        return r;
    for (c = a->mode; *c >= '0' && *c <= '7'; c++)
        ;
    if (*c || c - a->mode < 3 || c - a->mode > 4)
        return error_set(e, -EINVAL, "mode: expected \"0755\" in quotes, not '%.20s'", a->mode);
    return 0;
}

/* What whoever made the image put beside the program that it is of. */
static int read_with(const json_t *item, struct artifact *a, struct error *e)
{
    const json_t *with = json_object_get(item, "with"), *name;
    size_t i;

    if (with && !json_array_size(with))
        return error_set(e, -EINVAL, "with: expected a list such as [rbd]");
    json_array_foreach(with, i, name)
    {
        if (!json_is_string(name) || strcmp(json_string_value(name), "rbd") != 0)
            return error_set(e, -EINVAL,
                             "with: expected programs that an image may have beside its own: rbd");
        a->with_rbd = true;
    }
    return 0;
}

static int read_image(const json_t *item, struct artifact *a, struct error *e)
{
    int r;

    r = json_get_string(item, "image", &a->image, e);
    if (r < 0)
        return r;
    if (!is_plain(a->image, "/_.:-") || !strchr(a->image, ':'))
        return error_set(e, -EINVAL, "image: expected a name with its tag, not '%.100s'", a->image);
    r = json_get_string(item, "image_id", &a->image_id, e);
    if (r < 0)
        return r;
    if (strncmp(a->image_id, "sha256:", 7) != 0 || !is_hex(a->image_id + 7, 64))
        return error_set(e, -EINVAL, "image_id: expected sha256: and 64 small hexadecimal digits");
    return read_with(item, a, e);
}

#define SECTOR 512
#define RAW_SIZE_MIN (2u << 20) /* the first MiB is written last, so there must be more */

static int read_os_image(const json_t *item, struct artifact *a, struct error *e)
{
    static const char *const compressions[] = {"none", "gzip", "xz", "zstd"};
    int64_t raw_size;
    size_t i;
    int r;

    r = json_get_string_or(item, "compression", compressions[0], &a->compression, e);
    if (r < 0)
        return r;
    for (i = 0; i < ARRAY_SIZE(compressions); i++)
        if (strcmp(a->compression, compressions[i]) == 0)
            break;
    if (i == ARRAY_SIZE(compressions))
        return error_set(e, -EINVAL, "compression: expected none, gzip, xz or zstd, not '%.20s'",
                         a->compression);
    r = i == 0 ? json_get_int_or(item, "raw_size", (int64_t)a->size, &raw_size, e)
               : json_get_int(item, "raw_size", &raw_size, e);
    if (r < 0)
        return r;
    if (raw_size < RAW_SIZE_MIN || raw_size % SECTOR)
        return error_set(e, -EINVAL,
                         "raw_size: expected the uncompressed disk's size in bytes, whole sectors");
    if (i == 0 && (uint64_t)raw_size != a->size)
        return error_set(e, -EINVAL, "raw_size: an image that is not compressed has %llu bytes",
                         (unsigned long long)a->size);
    a->raw_size = (uint64_t)raw_size;
    return 0;
}

static int read_boot(const json_t *item, struct artifact *a, struct error *e)
{
    (void)item;
    (void)a;
    (void)e;
    return 0; /* found by its name */
}

static const char *const common_members[] = {"name", "file", "sha256", "size", "kind"};

/* One row a kind: what it has beside those members, and whether nodes fetch it. */
static const struct kind {
    const char *name;
    int (*read)(const json_t *item, struct artifact *a, struct error *e);
    bool for_nodes;
    const char *members[4];
} kinds[ARTIFACT_KIND_COUNT] = {
    [ARTIFACT_BINARY] = {"binary",   read_binary,   true,  {"path", "mode", "roles"}             },
    [ARTIFACT_IMAGE] = {"image",    read_image,    true,  {"image", "image_id", "with", "roles"}},
    [ARTIFACT_OS_IMAGE] = {"os-image", read_os_image, false, {"compression", "raw_size"}           },
    [ARTIFACT_BOOT] = {"boot",     read_boot,     false, {NULL}                                },
};

/* A member that nobody reads is a mistake in the spelling of one that somebody does: with "role"
 * for "roles" every host would fetch it. */
static int check_members(const json_t *item, const struct kind *kind, struct error *e)
{
    const char *names[ARRAY_SIZE(common_members) + ARRAY_SIZE(kind->members)], *key, *nearest;
    _cleanup_buf_ struct buf words = BUF_INIT(1024);
    const json_t *member;
    size_t i, n = 0;

    for (i = 0; i < ARRAY_SIZE(common_members); i++)
        names[n++] = common_members[i];
    for (i = 0; i < ARRAY_SIZE(kind->members) && kind->members[i]; i++)
        names[n++] = kind->members[i];
    json_object_foreach((json_t *)(uintptr_t)item, key, member)
    {
        for (i = 0; i < n && strcmp(key, names[i]) != 0; i++)
            ;
        if (i < n)
            continue;
        nearest = nearest_name(key, names, n);
        if (nearest)
            return error_set(e, -EINVAL, "unknown member '%.40s': did you mean %s?", key, nearest);
        for (i = 0; i < n; i++)
            buf_addf(&words, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", names[i]);
        return buf_check(&words) < 0
                   ? error_oom(e)
                   : error_set(e, -EINVAL, "unknown member '%.40s': of kind %s, %s are known", key,
                               kind->name, words.data);
    }
    return 0;
}

static int read_kind(const json_t *item, struct artifact *a, struct error *e)
{
    const char *kind;
    size_t i;
    int r;

    r = json_get_string(item, "kind", &kind, e);
    if (r < 0)
        return r;
    for (i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(kind, kinds[i].name) == 0)
            break;
    if (i == ARRAY_SIZE(kinds))
        return error_set(e, -EINVAL, "kind: expected binary, image, os-image or boot, not '%.20s'",
                         kind);
    a->kind = (enum artifact_kind)i;
    if (!kinds[i].for_nodes && json_object_get(item, "roles"))
        return error_set(e, -EINVAL, "roles: nodes do not fetch what is of kind %s: drop it", kind);
    r = check_members(item, &kinds[i], e);
    if (r == 0)
        r = kinds[i].read(item, a, e);
    return r < 0 || !kinds[i].for_nodes ? r : read_roles(item, &a->roles, e);
}

int artifact_read(const json_t *item, struct artifact *ret, struct error *e)
{
    struct artifact a = {0};
    int64_t size;
    int r;

    if (!json_is_object(item))
        return error_set(e, -EINVAL, "expected {name, file, sha256, size, kind, …}");
    r = json_get_string(item, "name", &a.name, e);
    if (r < 0)
        return r;
    if (!is_plain(a.name, "_.+-") || strcmp(a.name, "sha256") == 0)
        return error_set(e, -EINVAL, "name: expected letters, digits and _.+-, not '%.60s'",
                         a.name);
    r = json_get_string_or(item, "file", a.name, &a.file, e);
    if (r < 0)
        return error_wrap(e, "%s", a.name);
    if (!is_plain(a.file, "/_.+-"))
        return error_set(e, -EINVAL, "%s: file: expected a path below the artifacts' folder",
                         a.name);
    r = json_get_string(item, "sha256", &a.sha256, e);
    if (r < 0)
        return error_wrap(e, "%s", a.name);
    if (!is_hex(a.sha256, 64))
        return error_set(e, -EINVAL, "%s: sha256: expected 64 small hexadecimal digits", a.name);
    r = json_get_int(item, "size", &size, e);
    if (r < 0)
        return error_wrap(e, "%s", a.name);
    if (size <= 0)
        return error_set(e, -EINVAL, "%s: size: expected the file's size in bytes", a.name);
    a.size = (uint64_t)size;
    r = read_kind(item, &a, e);
    if (r < 0)
        return error_wrap(e, "%s", a.name);
    *ret = a;
    return 0;
}

int artifacts_check(const json_t *value, struct error *e)
{
    _cleanup_json_ json_t *names = json_object();
    const json_t *item;
    struct artifact a;
    size_t i;
    int r;

    if (!names)
        return error_oom(e);
    if (!json_is_array(value))
        return error_set(e, -EINVAL, "expected a list of {name, file, sha256, size, kind, …}");
    json_array_foreach(value, i, item)
    {
        r = artifact_read(item, &a, e);
        if (r < 0)
            return error_wrap(e, "artifact %zu", i + 1);
        if (json_object_get(names, a.name))
            return error_set(e, -EINVAL, "artifact %zu: there is another one called %s", i + 1,
                             a.name);
        if (json_object_set_new(names, a.name, json_true()) < 0)
            return error_oom(e);
    }
    return 0;
}

bool artifact_is_image_of(const struct artifact *a, const char *component)
{
    const char *tag, *base;
    size_t len = strlen(component);

    if (a->kind != ARTIFACT_IMAGE)
        return false;
    tag = strrchr(a->image, ':');
    if (!tag || (size_t)(tag - a->image) < len)
        return false;
    base = tag - len;
    return memcmp(base, component, len) == 0 && (base == a->image || base[-1] == '/');
}
