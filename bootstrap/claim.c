/* SPDX-License-Identifier: Apache-2.0 */
#include "claim.h"

#include <fcntl.h>

#include "common/file.h"
#include "settings.h"

#define CLAIM_MAX 4096
#define CLAIM_VERSION 1

static int claim_read(const char *path, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *claim = NULL;
    _cleanup_free_ char *text = NULL;
    json_t *areas;
    int64_t version;
    size_t len;
    int r = file_read(AT_FDCWD, path, CLAIM_MAX, &text, &len, e);

    if (r < 0)
        return r;
    if ((r = json_parse(text, len, CLAIM_MAX, &claim, e)) < 0 ||
        (r = json_get_int(claim, "version", &version, e)) < 0 ||
        (r = json_get_array(claim, "areas", &areas, e)) < 0)
        return error_wrap(e, "%s", path);
    if (version != CLAIM_VERSION)
        return error_set(e, -EINVAL, "%s: version %lld is not known here", path,
                         (long long)version);
    *ret = TAKE_PTR(claim);
    return 0;
}

static int look_for_others(struct context *c, const char *area, const char *const *evidence,
                           struct error *e)
{
    size_t i;

    for (i = 0; evidence[i]; i++) {
        _cleanup_free_ char *path = context_path(c, evidence[i]);

        if (!path)
            return error_oom(e);
        if (access(path, F_OK) == 0)
            return error_set(e, -EPERM,
                             "%s is here and nodeseed did not make it: this machine has %s of "
                             "another cluster; move it away to let it join this one",
                             path, area);
    }
    return 0;
}

int claim_area(struct context *c, const char *area, const char *const *evidence, struct error *e)
{
    _cleanup_free_ char *path = path_join(c->settings->state, "cluster.json");
    _cleanup_buf_ struct buf text = BUF_INIT(CLAIM_MAX);
    _cleanup_json_ json_t *claim = NULL;
    const char *cluster, *owner;
    json_t *object;
    int r;

    if (!path)
        return error_oom(e);
    if ((r = json_get_object(c->config, "cluster", &object, e)) < 0 ||
        (r = json_get_string(object, "id", &cluster, e)) < 0)
        return r;
    r = claim_read(path, &claim, e);
    if (r == -ENOENT) {
        claim =
            json_pack("{s:i, s:s, s:[]}", "version", CLAIM_VERSION, "cluster", cluster, "areas");
        r = claim ? 0 : error_oom(e);
    }
    if (r < 0 || (r = json_get_string(claim, "cluster", &owner, e)) < 0)
        return r;
    if (strcmp(owner, cluster) != 0)
        return error_set(e, -EPERM,
                         "this machine belongs to cluster %s and is told to join %s; reinstall it",
                         owner, cluster);
    if (json_has_text(json_object_get(claim, "areas"), area))
        return 0;
    if ((r = look_for_others(c, area, evidence, e)) < 0)
        return r;
    if (json_array_append_new(json_object_get(claim, "areas"), json_string(area)) < 0)
        return error_oom(e);
    r = json_print_pretty(claim, &text, e);
    return r < 0 ? r : file_write_atomic(AT_FDCWD, path, text.data, text.len, 0600, e);
}
