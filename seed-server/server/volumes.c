/* SPDX-License-Identifier: Apache-2.0 */
#include "volumes.h"

#include "common/clock.h"
#include "common/log.h"
#include "host_key.h"
#include "nonce.h"
#include "server.h"
#include "volume_record.h"

#define MADE_KEY "cluster/volumes-made"
#define PREFIX "volumes/"
#define ATTEMPTS_MAX 4
#define ID_BYTES 8

static const struct plan_host *asker(const struct http_request *r)
{
    return plan_host(r->serving->plan, r->host);
}

static bool is_ours(struct http_request *r)
{
    if (plan_makes_volumes(r->serving->plan))
        return true;
    http_send_error(r, 409, "nodeseed makes no PersistentVolumes here: see seed_local_volumes");
    return false;
}

static json_t *record_of(const struct store_view *view, const char *kind, const char *host,
                         uint64_t *ret_revision)
{
    struct host_key key = host_key(kind, host);

    return volumes_record(store_view_get(view, key.text, ret_revision));
}

/* ---- a change of one host's records, until it is stored -------------------------------------- */

struct change {
    struct server *server;
    struct http_request *request;
    const char *host;          /* of the request's plan */
    json_t *volumes, *emptied; /* what a node told; or */
    const char *path;          /* what an administrator wants emptied, of volumes' own */
    char id[2 * ID_BYTES + 1];
    json_t *answer;
    unsigned attempts;
};

static void change_free(struct change *c)
{
    json_decref(c->volumes);
    json_decref(c->emptied);
    json_decref(c->answer);
    free(c);
}
DEFINE_CLEANUP(struct change *, change_free);

static int put_list(struct store_txn *t, const char *kind, const char *host, uint64_t revision,
                    const json_t *list, struct error *e)
{
    struct host_key key = host_key(kind, host);
    _cleanup_free_ char *text = list ? json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (!text)
        return error_oom(e);
    store_txn_expect(t, key.text, revision);
    store_txn_put(t, key.text, text);
    return 0;
}

/* What the node has, as far as it is news; and what it emptied is not to be emptied any more. A
 * volume that was emptied is news as well, to whom makes its PersistentVolume anew. *ret_changes:
 * there is something to store. */
static int take_told(struct change *c, const struct store_view *view, struct store_txn *t,
                     bool *ret_changes, struct error *e)
{
    uint64_t volumes_revision, release_revision;
    _cleanup_json_ json_t *had = record_of(view, "volumes", c->host, &volumes_revision);
    _cleanup_json_ json_t *release = record_of(view, "release", c->host, &release_revision);
    _cleanup_json_ json_t *rest = release ? release_without(release, c->emptied) : NULL;
    struct host_key key = host_key("release", c->host);
    bool emptied;
    int r = 0;

    if (!had || !rest)
        return error_oom(e);
    emptied = json_array_size(rest) < json_array_size(release);
    *ret_changes = emptied || !volumes_revision || !json_equal(had, c->volumes);
    if (*ret_changes)
        r = put_list(t, "volumes", c->host, volumes_revision, c->volumes, e);
    if (r == 0 && emptied && json_array_size(rest)) {
        r = put_list(t, "release", c->host, release_revision, rest, e);
    } else if (r == 0 && emptied) {
        store_txn_expect(t, key.text, release_revision);
        store_txn_delete(t, key.text);
    }
    json_decref(c->answer);
    c->answer = r == 0 ? json_pack("{s:O}", "empty", rest) : NULL;
    return r;
}

/* One more to be emptied; asked again, the same id. */
static int take_release(struct change *c, const struct store_view *view, struct store_txn *t,
                        bool *ret_changes, struct error *e)
{
    uint64_t revision;
    _cleanup_json_ json_t *release = record_of(view, "release", c->host, &revision);
    const char *id = c->id;
    const json_t *there;
    int r = 0;

    if (!release)
        return error_oom(e);
    there = volumes_find(release, c->path);
    *ret_changes = !there;
    if (there)
        id = json_string_value(json_object_get(there, "id"));
    else if (json_array_append_new(release, json_pack("{s:s, s:s}", "path", c->path, "id", id)) < 0)
        r = error_oom(e);
    else
        r = put_list(t, "release", c->host, revision, release, e);
    json_decref(c->answer);
    c->answer =
        r == 0 ? json_pack("{s:s, s:s, s:s}", "host", c->host, "path", c->path, "id", id) : NULL;
    return r;
}

static void submit(struct change *c);

static void finish(struct change *c, int result)
{
    struct http_request *r = c->request;
    struct error e = ERROR_INIT;

    if (result == 0) {
        http_send_json(r, 200, TAKE_PTR(c->answer));
    } else {
        (void)error_set_errno(&e, result, "storing the volumes of %s", c->host);
        http_send_failure(r, &e);
    }
    change_free(c);
    http_resume(r);
}

static void over(int result, void *userdata)
{
    struct change *c = userdata;

    if (result == -EAGAIN && ++c->attempts < ATTEMPTS_MAX)
        submit(c);
    else
        finish(c, result);
}

/* The request is suspended. */
static void submit(struct change *c)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(c->server->store);
    _cleanup_(store_txn_freep) struct store_txn *t = store_txn_new();
    struct error e = ERROR_INIT;
    bool changes;
    int r = t ? (c->path ? take_release : take_told)(c, view, t, &changes, &e) : -ENOMEM;

    if (r < 0 || !changes)
        finish(c, r);
    else
        store_submit(c->server->store, TAKE_PTR(t), over, c);
}

static struct change *change_new(struct server *s, struct http_request *r, const char *host)
{
    struct change *c = calloc(1, sizeof(*c));

    if (c) {
        c->server = s;
        c->request = r;
        c->host = host;
    }
    return c;
}

void handle_volumes_told(struct server *s, struct http_request *r)
{
    _cleanup_(change_freep) struct change *c = NULL;
    struct error e = ERROR_INIT;

    if (!is_ours(r))
        return;
    if (!(asker(r)->roles & (ROLE_MASTER | ROLE_NODE))) {
        http_send_error(r, 403, "%s runs no pods: its roles do not include this", asker(r)->name);
        return;
    }
    c = change_new(s, r, asker(r)->name);
    if (!c)
        (void)error_oom(&e);
    if (!c || volumes_body_parse(r->body, r->body_len, &c->volumes, &c->emptied, &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    http_suspend(r);
    submit(TAKE_PTR(c));
}

void handle_volume_release(struct server *s, struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_json_ json_t *body = NULL, *volumes = NULL;
    _cleanup_(change_freep) struct change *c = NULL;
    struct error e = ERROR_INIT;
    const json_t *volume;
    const char *path;
    uint8_t id[ID_BYTES];
    char name[256];
    size_t host;

    if (!is_ours(r))
        return;
    host = http_param(r, 0, name, sizeof(name)) == 0 ? plan_find_host(r->serving->plan, name)
                                                     : SIZE_MAX;
    if (host == SIZE_MAX) {
        http_send_error(r, 404, "the inventory has no such host");
        return;
    }
    if (json_parse(r->body, r->body_len, r->body_max, &body, &e) < 0 ||
        json_get_string(body, "path", &path, &e) < 0) {
        http_send_error(r, 400, "the body is not {\"path\":\"…\"}");
        return;
    }
    volumes = record_of(view, "volumes", name, NULL);
    volume = volumes_find(volumes, path);
    if (!volume) {
        http_send_error(r, 404, "%s has told of no volume %.300s", name, path);
        return;
    }
    c = change_new(s, r, plan_host(r->serving->plan, host)->name);
    if (!c || random_bytes(id, sizeof(id), &e) < 0) {
        http_send_error(r, 503, "busy, try again");
        return;
    }
    format_hex(id, sizeof(id), c->id);
    c->volumes = TAKE_PTR(volumes);
    c->path = json_string_value(json_object_get(volume, "path"));
    log_info("%s: %s is to be emptied", c->host, c->path);
    http_suspend(r);
    submit(TAKE_PTR(c));
}

/* ---- all hosts' ------------------------------------------------------------------------------ */

struct walk {
    const struct plan *plan;
    const struct store_view *view;
    json_t *list;
    bool for_admin; /* each with what is known of it; or only objects that are to be made */
    uint64_t revision;
    struct error *e;
};

static int add_volume(struct walk *w, size_t host, const json_t *volume, const json_t *release)
{
    const char *name = plan_host(w->plan, host)->name;
    const char *path = json_string_value(json_object_get(volume, "path"));
    json_int_t bytes = json_integer_value(json_object_get(volume, "bytes"));
    bool releasing = volumes_find(release, path) != NULL;
    json_t *object = NULL;

    /* Told under another local_volume_provisioner_base_dir: the host tells anew when it has it. */
    if (!plan_volume_entry(w->plan, path) || bytes <= 0 || (releasing && !w->for_admin))
        return 0;
    if (plan_render_volume(w->plan, host, path, (uint64_t)bytes, &object, w->e) < 0)
        return -1;
    if (w->for_admin)
        object = json_pack("{s:s, s:s, s:I, s:b, s:o}", "host", name, "path", path, "bytes", bytes,
                           "releasing", releasing, "object", object);
    return json_array_append_new(w->list, object) < 0 ? error_oom(w->e) : 0;
}

static int add_host(const char *key, const char *value, uint64_t revision, void *userdata)
{
    struct walk *w = userdata;
    size_t i, host = plan_find_host(w->plan, key + strlen(PREFIX));
    _cleanup_json_ json_t *volumes = NULL, *release = NULL;
    const json_t *volume;
    int r = 0;

    if (revision > w->revision)
        w->revision = revision;
    if (host == SIZE_MAX)
        return 0; /* it left the inventory */
    volumes = volumes_record(value);
    release = record_of(w->view, "release", key + strlen(PREFIX), NULL);
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

/* NULL after setting e. */
static json_t *all_volumes(struct server *s, const struct plan *plan, bool for_admin,
                           uint64_t *ret_revision, struct error *e)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_json_ json_t *list = json_array();
    struct walk w = {.plan = plan, .view = view, .list = list, .for_admin = for_admin, .e = e};

    if (!list) {
        (void)error_oom(e);
        return NULL;
    }
    if (store_view_each(view, PREFIX, add_host, &w) < 0)
        return NULL;
    *ret_revision = w.revision;
    return TAKE_PTR(list);
}

void handle_volumes_wanted(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    uint64_t revision;
    json_t *list;

    if (!is_ours(r))
        return;
    list = all_volumes(s, r->serving->plan, false, &revision, &e);
    if (!list)
        http_send_failure(r, &e);
    else
        http_send_json(r, 200,
                       json_pack("{s:I, s:o}", "revision", (json_int_t)revision, "volumes", list));
}

void handle_admin_volumes(struct server *s, struct http_request *r)
{
    struct error e = ERROR_INIT;
    uint64_t revision;
    json_t *list;

    if (!is_ours(r))
        return;
    list = all_volumes(s, r->serving->plan, true, &revision, &e);
    if (!list)
        http_send_failure(r, &e);
    else
        http_send_json(r, 200, json_pack("{s:o}", "volumes", list));
}

/* ---- who has what to do ---------------------------------------------------------------------- */

static int newest(const char *key, const char *value, uint64_t revision, void *userdata)
{
    uint64_t *newest_of_all = userdata;

    (void)key;
    (void)value;
    if (revision > *newest_of_all)
        *newest_of_all = revision;
    return 0;
}

static uint64_t made_until(const struct store_view *view)
{
    const char *text = store_view_get(view, MADE_KEY, NULL);
    _cleanup_json_ json_t *o = NULL;

    if (!text || json_parse(text, strlen(text), 256, &o, NULL) < 0)
        return 0;
    return (uint64_t)json_integer_value(json_object_get(o, "revision"));
}

bool volumes_due(struct server *s, const struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = NULL;
    struct host_key release;
    uint64_t last = 0;

    if (!plan_makes_volumes(r->serving->plan))
        return false;
    view = store_view(s->store);
    release = host_key("release", asker(r)->name);
    if (store_view_get(view, release.text, NULL))
        return true;
    if (!asker(r)->init_master)
        return false;
    (void)store_view_each(view, PREFIX, newest, &last); /* newest never stops it */
    return last > made_until(view);
}

/* The answer is out before this is on disk: a server that forgets it has it made again. */
void handle_volumes_made(struct server *s, struct http_request *r)
{
    _cleanup_json_ json_t *body = NULL;
    struct error e = ERROR_INIT;
    struct store_txn *t;
    int64_t revision;
    char record[64];

    if (json_parse(r->body, r->body_len, r->body_max, &body, &e) < 0 ||
        json_get_int(body, "revision", &revision, &e) < 0 || revision < 0) {
        http_send_error(r, 400, "the body is not {\"revision\":N}");
        return;
    }
    if (!asker(r)->init_master) {
        http_send_error(r, 403, "%s makes no PersistentVolumes: it is not the first master",
                        asker(r)->name);
        return;
    }
    (void)snprintf(record, sizeof(record), "{\"revision\":%lld}",
                   (long long)revision); /* fits: one number */
    t = store_txn_new();
    if (t)
        store_txn_put(t, MADE_KEY, record);
    store_submit(s->store, t, NULL, NULL);
    http_send_empty(r, 204);
}
