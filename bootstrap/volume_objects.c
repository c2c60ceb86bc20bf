/* SPDX-License-Identifier: Apache-2.0 */
#include "volume_objects.h"

#include "common/clock.h"
#include "control_plane.h"
#include "seed_client.h"

#define VOLUMES "/api/v1/persistentvolumes"
#define PAGE 500 /* objects in one answer */
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define GONE_MS 60000
#define GONE_POLL_MS 500
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

/* "NAMESPACE/NAME" of the claim that has or had it; NULL where none did. */
static char *claim_of(const json_t *volume)
{
    static const char *const of[] = {"spec", "claimRef", NULL};
    const json_t *claim = member(volume, of);
    const char *space = json_string_value(json_object_get(claim, "namespace"));
    const char *name = json_string_value(json_object_get(claim, "name"));
    char *text;

    return name && asprintf(&text, "%s/%s", space ? space : "default", name) >= 0 ? text : NULL;
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
        bool ours = by && strncmp(by, OUR_MAKER, strlen(OUR_MAKER)) == 0;
        bool free_and_ours = ours && state && strcmp(state, "Available") == 0;
        _cleanup_free_ char *claim = claim_of(volume);

        if (place_of(volume, place, sizeof(place)) &&
            json_object_set_new(cluster, place,
                                json_pack("{s:O, s:b, s:b, s:s, s:s}", "name", member(volume, name),
                                          "free", free_and_ours, "ours", ours, "phase",
                                          state ? state : "", "claim", claim ? claim : "")) < 0)
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

/* ---- releasing one ----------------------------------------------------------------------------
 */

enum release_verb release_decide(const json_t *there, bool emptied, char *ret_why, size_t size)
{
    const char *phase = json_string_value(json_object_get(there, "phase"));
    const char *claim = json_string_value(json_object_get(there, "claim"));

    if (!there)
        return emptied ? RELEASE_DONE : RELEASE_EMPTY;
    if (!json_is_true(json_object_get(there, "ours")))
        (void)snprintf(ret_why, size, "its PersistentVolume was not made by nodeseed");
    else if (phase && (strcmp(phase, "Released") == 0 || strcmp(phase, "Failed") == 0))
        return emptied ? RELEASE_DELETE : RELEASE_EMPTY;
    else if (claim && *claim)
        (void)snprintf(ret_why, size, "it is %.32s, to the claim %.600s: delete that first",
                       phase ? phase : "in use", claim);
    else
        (void)snprintf(ret_why, size, "no claim has left it behind: it is %.32s",
                       phase ? phase : "new");
    return RELEASE_REFUSE;
}

/* Its successor has the same name, which is free when what protects it has let it go. */
static int delete_volume(struct context *c, struct kube_api *api, const char *url, struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms();
    int r = kube_delete(api, url, e);

    while (r == 0) {
        _cleanup_json_ json_t *still = NULL;

        r = kube_get(api, url, &still, e);
        if (r == 0 && clock_monotonic_ms() - began_ms > GONE_MS)
            return error_set(e, -EAGAIN, "%s is deleted, but stays", url);
        if (r == 0)
            step_wait(c, GONE_POLL_MS);
    }
    return r == -ENOENT ? 0 : r;
}

/* What becomes of one that the server asks about, into answers. */
static int answer_release(struct context *c, struct kube_api *api, const json_t *cluster,
                          const json_t *item, json_t *answers, struct error *e)
{
    static const char *const states[] = {[RELEASE_EMPTY] = "empty",
                                         [RELEASE_REFUSE] = "refused",
                                         [RELEASE_DELETE] = "done",
                                         [RELEASE_DONE] = "done"};
    const char *host, *path, *id, *state;
    char place[1024], why[768] = "", url[512];
    enum release_verb verb;
    const json_t *there;
    int r;

    if ((r = json_get_string(item, "host", &host, e)) < 0 ||
        (r = json_get_string(item, "path", &path, e)) < 0 ||
        (r = json_get_string(item, "id", &id, e)) < 0 ||
        (r = json_get_string(item, "state", &state, e)) < 0)
        return r;
    (void)snprintf(place, sizeof(place), "%.253s\n%.700s", host, path); /* fits */
    there = json_object_get(cluster, place);
    verb = release_decide(there, strcmp(state, "emptied") == 0, why, sizeof(why));
    if (verb == RELEASE_DELETE) {
        (void)snprintf(url, sizeof(url), VOLUMES "/%.253s",
                       json_string_value(json_object_get(there, "name"))); /* fits */
        r = delete_volume(c, api, url, e);
        if (r < 0)
            return r;
    }
    step_note(c, "releasing %s of %s: %s%s%s", path, host, states[verb], *why ? ", " : "", why);
    return json_array_append_new(answers, json_pack("{s:s, s:s, s:s, s:s}", "host", host, "id", id,
                                                    "state", states[verb], "why", why)) < 0
               ? error_oom(e)
               : 0;
}

/* The phase and the claim of each, by place. */
static json_t *seen_of(const json_t *cluster)
{
    json_t *seen = json_object(), *there;
    const char *place;

    json_object_foreach((json_t *)(uintptr_t)cluster, place, there)
    {
        if (seen &&
            json_object_set_new(seen, place,
                                json_pack("{s:O, s:O}", "phase", json_object_get(there, "phase"),
                                          "claim", json_object_get(there, "claim"))) < 0) {
            json_decref(seen);
            seen = NULL;
        }
    }
    return seen;
}

/* ---- all ------------------------------------------------------------------------------------- */

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

static int say_made(struct context *c, int64_t revision, const json_t *cluster, json_t *answers,
                    struct error *e)
{
    _cleanup_json_ json_t *seen = seen_of(cluster), *body = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(PROTOCOL_VOLUMES_SEEN_MAX);
    int r;

    if (!seen)
        return error_oom(e);
    body = json_pack("{s:I, s:O, s:O}", "revision", (json_int_t)revision, "seen", seen, "answers",
                     answers);
    r = body ? json_print(body, &text, e) : error_oom(e);
    return r < 0 ? r
                 : seed_client_post(c->client, "/v1/volumes/made", "application/json", text.data,
                                    text.len, NULL, e);
}

static int make_all(struct context *c, struct kube_api *api, const json_t *cluster,
                    const json_t *volumes, struct error *e)
{
    const json_t *wanted;
    size_t i, made = 0;

    json_array_foreach(volumes, i, wanted)
    {
        struct error why = ERROR_INIT;
        bool is_new;
        int r = make_one(c, api, cluster, wanted, &is_new, &why);

        if (r < 0)
            return error_set(e, r, "local volumes: %s", why.message);
        made += is_new;
        step_wait(c, 0);
    }
    if (made)
        step_note(c, "local volumes: made %zu PersistentVolumes", made);
    return 0;
}

int volume_objects_make(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL, *cluster = json_object(), *seen = json_object();
    _cleanup_json_ json_t *answers = json_array();
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    struct control_plane cp;
    const json_t *item;
    json_t *volumes;
    int64_t revision;
    size_t i;
    int r;

    if (!cluster || !seen || !answers)
        return error_oom(e);
    if ((r = seed_client_get(c->client, "/v1/volumes", ANSWER_MAX, &answer, e)) < 0 ||
        (r = json_get_int(answer, "revision", &revision, e)) < 0 ||
        (r = json_get_array(answer, "volumes", &volumes, e)) < 0 ||
        (r = control_plane_read(c, &cp, e)) < 0 ||
        (r = kube_api_open_kubeconfig(c, cp.api, cp.admin, &api, e)) < 0 ||
        (r = read_cluster(&api, cluster, e)) < 0)
        return error_wrap(e, "local volumes");
    json_array_foreach(json_object_get(answer, "releases"), i, item) /* none: an older server */
    {
        r = answer_release(c, &api, cluster, item, answers, e);
        if (r < 0)
            return error_wrap(e, "local volumes");
    }
    r = make_all(c, &api, cluster, volumes, e);
    if (r == 0)
        r = read_cluster(&api, seen, e); /* as it is now */
    return r < 0 ? r : say_made(c, revision, seen, answers, e);
}
