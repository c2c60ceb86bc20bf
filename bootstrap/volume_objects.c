/* SPDX-License-Identifier: Apache-2.0 */
#include "volume_objects.h"

#include "control_plane.h"
#include "seed_client.h"

#define VOLUMES "/api/v1/persistentvolumes"
#define PAGE 500 /* objects in one answer */
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define MAKER "pv.kubernetes.io/provisioned-by"
#define OUR_MAKER "local-volume-provisioner-"

static const json_t *member(const json_t *o, const char *const *path)
{
    for (; *path; path++)
        o = json_is_array(o) ? json_array_get(o, 0) : json_object_get(o, *path);
    return o;
}

/* "HOST\nPATH" of a PersistentVolume of a local path that is bound to one host by its name; false
 * for any other. */
static bool place_of(const json_t *volume, char *ret, size_t size)
{
    static const char *const local[] = {"spec", "local", "path", NULL};
    static const char *const terms[] = {"spec", "nodeAffinity",     "required", "nodeSelectorTerms",
                                        "0",    "matchExpressions", NULL};
    static const char *const value[] = {"values", "0", NULL};
    const char *path = json_string_value(member(volume, local)), *host = NULL, *key;
    const json_t *item;
    size_t i;
    int n;

    json_array_foreach(member(volume, terms), i, item)
    {
        key = json_string_value(json_object_get(item, "key"));
        if (key && strcmp(key, "kubernetes.io/hostname") == 0)
            host = json_string_value(member(item, value));
    }
    if (!path || !host)
        return false;
    n = snprintf(ret, size, "%s\n%s", host, path);
    return n > 0 && (size_t)n < size;
}

int volume_index_add(json_t *cluster, const json_t *page, struct error *e)
{
    static const char *const name[] = {"metadata", "name", NULL};
    static const char *const maker[] = {"metadata", "annotations", MAKER, NULL};
    static const char *const phase[] = {"status", "phase", NULL};
    const json_t *volume;
    char place[1024];
    size_t i;

    json_array_foreach(json_object_get(page, "items"), i, volume)
    {
        const char *by = json_string_value(member(volume, maker));
        const char *state = json_string_value(member(volume, phase));
        bool free_and_ours = by && strncmp(by, OUR_MAKER, strlen(OUR_MAKER)) == 0 && state &&
                             strcmp(state, "Available") == 0;

        if (place_of(volume, place, sizeof(place)) &&
            json_object_set_new(
                cluster, place,
                json_pack("{s:O, s:b}", "name", member(volume, name), "free", free_and_ours)) < 0)
            return error_set(e, -EPROTO, "a PersistentVolume has no name");
    }
    return 0;
}

enum volume_verb volume_decide(const json_t *cluster, const json_t *wanted, const char **ret_other)
{
    static const char *const name[] = {"metadata", "name", NULL};
    const char *wanted_name = json_string_value(member(wanted, name));
    const json_t *there = NULL;
    char place[1024];

    *ret_other = NULL;
    if (place_of(wanted, place, sizeof(place)))
        there = json_object_get(cluster, place);
    if (!there)
        return VOLUME_CREATE;
    *ret_other = json_string_value(json_object_get(there, "name"));
    if (wanted_name && strcmp(*ret_other, wanted_name) == 0) {
        *ret_other = NULL;
        return VOLUME_THERE;
    }
    return json_is_true(json_object_get(there, "free")) ? VOLUME_REPLACE : VOLUME_THERE;
}

static int read_cluster(struct kube_api *api, json_t *cluster, struct error *e)
{
    _cleanup_free_ char *from = NULL;
    int r;

    do {
        static const char *const next[] = {"metadata", "continue", NULL};
        _cleanup_json_ json_t *page = NULL;
        _cleanup_free_ char *path = NULL;
        const char *go_on;

        if (asprintf(&path, VOLUMES "?limit=%d%s%s", PAGE, from ? "&continue=" : "",
                     from ? from : "") < 0) {
            path = NULL;
            return error_oom(e);
        }
        if ((r = kube_get(api, path, &page, e)) < 0 || (r = volume_index_add(cluster, page, e)) < 0)
            return r;
        go_on = json_string_value(member(page, next));
        free(from);
        from = go_on && go_on[0] ? strdup(go_on) : NULL;
        if (go_on && go_on[0] && !from)
            return error_oom(e);
    } while (from);
    return 0;
}

/* -EEXIST: another one has the name, as two folders' hashes may be the same. */
static int make_one(struct context *c, struct kube_api *api, const json_t *cluster,
                    const json_t *wanted, bool *ret_made, struct error *e)
{
    const char *other;
    char path[512];
    int r;

    *ret_made = false;
    switch (volume_decide(cluster, wanted, &other)) {
    case VOLUME_THERE:
        if (other)
            step_note(c, "%s is a volume's already, %s's: no other is made",
                      json_string_value(json_object_get(
                          json_object_get(json_object_get(wanted, "spec"), "local"), "path")),
                      other);
        return 0;
    case VOLUME_REPLACE:
        (void)snprintf(path, sizeof(path), VOLUMES "/%.253s", other);
        r = kube_delete(api, path, e);
        if (r < 0)
            return r;
        break;
    case VOLUME_CREATE:
        break;
    }
    r = kube_create(api, wanted, e);
    if (r == -EEXIST) {
        step_note(c, "%s, ignoring", e->message);
        return 0;
    }
    *ret_made = r == 0;
    return r;
}

static int say_made(struct context *c, int64_t revision, struct error *e)
{
    char body[64];

    (void)snprintf(body, sizeof(body), "{\"revision\":%lld}", (long long)revision); /* one number */
    return seed_client_post(c->client, "/v1/volumes/made", "application/json", body, strlen(body),
                            NULL, e);
}

int volume_objects_make(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL, *cluster = json_object();
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    struct control_plane cp;
    const json_t *wanted;
    json_t *volumes;
    int64_t revision;
    size_t i, made = 0;
    int r;

    if (!cluster)
        return error_oom(e);
    if ((r = seed_client_get(c->client, "/v1/volumes", ANSWER_MAX, &answer, e)) < 0 ||
        (r = json_get_int(answer, "revision", &revision, e)) < 0 ||
        (r = json_get_array(answer, "volumes", &volumes, e)) < 0 ||
        (r = control_plane_read(c, &cp, e)) < 0 ||
        (r = kube_api_open_kubeconfig(c, cp.api, cp.admin, &api, e)) < 0 ||
        (r = read_cluster(&api, cluster, e)) < 0)
        return error_wrap(e, "local volumes");
    json_array_foreach(volumes, i, wanted)
    {
        struct error why = ERROR_INIT;
        bool is_new;

        r = make_one(c, &api, cluster, wanted, &is_new, &why);
        if (r < 0)
            return error_set(e, r, "local volumes: %s", why.message);
        made += is_new;
        step_wait(c, 0);
    }
    if (made)
        step_note(c, "local volumes: made %zu PersistentVolumes", made);
    return say_made(c, revision, e);
}
