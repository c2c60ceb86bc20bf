/* SPDX-License-Identifier: Apache-2.0 */
#include "install_config.h"

#include "crypto.h"

#define CONFIG_VERSION 1

static const char *const compressions[] = {
    [INSTALL_RAW] = "none",
    [INSTALL_GZIP] = "gzip",
    [INSTALL_XZ] = "xz",
    [INSTALL_ZSTD] = "zstd",
};

static int get_uuid(const json_t *json, const char *key, char ret[UUID_TEXT_SIZE], struct error *e)
{
    const char *text;
    int r = json_get_string(json, key, &text, e);

    if (r < 0)
        return r;
    r = parse_uuid(text, ret, e);
    return r < 0 ? error_wrap(e, "%s", key) : 0;
}

static int get_size(const json_t *json, const char *key, uint64_t *ret, struct error *e)
{
    int64_t number;
    int r = json_get_int(json, key, &number, e);

    if (r < 0)
        return r;
    if (number <= 0)
        return error_set(e, -EINVAL, "%s is %lld, expected a number of bytes", key,
                         (long long)number);
    *ret = (uint64_t)number;
    return 0;
}

static int read_image(const json_t *json, struct install_image *ret, struct error *e)
{
    uint8_t digest[SHA256_SIZE];
    const char *compression;
    json_t *image;
    int r;

    if ((r = json_get_object(json, "image", &image, e)) < 0 ||
        (r = json_get_string(image, "name", &ret->name, e)) < 0 ||
        (r = json_get_string(image, "url", &ret->url, e)) < 0 ||
        (r = json_get_string(image, "sha256", &ret->sha256, e)) < 0 ||
        (r = get_size(image, "size", &ret->size, e)) < 0 ||
        (r = get_size(image, "raw_size", &ret->raw_size, e)) < 0 ||
        (r = json_get_string_or(image, "compression", "none", &compression, e)) < 0)
        return r;
    r = parse_hex(ret->sha256, digest, sizeof(digest), e);
    if (r < 0)
        return error_wrap(e, "sha256");
    if (strncmp(ret->url, "http://", 7) != 0 && ret->url[0] != '/')
        return error_set(e, -EINVAL, "url \"%s\": expected http://… or a path", ret->url);
    if (ret->raw_size % 512)
        return error_set(e, -EINVAL, "raw_size %llu is not a number of 512-byte sectors",
                         (unsigned long long)ret->raw_size);
    for (size_t i = 0; i < ARRAY_SIZE(compressions); i++)
        if (strcmp(compressions[i], compression) == 0) {
            ret->compression = (enum install_compression)i;
            return 0;
        }
    return error_set(e, -EINVAL, "compression \"%s\": expected none, gzip, xz or zstd",
                     compression);
}

/* Goes into YAML between double quotes. */
static int check_plain_text(const char *key, const char *text, struct error *e)
{
    for (const char *p = text; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '"' || *p == '\\')
            return error_set(e, -EINVAL, "seed.%s has characters that no URL or name has", key);
    return 0;
}

static int read_seed(const json_t *json, struct install_config *ret, struct error *e)
{
    const struct {
        const char *key;
        const char **to;
    } texts[] = {
        {"server", &ret->server   },
        {"plain",  &ret->plain    },
        {"pin",    &ret->pin      },
        {"host",   &ret->seed_host},
    };
    json_t *seed;
    int r = json_get_object(json, "seed", &seed, e);

    for (size_t i = 0; i < ARRAY_SIZE(texts) && r >= 0; i++) {
        r = json_get_string(seed, texts[i].key, texts[i].to, e);
        if (r >= 0)
            r = check_plain_text(texts[i].key, *texts[i].to, e);
    }
    return r;
}

static int read_members(json_t *json, struct install_config *ret, struct error *e)
{
    json_t *cluster, *host, *disk, *preflight;
    int64_t version;
    int r = json_get_int(json, "version", &version, e);

    if (r < 0)
        return r;
    if (version != CONFIG_VERSION)
        return error_set(e, -EINVAL,
                         "it has version %lld, this program knows %d: taskbox and installer are of "
                         "different releases",
                         (long long)version, CONFIG_VERSION);
    if ((r = json_get_object(json, "cluster", &cluster, e)) < 0 ||
        (r = json_get_string(cluster, "id", &ret->cluster, e)) < 0 ||
        (r = json_get_object(json, "host", &host, e)) < 0 ||
        (r = json_get_string(host, "name", &ret->host, e)) < 0 ||
        (r = json_get_int(json, "incarnation", &ret->incarnation, e)) < 0 ||
        (r = get_uuid(json, "root_uuid", ret->root_uuid, e)) < 0 ||
        (r = get_uuid(json, "disk_guid", ret->disk_guid, e)) < 0 ||
        (r = json_get_bool_or(json, "reinstall", false, &ret->reinstall, e)) < 0 ||
        (r = json_get_object(json, "disk", &disk, e)) < 0 ||
        (r = disk_want_parse_match(disk, &ret->disk, e)) < 0 ||
        (r = read_image(json, &ret->image, e)) < 0 || (r = read_seed(json, ret, e)) < 0)
        return r;
    preflight = json_object_get(json, "preflight");
    if (preflight && (r = json_get_int_or(preflight, "memory_mb", 0, &ret->memory_mb, e)) < 0)
        return r;
    ret->network = json_object_get(json, "network");
    if (json_is_null(ret->network))
        ret->network = NULL;
    if (ret->network && !json_is_object(ret->network))
        return error_set(e, -EINVAL, "network: expected an object");
    return 0;
}

int install_config_read(json_t *json, struct install_config *ret, struct error *e)
{
    struct install_config c = {.json = json};
    int r = read_members(json, &c, e);

    if (r < 0)
        return error_wrap(e, "install config");
    json_incref(c.json);
    *ret = c;
    return 0;
}

void install_config_done(struct install_config *c)
{
    json_decref(c->json);
    c->json = NULL;
}
