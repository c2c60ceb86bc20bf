/* SPDX-License-Identifier: Apache-2.0 */
#include "host_key.h"
#include "volumes.h"
#include "volumes_common.h"

/* ---- what others share ---------------------------------------------------------------------- */

bool volumes_are_ours(struct http_request *r)
{
    if (plan_makes_volumes(r->serving->plan))
        return true;
    http_send_error(r, 409, "nodeseed makes no PersistentVolumes here: see seed_local_volumes");
    return false;
}

json_t *volumes_record_of(const struct store_view *view, const char *kind, const char *host,
                          uint64_t *ret_revision)
{
    struct host_key key = host_key(kind, host);

    return volumes_record(store_view_get(view, key.text, ret_revision));
}

bool volumes_asked(const struct store_view *view)
{
    uint64_t asked = 0, made = 0;

    (void)store_view_get(view, VOLUMES_ASKED_KEY, &asked);
    (void)store_view_get(view, VOLUMES_MADE_KEY, &made);
    return asked > made;
}

/* ---- all hosts' ------------------------------------------------------------------------------ */

struct walk {
    const struct plan *plan;
    const struct store_view *view;
    json_t *list, *releases;
    const json_t *seen; /* by "HOST\nPATH" */
    bool for_admin;     /* each with what is known of it; or only objects that are to be made */
    uint64_t revision;
    struct error *e;
};

/* What the init master last saw of its PersistentVolume: "phase" and "claim", which may be empty.
 */
static const char *seen_of(const struct walk *w, const char *host, const char *path,
                           const char *member)
{
    const json_t *volumes = json_object_get(w->seen, "volumes");
    const char *text = NULL;
    char place[1024];
    int n = snprintf(place, sizeof(place), "%s\n%s", host, path);

    if (n > 0 && (size_t)n < sizeof(place))
        text = json_string_value(json_object_get(json_object_get(volumes, place), member));
    return text ? text : "";
}

static int add_volume(struct walk *w, size_t host, const json_t *volume, const json_t *release)
{
    const char *name = plan_host(w->plan, host)->name;
    const char *path = json_string_value(json_object_get(volume, "path"));
    json_int_t bytes = json_integer_value(json_object_get(volume, "bytes"));
    const json_t *entry = volumes_find(release, path);
    bool releasing = entry && !release_is(entry, "refused");
    json_t *object = NULL;

    /* Told under another local_volume_provisioner_base_dir: the host tells anew when it has it. */
    if (!plan_volume_entry(w->plan, path) || bytes <= 0 || (releasing && !w->for_admin))
        return 0;
    if (plan_render_volume(w->plan, host, path, (uint64_t)bytes, &object, w->e) < 0)
        return -1;
    if (w->for_admin)
        object = json_pack(
            "{s:s, s:s, s:I, s:b, s:s, s:s, s:s, s:o, s:O*}", "host", name, "path", path, "bytes",
            bytes, "releasing", releasing, "release", entry ? release_state(entry) : "", "phase",
            seen_of(w, name, path, "phase"), "claim", seen_of(w, name, path, "claim"), "object",
            object, "why", json_object_get(entry, "why"));
    return json_array_append_new(w->list, object) < 0 ? error_oom(w->e) : 0;
}

static int add_host(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct walk *w = userdata;
    size_t i, host = plan_find_host(w->plan, key + strlen(VOLUMES_PREFIX));
    _cleanup_json_ json_t *volumes = NULL, *release = NULL;
    const json_t *volume;
    int r = 0;

    if (revision > w->revision)
        w->revision = revision;
    if (host == SIZE_MAX)
        return 0; /* it left the inventory */
    volumes = volumes_record(value);
    release = volumes_record_of(w->view, "release", key + strlen(VOLUMES_PREFIX), NULL);
    if (!volumes || !release)
        return error_oom(w->e);
    json_array_foreach(volumes, i, volume)
    {
        r = add_volume(w, host, volume, release);
        if (r < 0)
            break;
    }
    return r;
}

static int add_releases(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct walk *w = userdata;
    const char *host = key + strlen(VOLUMES_RELEASE_PREFIX);
    _cleanup_json_ json_t *list = volumes_record(value);
    const json_t *item;
    size_t i;

    (void)revision;
    if (!list)
        return error_oom(w->e);
    if (plan_find_host(w->plan, host) == SIZE_MAX)
        return 0; /* it left the inventory */
    json_array_foreach(list, i, item)
    {
        if (release_is_masters(item) &&
            json_array_append_new(w->releases, json_pack("{s:s, s:O, s:O, s:s}", "host", host,
                                                         "path", json_object_get(item, "path"),
                                                         "id", json_object_get(item, "id"), "state",
                                                         release_state(item))) < 0)
            return error_oom(w->e);
    }
    return 0;
}

static json_t *seen_record(const struct store_view *view)
{
    const char *text = store_view_get(view, VOLUMES_SEEN_KEY, NULL);
    json_t *o = NULL;

    return text && json_parse(text, strlen(text), PROTOCOL_VOLUMES_SEEN_MAX, &o, NULL) == 0
               ? o
               : json_object();
}

/* NULL after setting e. ret_releases may be NULL. */
static json_t *all_volumes(struct server *s, const struct plan *plan, bool for_admin,
                           uint64_t *ret_revision, json_t **ret_releases, struct error *e)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_json_ json_t *list = json_array(), *releases = json_array();
    _cleanup_json_ json_t *seen = seen_record(view);
    struct walk w = {.plan = plan,
                     .view = view,
                     .list = list,
                     .releases = releases,
                     .seen = seen,
                     .for_admin = for_admin,
                     .e = e};

    if (!list || !releases || !seen) {
        (void)error_oom(e);
        return NULL;
    }
    if (store_view_each(view, VOLUMES_PREFIX, add_host, &w) < 0 ||
        store_view_each(view, VOLUMES_RELEASE_PREFIX, add_releases, &w) < 0)
        return NULL;
    if (ret_releases)
        *ret_releases = TAKE_PTR(releases);
    *ret_revision = w.revision;
    return TAKE_PTR(list);
}

void handle_volumes_wanted(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    json_t *list, *releases;
    uint64_t revision;

    if (!volumes_are_ours(r))
        return;
    list = all_volumes(s, r->serving->plan, false, &revision, &releases, &e);
    if (!list)
        http_send_failure(r, &e);
    else
        http_send_json(r, 200,
                       json_pack("{s:I, s:o, s:o}", "revision", (json_int_t)revision, "volumes",
                                 list, "releases", releases));
}

void handle_admin_volumes(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    _cleanup_(store_view_unrefp) struct store_view *view = NULL;
    _cleanup_json_ json_t *seen = NULL;
    uint64_t revision;
    json_t *list;

    if (!volumes_are_ours(r))
        return;
    list = all_volumes(s, r->serving->plan, true, &revision, NULL, &e);
    if (!list) {
        http_send_failure(r, &e);
        return;
    }
    view = store_view(s->store);
    seen = seen_record(view);
    http_send_json(r, 200,
                   json_pack("{s:o, s:I, s:b}", "volumes", list, "seen_ms",
                             (json_int_t)json_integer_value(json_object_get(seen, "at_ms")),
                             "asked", volumes_asked(view)));
}
