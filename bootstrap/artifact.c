/* SPDX-License-Identifier: Apache-2.0 */
#include "artifact.h"

#include "common/parse.h"

#define DIGEST_PREFIX "sha256:"

static int check_digest(const char *hex, const char *what, struct error *e)
{
    uint8_t bytes[32];
    int r = parse_hex(hex, bytes, sizeof(bytes), e);

    return r < 0 ? error_wrap(e, "%s", what) : 0;
}

static int binary_parse(const json_t *object, struct artifact *a, struct error *e)
{
    const char *mode, *p;
    unsigned value = 0;
    int r;

    if ((r = json_get_string(object, "path", &a->path, e)) < 0 ||
        (r = json_get_string_or(object, "mode", "0755", &mode, e)) < 0)
        return r;
    if (a->path[0] != '/' || strstr(a->path, "/../"))
        return error_set(e, -EINVAL, "path '%s': expected an absolute path", a->path);
    for (p = mode; *p >= '0' && *p <= '7' && value <= 0777; p++)
        value = value * 8 + (unsigned)(*p - '0');
    if (*p || p == mode || value > 0777)
        return error_set(e, -EINVAL, "mode '%s': expected octal digits such as 0755", mode);
    a->mode = (mode_t)value;
    return 0;
}

static int image_parse(const json_t *object, struct artifact *a, struct error *e)
{
    int r;

    if ((r = json_get_string(object, "image", &a->image, e)) < 0 ||
        (r = json_get_string(object, "image_id", &a->image_id, e)) < 0)
        return r;
    if (strncmp(a->image_id, DIGEST_PREFIX, strlen(DIGEST_PREFIX)) != 0)
        return error_set(e, -EINVAL, "image_id: expected sha256:…");
    return check_digest(a->image_id + strlen(DIGEST_PREFIX), "image_id", e);
}

static int artifact_parse(const json_t *object, struct artifact *ret, struct error *e)
{
    struct artifact a = {.name = NULL};
    const char *kind;
    int64_t size;
    int r;

    if ((r = json_get_string(object, "name", &a.name, e)) < 0 ||
        (r = json_get_string(object, "url", &a.url, e)) < 0 ||
        (r = json_get_string(object, "sha256", &a.sha256, e)) < 0 ||
        (r = json_get_int(object, "size", &size, e)) < 0 ||
        (r = json_get_string(object, "kind", &kind, e)) < 0 ||
        (r = check_digest(a.sha256, "sha256", e)) < 0)
        return r;
    if (size < 0)
        return error_set(e, -EINVAL, "size is negative");
    a.size = (uint64_t)size;
    if (!strcmp(kind, "binary")) {
        a.kind = ARTIFACT_BINARY;
        r = binary_parse(object, &a, e);
    } else if (!strcmp(kind, "image")) {
        a.kind = ARTIFACT_IMAGE;
        r = image_parse(object, &a, e);
    } else {
        r = error_set(e, -EINVAL, "kind '%s': expected binary or image", kind);
    }
    if (r == 0)
        *ret = a;
    return r;
}

int artifacts_parse(const json_t *array, struct artifact **ret, size_t *ret_n, struct error *e)
{
    _cleanup_free_ struct artifact *artifacts = NULL;
    size_t i, n = json_array_size(array);
    const json_t *item;

    if (n > ARTIFACTS_MAX)
        return error_set(e, -E2BIG, "artifacts: more than %d", ARTIFACTS_MAX);
    artifacts = calloc(n + 1, sizeof(*artifacts));
    if (!artifacts)
        return error_oom(e);
    json_array_foreach(array, i, item)
    {
        int r = artifact_parse(item, &artifacts[i], e);

        if (r < 0)
            return error_wrap(e, "artifacts[%zu]", i);
    }
    *ret = TAKE_PTR(artifacts);
    *ret_n = n;
    return 0;
}

/* The digest column (REF TYPE DIGEST …) of the line whose first column is name; its length, 0 when
 * there is no such line. */
static size_t listed_digest(const char *list, const char *name, const char **ret)
{
    size_t len = strlen(name);
    const char *line;

    for (line = list; *line; line = strchrnul(line, '\n'), line += *line == '\n') {
        const char *p = line + len;

        if (strncmp(line, name, len) != 0 || *p != ' ')
            continue;
        p += strspn(p, " ");
        p += strcspn(p, " \n"); /* the type */
        p += strspn(p, " ");
        *ret = p;
        return strcspn(p, " \n");
    }
    return 0;
}

bool image_is_listed(const char *list, const char *image, const char *image_id)
{
    const char *by_tag = NULL, *by_id = NULL;
    size_t tag_len = listed_digest(list, image, &by_tag),
           id_len = listed_digest(list, image_id, &by_id);

    return tag_len && tag_len == id_len && !memcmp(by_tag, by_id, tag_len);
}
