/* SPDX-License-Identifier: Apache-2.0 */
#include "kubeconfig.h"

#include "common/base64.h"
#include "common/yaml.h"
#include "crypto.h"

#define FILE_MAX ((size_t)256 * 1024)

void kubeconfig_done(struct kubeconfig *k)
{
    free(k->ca);
    free(k->certificate);
    secret_free(k->key);
    *k = (struct kubeconfig){.ca = NULL};
}

/* The first entry's object of a list: clusters[0].cluster. */
static int first_entry(const json_t *config, const char *list, const char *member, json_t **ret,
                       struct error *e)
{
    json_t *array;
    int r = json_get_array(config, list, &array, e);

    if (r < 0)
        return r;
    r = json_get_object(json_array_get(array, 0), member, ret, e);
    return r < 0 ? error_wrap(e, "%s", list) : 0;
}

static int decode_member(const json_t *object, const char *key, char **ret, struct error *e)
{
    const char *text;
    size_t len;
    int r = json_get_string(object, key, &text, e);

    if (r < 0)
        return r;
    r = base64_decode(text, ret, &len, e);
    return r < 0 ? error_wrap(e, "%s", key) : 0;
}

static int has_certificate(const json_t *user, struct error *e)
{
    return json_object_get(user, "client-certificate-data")
               ? 0
               : error_set(e, -ENODATA, "users: client-certificate-data is not there");
}

int kubeconfig_read(const struct context *c, const char *path, struct kubeconfig *ret,
                    struct error *e)
{
    _cleanup_(secret_freep) char *text = NULL;
    const struct yaml_options options = {.name = path, .max_bytes = FILE_MAX};
    _cleanup_kubeconfig_ struct kubeconfig k = {.ca = NULL};
    _cleanup_json_ json_t *config = NULL;
    json_t *cluster, *user;
    size_t len;
    int r;

    if ((r = context_read(c, path, FILE_MAX, &text, &len, e)) < 0 ||
        (r = yaml_parse(text, len, &options, &config, e)) < 0)
        return r;
    if ((r = first_entry(config, "clusters", "cluster", &cluster, e)) < 0 ||
        (r = first_entry(config, "users", "user", &user, e)) < 0 ||
        (r = has_certificate(user, e)) < 0 ||
        (r = decode_member(cluster, "certificate-authority-data", &k.ca, e)) < 0 ||
        (r = decode_member(user, "client-certificate-data", &k.certificate, e)) < 0 ||
        (r = decode_member(user, "client-key-data", &k.key, e)) < 0)
        return error_wrap(e, "%s", path);
    *ret = k;
    k = (struct kubeconfig){.ca = NULL};
    return 0;
}
