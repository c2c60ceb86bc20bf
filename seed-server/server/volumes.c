/* SPDX-License-Identifier: Apache-2.0 */
#include "volumes.h"

#include "common/clock.h"
#include "common/log.h"
#include "host_key.h"
#include "nonce.h"
#include "volumes_common.h"

#define ATTEMPTS_MAX 4
#define ID_BYTES 8

static const struct plan_host *asker(const struct http_request *r)
{
    return plan_host(r->serving->plan, r->host);
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
    _cleanup_json_ json_t *had = volumes_record_of(view, "volumes", c->host, &volumes_revision);
    _cleanup_json_ json_t *release = volumes_record_of(view, "release", c->host, &release_revision);
    bool emptied;
    int r = 0;

    if (!had || !release)
        return error_oom(e);
    emptied = release_note_emptied(release, c->emptied);
    *ret_changes = emptied || !volumes_revision || !json_equal(had, c->volumes);
    if (*ret_changes)
        r = put_list(t, "volumes", c->host, volumes_revision, c->volumes, e);
    if (r == 0 && emptied)
        r = put_list(t, "release", c->host, release_revision, release, e);
    json_decref(c->answer);
    c->answer = r == 0 ? json_pack("{s:o}", "empty", release_to_empty(release)) : NULL;
    return r;
}

/* One more to be emptied; asked again, the same id. */
static int take_release(struct change *c, const struct store_view *view, struct store_txn *t,
                        bool *ret_changes, struct error *e)
{
    uint64_t revision;
    _cleanup_json_ json_t *release = volumes_record_of(view, "release", c->host, &revision);
    const char *id = c->id;
    const json_t *there;
    size_t i;
    int r = 0;

    if (!release)
        return error_oom(e);
    /* One that was refused may be asked for again. */
    for (i = json_array_size(release); i > 0; i--)
        if (release_is(json_array_get(release, i - 1), "refused"))
            (void)json_array_remove(release, i - 1); /* it is there */
    there = volumes_find(release, c->path);
    *ret_changes = !there;
    if (there)
        id = json_string_value(json_object_get(there, "id"));
    else if (json_array_append_new(release, json_pack("{s:s, s:s, s:s}", "path", c->path, "id", id,
                                                      "state", "asked")) < 0)
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

    if (!volumes_are_ours(r))
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

    if (!volumes_are_ours(r))
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
    volumes = volumes_record_of(view, "volumes", name, NULL);
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
/* The answer is out before it is on disk: whoever asks sees "asked" when it is. */
void handle_volumes_look(struct server *s, struct http_request *r)
{
    struct store_txn *t;

    if (!volumes_are_ours(r))
        return;
    t = store_txn_new();
    if (t)
        store_txn_put(t, VOLUMES_ASKED_KEY, "{}");
    store_submit(s->store, t, NULL, NULL);
    http_send_empty(r, 204);
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
    const char *text = store_view_get(view, VOLUMES_MADE_KEY, NULL);
    _cleanup_json_ json_t *o = NULL;

    if (!text || json_parse(text, strlen(text), 256, &o, NULL) < 0)
        return 0;
    return (uint64_t)json_integer_value(json_object_get(o, "revision"));
}

/* Of the plan's hosts only, as the first master is told of no others. */
static int find_masters(const char *key, const char *value, uint64_t revision, void *userdata)
{
    const struct plan *plan = userdata;
    _cleanup_json_ json_t *list = NULL;
    const json_t *item;
    size_t i;

    (void)revision;
    if (plan_find_host(plan, key + strlen(VOLUMES_RELEASE_PREFIX)) == SIZE_MAX)
        return 0;
    list = volumes_record(value);
    json_array_foreach(list, i, item)
    {
        if (release_is_masters(item))
            return 1;
    }
    return 0;
}

static bool has_to_empty(const struct store_view *view, const char *host)
{
    _cleanup_json_ json_t *list = volumes_record_of(view, "release", host, NULL);
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (release_is(item, "empty"))
            return true;
    }
    return false;
}

bool volumes_due(struct server *s, const struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = NULL;
    uint64_t last = 0;

    if (!plan_makes_volumes(r->serving->plan))
        return false;
    view = store_view(s->store);
    if (has_to_empty(view, asker(r)->name))
        return true;
    if (!asker(r)->init_master)
        return false;
    if (volumes_asked(view) ||
        store_view_each(view, VOLUMES_RELEASE_PREFIX, find_masters, r->serving->plan) != 0)
        return true;
    (void)store_view_each(view, VOLUMES_PREFIX, newest, &last); /* newest never stops it */
    return last > made_until(view);
}

/* {"host", "id", "state", "why"}: what the init master found, or did. What is over is told to be
 * made anew, by putting the host's volumes once more. */
static int put_answer(const struct store_view *view, struct store_txn *t, const json_t *answer,
                      struct error *e)
{
    uint64_t release_revision, volumes_revision;
    _cleanup_json_ json_t *release = NULL, *volumes = NULL;
    const char *host, *id, *state, *why;
    bool done;
    int r;

    if ((r = json_get_string(answer, "host", &host, e)) < 0 ||
        (r = json_get_string(answer, "id", &id, e)) < 0 ||
        (r = json_get_string(answer, "state", &state, e)) < 0 ||
        (r = json_get_string_or(answer, "why", "", &why, e)) < 0)
        return r;
    if (!is_dns_name(host) || strlen(why) > 1000)
        return error_set(e, -EINVAL, "no host, or too many words");
    release = volumes_record_of(view, "release", host, &release_revision);
    volumes = volumes_record_of(view, "volumes", host, &volumes_revision);
    if (!release || !volumes)
        return error_oom(e);
    if (!release_answer(release, id, state, why, &done))
        return 0;
    log_info("%s: releasing a volume: %s%s%s", host, state, *why ? ": " : "", why);
    r = put_list(t, "release", host, release_revision, release, e);
    return r == 0 && done ? put_list(t, "volumes", host, volumes_revision, volumes, e) : r;
}

/* What was seen of PersistentVolumes, by place, with the time. */
static int put_seen(struct store_txn *t, json_t *volumes, struct error *e)
{
    _cleanup_json_ json_t *o =
        json_pack("{s:I, s:O}", "at_ms", (json_int_t)clock_realtime_ms(), "volumes", volumes);
    _cleanup_free_ char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

    if (!text)
        return error_oom(e);
    store_txn_put(t, VOLUMES_SEEN_KEY, text);
    return 0;
}

/* One answer for each host: of several, the others come with the next look. */
static int put_answers(const struct store_view *view, struct store_txn *t, const json_t *answers,
                       struct error *e)
{
    _cleanup_json_ json_t *hosts = json_object();
    const json_t *answer;
    size_t i;
    int r = hosts ? 0 : error_oom(e);

    json_array_foreach(answers, i, answer)
    {
        const char *host = json_string_value(json_object_get(answer, "host"));

        if (r < 0 || (host && json_object_get(hosts, host)))
            continue;
        r = put_answer(view, t, answer, e);
        if (r == 0 && host && json_object_set_new(hosts, host, json_true()) < 0)
            r = error_oom(e);
    }
    return r;
}

/* The answer is out before this is on disk: a server that forgets it has it done again. */
void handle_volumes_made(struct server *s, struct http_request *r)
{
    _cleanup_(store_view_unrefp) struct store_view *view = store_view(s->store);
    _cleanup_(store_txn_freep) struct store_txn *t = store_txn_new();
    _cleanup_json_ json_t *body = NULL;
    json_t *seen = NULL, *answers = NULL;
    struct error e = ERROR_INIT;
    int64_t revision;
    char record[64];

    if (!asker(r)->init_master) {
        http_send_error(r, 403, "%s makes no PersistentVolumes: it is not the first master",
                        asker(r)->name);
        return;
    }
    if (json_parse(r->body, r->body_len, r->body_max, &body, &e) < 0 ||
        json_get_int(body, "revision", &revision, &e) < 0 || revision < 0 ||
        (json_object_get(body, "seen") && json_get_object(body, "seen", &seen, &e) < 0) ||
        (json_object_get(body, "answers") && json_get_array(body, "answers", &answers, &e) < 0)) {
        http_send_error(r, 400, "the body is not {\"revision\":N,\"seen\":{…},\"answers\":[…]}");
        return;
    }
    (void)snprintf(record, sizeof(record), "{\"revision\":%lld}",
                   (long long)revision); /* fits: one number */
    if (!t)
        (void)error_oom(&e);
    if (!t || (seen && put_seen(t, seen, &e) < 0) || put_answers(view, t, answers, &e) < 0) {
        http_send_failure(r, &e);
        return;
    }
    store_txn_put(t, VOLUMES_MADE_KEY, record);
    store_submit(s->store, TAKE_PTR(t), NULL, NULL);
    http_send_empty(r, 204);
}
