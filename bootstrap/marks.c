/* SPDX-License-Identifier: Apache-2.0 */
#include "marks.h"

#include "control_plane.h"
#include "mark_patch.h"
#include "seed_client.h"

#define NODES "/api/v1/nodes"
#define PAGE 100 /* Nodes in one answer: each lists its images, and has 20 KB */
#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define BODY_MAX 1024
#define TRIES 5 /* of a Node that its controller changes at the same moment */
#define MERGE_PATCH "application/merge-patch+json"

struct marking {
    struct context *c;
    struct kube_api *api;
    json_t *left;   /* what is wanted by name, of Nodes that were not found yet */
    size_t changed; /* Nodes */
    int result;     /* of the first one that cannot be changed */
    struct error *e;
};

static const char *name_of(const json_t *node)
{
    return json_string_value(json_object_get(json_object_get(node, "metadata"), "name"));
}

/* By name; new reference. */
static int index_wanted(const json_t *list, json_t **ret, struct error *e)
{
    _cleanup_json_ json_t *map = json_object();
    const char *name;
    json_t *item;
    size_t i;
    int r;

    json_array_foreach(list, i, item)
    {
        r = json_get_string(item, "name", &name, e);
        if (r < 0)
            return error_wrap(e, "/v1/nodes");
        if (!map || json_object_set(map, name, item) < 0)
            return error_oom(e);
    }
    *ret = TAKE_PTR(map);
    return *ret ? 0 : error_oom(e);
}

/* -ENOENT: it was deleted meanwhile. */
static int change_one(struct marking *m, const json_t *listed, const json_t *wanted,
                      struct error *e)
{
    _cleanup_json_ json_t *node = json_incref((json_t *)(uintptr_t)listed);
    char path[300];
    int r;

    (void)snprintf(path, sizeof(path), NODES "/%.253s", name_of(listed));
    for (unsigned n = 1;; n++) {
        _cleanup_json_ json_t *patch = NULL, *again = NULL;

        r = mark_patch(node, wanted, &patch, e);
        if (r < 0 || !patch)
            return r;
        r = kube_patch(m->api, path, MERGE_PATCH, patch, e);
        m->changed += r == 0;
        if (r != -ESTALE || n == TRIES)
            return r;
        r = kube_get(m->api, path, &again, e);
        if (r < 0)
            return r;
        json_decref(node);
        node = TAKE_PTR(again);
    }
}

/* One that is refused keeps none of the others from it; an API server that is away ends it. */
static int see_node(struct marking *m, const json_t *node)
{
    const char *name = name_of(node);
    _cleanup_json_ json_t *wanted = json_incref(name ? json_object_get(m->left, name) : NULL);
    struct error why = ERROR_INIT;
    int r;

    if (!wanted)
        return 0;
    r = change_one(m, node, wanted, &why);
    if (r == -ENOENT)
        return 0;
    (void)json_object_del(m->left, name); /* it is there */
    if (r == 0)
        return 0;
    if (local_error_passes(r))
        return error_set(m->e, r, "%s: %s", name, why.message);
    step_note(m->c, "%s: %s, ignoring", name, why.message);
    if (m->result == 0)
        m->result = error_set(m->e, r, "%s: %s", name, why.message);
    return 0;
}

/* One page, from where the one before ended (NULL: the first); *ret_next NULL: it is the last. */
static int see_page(struct marking *m, const char *from, char **ret_next)
{
    _cleanup_free_ char *path = NULL;
    _cleanup_json_ json_t *page = NULL;
    const json_t *item;
    const char *next;
    size_t i;
    int r;

    if (asprintf(&path, NODES "?limit=%d%s%s", PAGE, from ? "&continue=" : "", from ? from : "") <
        0) {
        path = NULL;
        return error_oom(m->e);
    }
    r = kube_get(m->api, path, &page, m->e);
    json_array_foreach(json_object_get(page, "items"), i, item)
    {
        if (r == 0)
            r = see_node(m, item);
        step_wait(m->c, 0);
    }
    if (r < 0)
        return r;
    next = json_string_value(json_object_get(json_object_get(page, "metadata"), "continue"));
    *ret_next = next && *next ? strdup(next) : NULL;
    return next && *next && !*ret_next ? error_oom(m->e) : 0;
}

static int see_all(struct marking *m)
{
    _cleanup_free_ char *from = NULL;
    int r;

    do {
        char *next = NULL;

        r = see_page(m, from, &next);
        free(from);
        from = next;
    } while (r == 0 && from && json_object_size(m->left));
    return r < 0 ? r : m->result;
}

static int say_made(struct context *c, const char *digest, size_t missing, struct error *e)
{
    _cleanup_json_ json_t *body =
        json_pack("{s:s, s:I}", "digest", digest, "missing", (json_int_t)missing);
    _cleanup_buf_ struct buf text = BUF_INIT(BODY_MAX);
    int r = body ? json_print(body, &text, e) : error_oom(e);

    return r < 0 ? r
                 : seed_client_post(c->client, "/v1/nodes/made", "application/json", text.data,
                                    text.len, NULL, e);
}

int marks_attend(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *answer = NULL, *left = NULL;
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    struct marking m = {.c = c, .api = &api, .e = e};
    struct control_plane cp;
    const char *digest;
    json_t *list;
    int r;

    if ((r = seed_client_get(c->client, "/v1/nodes", ANSWER_MAX, &answer, e)) < 0 ||
        (r = json_get_string(answer, "digest", &digest, e)) < 0 ||
        (r = json_get_array(answer, "nodes", &list, e)) < 0 ||
        (r = index_wanted(list, &left, e)) < 0)
        return r;
    if (!*digest)
        return 0;
    m.left = left;
    if ((r = control_plane_read(c, &cp, e)) < 0 ||
        (r = kube_api_open_kubeconfig(c, cp.api, cp.admin, &api, e)) < 0 || (r = see_all(&m)) < 0)
        return error_wrap(e, "labels and taints");
    if (m.changed)
        step_note(c, "labels and taints: changed %zu Nodes", m.changed);
    if (json_object_size(left))
        step_note(c, "labels and taints: %zu Nodes are not there, ignoring",
                  json_object_size(left));
    return say_made(c, digest, json_object_size(left), e);
}
