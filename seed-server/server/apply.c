/* SPDX-License-Identifier: Apache-2.0 */
#include "applied.h"
#include "common/file.h"
#include "common/log.h"
#include "common/protocol.h"
#include "config_files.h"
#include "host_key.h"
#include "last_good.h"
#include "marks.h"
#include "reload.h"
#include "seed-server/plan/changes.h"
#include "server.h"

/* GET and POST /admin/apply. Both look at every host, on the control socket's own thread. */

#define TEXT_MAX ((size_t)16 * 1024 * 1024)

enum standing {
    NOT_READY,     /* takes the plan's config by itself */
    UP_TO_DATE,    /* has carried out what the plan says */
    CARRYING_OUT,  /* was told to, and has not yet */
    CHANGED,       /* has carried out another, which is known */
    CHANGED_BLIND, /* and whose text nobody has: what differs cannot be said */
};

struct look {
    struct server *server;
    struct serving *serving;
    struct store_view *view;
    struct inventory *inventory; /* NULL until something is refused */
    bool no_inventory;
};

/* One host's, refilled for each. */
struct sight {
    enum standing standing;
    struct applied applied;
    uint64_t revision;
    char current[SHA256_TEXT_SIZE];
    struct buf text; /* the plan's config */
    json_t *changes; /* plan_changes'; of CHANGED */
};

static void sight_clear(struct sight *o)
{
    buf_clear(&o->text);
    json_decref(o->changes);
    o->changes = NULL;
}

static void sight_done(struct sight *o)
{
    buf_done(&o->text);
    json_decref(o->changes);
}

static const char *name_of(const struct look *l, size_t host)
{
    return plan_host(l->serving->plan, host)->name;
}

/* ---- where it is written --------------------------------------------------------------------- */

/* The plan in use has a copy of its files; that of an older server has none yet. */
static const struct inventory *inventory_of(struct look *l)
{
    const struct server_options *o = l->server->options;
    _cleanup_free_ char *copy = last_good_folder(o->state);
    struct error e = ERROR_INIT;

    if (!l->inventory && !l->no_inventory &&
        inventory_load_conf(copy ? copy : o->conf, &l->inventory, &e) < 0) {
        log_warning("%s, ignoring", e.message);
        l->no_inventory = true;
    }
    return l->inventory;
}

/* As if it were the configuration's own file. */
static int add_origin(const struct look *l, json_t *list, struct inventory_origin origin)
{
    const struct server_options *o = l->server->options;
    _cleanup_free_ char *copy = last_good_folder(o->state), *path = NULL;
    size_t len = copy ? strlen(copy) : 0;

    if (!origin.file)
        return 0;
    if (copy && strncmp(origin.file, copy, len) == 0 && origin.file[len] == '/')
        path = path_join(o->conf, origin.file + len + 1);
    else
        path = strdup(origin.file);
    return path && json_array_append_new(
                       list, json_pack("{s:s, s:i}", "file", path, "line", (int)origin.line)) == 0
               ? 0
               : -ENOMEM;
}

/* Of each refusal, the lines that set its variables; without any, the host's own. */
static int add_origins(struct look *l, size_t host, const json_t *refused, struct error *e)
{
    const struct inventory *inv = inventory_of(l);
    size_t i, k, index = inv ? inventory_find_host(inv, name_of(l, host)) : SIZE_MAX;
    json_t *item;
    const json_t *variable;

    json_array_foreach(refused, i, item)
    {
        json_t *where = json_array();
        int r = where ? 0 : -ENOMEM;

        json_array_foreach(json_object_get(item, "variables"), k, variable)
        {
            struct inventory_origin origin = {NULL, 0};

            if (index != SIZE_MAX &&
                inventory_host_var(inv, index, json_string_value(variable), &origin) && r == 0)
                r = add_origin(l, where, origin);
        }
        if (index != SIZE_MAX && r == 0 && json_array_size(where) == 0)
            r = add_origin(l, where, inventory_host_origin(inv, index));
        if (r < 0 || json_object_set_new(item, "where", where) < 0)
            return error_oom(e);
    }
    return 0;
}

/* ---- looking --------------------------------------------------------------------------------- */

static int find_changes(struct look *l, size_t host, struct sight *o, struct error *e)
{
    _cleanup_buf_ struct buf had = BUF_INIT(PROTOCOL_CONFIG_MAX);
    _cleanup_json_ json_t *old = NULL, *new = NULL;
    int r = config_files_read(l->server->options->state, name_of(l, host),
                              applied_carried_out(&o->applied), &had, e);

    if (r < 0 || json_parse(had.data, had.len, PROTOCOL_CONFIG_MAX, &old, e) < 0) {
        o->standing = CHANGED_BLIND;
        return r == -ENOMEM ? r : 0;
    }
    r = json_parse(o->text.data, o->text.len, PROTOCOL_CONFIG_MAX, &new, e);
    if (r == 0)
        r = plan_changes(old, new, &o->changes, e);
    if (r == 0)
        r = add_origins(l, host, json_object_get(o->changes, "refused"), e);
    return r;
}

static int look_at(struct look *l, size_t host, struct sight *o, struct error *e)
{
    int r;

    sight_clear(o);
    o->applied = applied_read(l->view, name_of(l, host), &o->revision);
    o->standing = NOT_READY;
    if (!o->applied.config[0])
        return 0;
    r = serving_config(l->serving, host, &o->text, o->current, e);
    if (r < 0)
        return r;
    o->standing = UP_TO_DATE;
    if (strcmp(applied_carried_out(&o->applied), o->current) == 0)
        return 0;
    o->standing = CARRYING_OUT;
    if (strcmp(o->applied.config, o->current) == 0)
        return 0;
    o->standing = CHANGED;
    return find_changes(l, host, o, e);
}

static struct look look_of(struct server *s, struct http_request *r)
{
    return (struct look){.server = s, .serving = r->serving, .view = store_view(s->store)};
}

static void look_done(struct look *l)
{
    store_view_unref(l->view);
    inventory_free(l->inventory);
}

/* ---- showing --------------------------------------------------------------------------------- */

struct listing {
    json_t *groups; /* by the text of their changes: hosts that differ in the same */
    json_t *blind, *carrying_out;
    json_int_t ready, unready;
};

static int add_to_group(struct listing *out, const char *host, const json_t *changes,
                        struct error *e)
{
    _cleanup_buf_ struct buf text = BUF_INIT(TEXT_MAX);
    json_t *group;
    int r = json_print(changes, &text, e);

    if (r < 0)
        return r;
    group = json_object_get(out->groups, text.data);
    if (!group) {
        group = json_copy((json_t *)(uintptr_t)changes);
        if (!group || json_object_set_new(group, "hosts", json_array()) < 0 ||
            json_object_set_new(out->groups, text.data, group) < 0)
            return error_oom(e);
    }
    return json_array_append_new(json_object_get(group, "hosts"), json_string(host)) < 0
               ? error_oom(e)
               : 0;
}

static int show_host(struct listing *out, const char *host, const struct sight *o, struct error *e)
{
    int r = 0;

    out->ready += o->standing != NOT_READY;
    switch (o->standing) {
    case NOT_READY:
        out->unready++;
        break;
    case UP_TO_DATE:
        break;
    case CARRYING_OUT:
        r = json_array_append_new(out->carrying_out, json_string(host));
        break;
    case CHANGED:
        return add_to_group(out, host, o->changes, e);
    case CHANGED_BLIND:
        r = json_array_append_new(out->blind, json_string(host));
        break;
    }
    return r < 0 ? error_oom(e) : 0;
}

static json_t *values_of(json_t *map)
{
    json_t *list = json_array(), *value;
    const char *key;

    json_object_foreach(map, key, value)
    {
        if (list && json_array_append(list, value) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

void handle_apply_show(struct server *s, struct http_request *r)
{
    _cleanup_json_ json_t *groups = json_object(), *blind = json_array(), *doing = json_array();
    struct listing out = {groups, blind, doing, 0, 0};
    _cleanup_(sight_done) struct sight o = {.text = BUF_INIT(PROTOCOL_CONFIG_MAX)};
    _cleanup_(look_done) struct look l = look_of(s, r);
    struct error e = ERROR_INIT;
    int result = groups && blind && doing ? 0 : error_oom(&e);

    for (size_t i = 0; result == 0 && i < plan_host_count(r->serving->plan); i++) {
        result = look_at(&l, i, &o, &e);
        if (result == 0)
            result = show_host(&out, name_of(&l, i), &o, &e);
    }
    if (result < 0) {
        http_send_failure(r, &e);
        return;
    }
    http_send_json(r, 200,
                   json_pack("{s:s, s:o, s:o, s:O, s:O, s:b, s:I, s:I}", "plan",
                             plan_id(r->serving->plan), "reload", reload_json(s->reload), "groups",
                             values_of(groups), "blind", blind, "carrying_out", doing, "nodes_wait",
                             marks_are_waiting(r->serving, l.view), "ready", out.ready, "unready",
                             out.unready));
}

/* ---- releasing ------------------------------------------------------------------------------- */

/* What an administrator asked for, until it is stored. */
struct release {
    struct http_request *request;
    json_t *hosts; /* of the answer */
};

static void released(int result, void *userdata)
{
    struct release *c = userdata;
    struct http_request *r = c->request;
    struct error e = ERROR_INIT;

    if (result == 0) {
        log_info("the plan's configuration is released for %zu hosts", json_array_size(c->hosts));
        http_send_json(r, 200, json_pack("{s:O}", "hosts", c->hosts));
    } else {
        (void)error_set_errno(&e, result, "storing");
        http_send_failure(r, &e); /* -EAGAIN, that a host came first, is 503 */
    }
    json_decref(c->hosts);
    free(c);
    http_resume(r);
}

/* "node1: hosts.ini:3: ip: …" */
static int refuse(const char *host, const json_t *refused, struct error *e)
{
    const json_t *first = json_array_get(refused, 0);
    const json_t *where = json_array_get(json_object_get(first, "where"), 0);
    const char *variable =
        json_string_value(json_array_get(json_object_get(first, "variables"), 0));
    const char *file = json_string_value(json_object_get(where, "file"));
    size_t more = json_array_size(refused) - 1;
    char line[1024] = "", others[64] = "";

    if (file)
        (void)snprintf(line, sizeof(line), "%s:%d: ", file,
                       (int)json_integer_value(json_object_get(where, "line")));
    if (more)
        (void)snprintf(others, sizeof(others), ", and %zu more", more);
    return error_set(e, -EBUSY, "%s: %s%s%s%s%s; nothing is applied", host, line,
                     variable ? variable : "", variable ? ": " : "",
                     json_string_value(json_object_get(first, "why")), others);
}

static int release_host(struct look *l, size_t host, struct sight *o, bool named,
                        struct store_txn *t, json_t *hosts, struct error *e)
{
    struct host_key key = host_key("applied", name_of(l, host));
    _cleanup_free_ char *text = NULL;
    struct applied a = {.config = ""};
    int r = look_at(l, host, o, e);

    if (r < 0)
        return r;
    if (o->standing == NOT_READY && named)
        return error_set(e, -EBUSY,
                         "%s has not been ready yet: it takes the plan's configuration by itself",
                         name_of(l, host));
    if (o->standing != CHANGED && !(o->standing == CHANGED_BLIND && named))
        return 0;
    if (o->changes && json_array_size(json_object_get(o->changes, "refused")))
        return refuse(name_of(l, host), json_object_get(o->changes, "refused"), e);
    r = config_files_write(l->server->options->state, name_of(l, host), true, o->text.data,
                           o->text.len, e);
    if (r < 0)
        return r;
    memcpy(a.config, o->current, sizeof(a.config));
    memcpy(a.from, applied_carried_out(&o->applied), sizeof(a.from));
    text = applied_text(&a);
    store_txn_expect(t, key.text, o->revision);
    store_txn_put(t, key.text, text);
    return json_array_append_new(hosts, json_string(name_of(l, host))) < 0 ? error_oom(e) : 0;
}

/* Those that were named, which may be none: all. */
static int release_all(struct look *l, const json_t *named, struct store_txn *t, json_t *hosts,
                       struct error *e)
{
    _cleanup_(sight_done) struct sight o = {.text = BUF_INIT(PROTOCOL_CONFIG_MAX)};
    const struct plan *plan = l->serving->plan;
    const json_t *item;
    int r = 0;
    size_t i;

    for (i = 0; !named && i < plan_host_count(plan) && r == 0; i++)
        r = release_host(l, i, &o, false, t, hosts, e);
    json_array_foreach(named, i, item)
    {
        const char *name = json_string_value(item);
        size_t host = name ? plan_find_host(plan, name) : SIZE_MAX;

        if (host == SIZE_MAX)
            return error_set(e, -ENOENT, "the inventory has no host %s", name ? name : "");
        if (r == 0)
            r = release_host(l, host, &o, true, t, hosts, e);
    }
    return r;
}

/* {"plan", "hosts"}: the plan is the one that was shown. */
static int read_body(struct http_request *r, json_t **ret_body, const json_t **ret_hosts,
                     struct error *e)
{
    json_t *hosts = NULL;
    const char *plan;
    int result;

    if ((result = json_parse(r->body, r->body_len, r->body_max, ret_body, e)) < 0 ||
        (result = json_get_string(*ret_body, "plan", &plan, e)) < 0 ||
        (json_object_get(*ret_body, "hosts") &&
         (result = json_get_array(*ret_body, "hosts", &hosts, e)) < 0))
        return error_set(e, -EINVAL, "the body is not {\"plan\":\"…\",\"hosts\":[…]}");
    if (strcmp(plan, plan_id(r->serving->plan)) != 0)
        return error_set(e, -EBUSY, "the plan has changed meanwhile: look at it again");
    *ret_hosts = hosts;
    return 0;
}

void handle_apply(struct server *s, struct http_request *r)
{
    _cleanup_(store_txn_freep) struct store_txn *t = store_txn_new();
    _cleanup_json_ json_t *body = NULL, *hosts = json_array();
    struct release *c = malloc(sizeof(*c));
    _cleanup_(look_done) struct look l = look_of(s, r);
    const json_t *named = NULL;
    struct error e = ERROR_INIT;
    int result = t && hosts && c ? read_body(r, &body, &named, &e) : error_oom(&e);

    if (result == 0)
        result = release_all(&l, named, t, hosts, &e);
    if (result < 0 || json_array_size(hosts) == 0) {
        free(c);
        if (result == -EBUSY)
            http_send_error(r, 409, "%s", e.message);
        else if (result < 0)
            http_send_failure(r, &e);
        else
            http_send_json(r, 200, json_pack("{s:O}", "hosts", hosts));
        return;
    }
    *c = (struct release){r, TAKE_PTR(hosts)};
    http_suspend(r);
    store_submit(s->store, TAKE_PTR(t), released, c);
}
