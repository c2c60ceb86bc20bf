/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "types.h"

/* The grammar of github.com/distribution/reference: a registry, which has a '.', a ':' or is
 * localhost, then names of small letters and digits with separators inside. Kubernetes would add
 * docker.io to a name without a registry. */
static bool is_registry(const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len);
    size_t host = colon ? (size_t)(colon - s) : len, i;

    for (i = 0; i < host; i++)
        if (!isalnum((unsigned char)s[i]) && !(strchr(".-", s[i]) && i && i + 1 < host))
            return false;
    if (colon &&
        (len - host < 2 || len - host > 6 || strspn(colon + 1, "0123456789") < len - host - 1))
        return false;
    return host && (colon || memchr(s, '.', host) || (len == 9 && memcmp(s, "localhost", 9) == 0));
}

static bool is_image_part(const char *s, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789", s[i]) &&
            !(strchr("._-", s[i]) && i && i + 1 < len))
            return false;
    return len > 0;
}

#define IMAGE_NAME_MAX 255 /* reference.NameTotalLengthMax */

static bool is_image_name(const char *text, bool with_path)
{
    size_t len = strcspn(text, "/");

    if (strlen(text) > IMAGE_NAME_MAX || !is_registry(text, len) || (with_path && !text[len]))
        return false;
    for (text += len; *text; text += len) {
        text++;
        len = strcspn(text, "/");
        if (!is_image_part(text, len))
            return false;
    }
    return true;
}

int type_registry(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!is_image_name(text, false))
        return error_set(e, -EINVAL,
                         "expected a registry such as registry.example:5000 or "
                         "registry.example/mirror, without https://");
    return 0;
}

int type_image(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (!is_image_name(text, true))
        return error_set(e, -EINVAL,
                         "expected an image's name with its registry and without tag and digest, "
                         "such as registry.example:5000/calico/node");
    return 0;
}

int type_tag(const struct variable *v, const char *text, struct error *e)
{
    const char *c;

    (void)v;
    for (c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && !(strchr(".-", *c) && c > text))
            break;
    if (*c || c == text || c - text > 128)
        return error_set(e, -EINVAL, "expected a tag such as v3.17.1");
    return 0;
}

int type_sha256(const struct variable *v, const char *text, struct error *e)
{
    (void)v;
    if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64)
        return error_set(
            e, -EINVAL,
            "expected 64 small hexadecimal digits, those after sha256: in NAME@sha256:…");
    return 0;
}
