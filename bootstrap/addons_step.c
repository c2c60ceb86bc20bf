/* SPDX-License-Identifier: Apache-2.0 */
#include "addon_health.h"
#include "addon_record.h"
#include "common/clock.h"
#include "console.h"
#include "control_plane.h"
#include "kube_api.h"
#include "steps.h"

#define APPLY_MS 120000 /* of one object, tries together */
#define POLL_MS 1000

/* The journal knows which addons were applied; what an administrator changes later is his. */
int addons_is_done(struct context *c, bool *ret, struct error *e)
{
    (void)c;
    (void)e;
    *ret = true;
    return 0;
}

/* A StorageClass' parameters, provisioner and policies cannot be changed: "updates to parameters
 * are forbidden", "field is immutable". */
static bool is_fixed_class(const json_t *object, int code, const struct error *why)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));

    return code == -EINVAL && kind && strcmp(kind, "StorageClass") == 0 &&
           (strstr(why->message, "updates to") || strstr(why->message, "immutable"));
}

/* The name is free for a moment. Claims and volumes name the class and keep what they have; only
 * what is made from now on follows the new one. */
static int remake(struct context *c, struct kube_api *api, const json_t *object, struct error *e)
{
    char path[KUBE_PATH_SIZE];
    int r = kube_path(api, object, path, sizeof(path), e);

    if (r < 0)
        return r;
    step_note(c,
              "%s: what has changed in it cannot be changed, making it anew; volumes keep theirs",
              path);
    r = kube_delete(api, path, e);
    return r < 0 ? r : kube_create(api, object, e);
}

static int apply_object(struct context *c, struct kube_api *api, const json_t *object,
                        struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms();

    for (;;) {
        struct error why = ERROR_INIT;
        int r = kube_apply(api, object, &why);

        if (is_fixed_class(object, r, &why))
            r = remake(c, api, object, &why);
        if (r == 0)
            return 0;
        /* a 404 is what a new custom resource's path answers for a moment */
        if ((!local_error_passes(r) && r != -ENOENT) || clock_monotonic_ms() - began_ms > APPLY_MS)
            return error_set(e, r, "%s", why.message);
        step_note(c, "%s, trying again", why.message);
        step_wait(c, POLL_MS);
    }
}

/* {"path", "field", "at_least", "timeout_s"}: until status.field of the object is enough. */
static int wait_for(struct context *c, struct kube_api *api, const char *name, const json_t *wait,
                    struct error *e)
{
    int64_t at_least, timeout_s, have = 0;
    uint64_t began_ms = clock_monotonic_ms();
    const char *path, *field;
    int r;

    if ((r = json_get_string(wait, "path", &path, e)) < 0 ||
        (r = json_get_string(wait, "field", &field, e)) < 0 ||
        (r = json_get_int(wait, "at_least", &at_least, e)) < 0 ||
        (r = json_get_int(wait, "timeout_s", &timeout_s, e)) < 0)
        return error_wrap(e, "wait");
    for (;;) {
        _cleanup_json_ json_t *object = NULL;
        struct error why = ERROR_INIT;
        uint64_t waited_s;

        r = kube_get(api, path, &object, &why);
        if (r < 0 && !local_error_passes(r) && r != -ENOENT)
            return error_set(e, r, "%s", why.message);
        have = json_integer_value(json_object_get(json_object_get(object, "status"), field));
        if (r == 0 && have >= at_least)
            return 0;
        waited_s = (clock_monotonic_ms() - began_ms) / 1000;
        if (waited_s > (uint64_t)timeout_s)
            return error_set(e, -ETIMEDOUT, "%s: %s is %lld after %llu s, expected at least %lld",
                             name, field, (long long)have, (unsigned long long)waited_s,
                             (long long)at_least);
        step_progress(c, -1, "%s: waiting for %s %lld of %lld, %llu s", name, field,
                      (long long)have, (long long)at_least, (unsigned long long)waited_s);
        step_wait(c, POLL_MS);
    }
}

/* Every Deployment, DaemonSet, StatefulSet and Job of a manifest, within one time limit. */
static int await_health(struct context *c, struct kube_api *api, const char *name,
                        const json_t *addon, const json_t *health, struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms(), waited_s;
    json_t *objects;
    const json_t *object;
    int64_t timeout_s;
    size_t i;
    int r;

    if ((r = json_get_int(health, "timeout_s", &timeout_s, e)) < 0 ||
        (r = json_get_array(addon, "objects", &objects, e)) < 0)
        return r;
    json_array_foreach(objects, i, object)
    {
        const char *kind = json_string_value(json_object_get(object, "kind"));
        char path[KUBE_PATH_SIZE];

        if (!addon_is_workload(object))
            continue;
        r = kube_path(api, object, path, sizeof(path), e);
        if (r < 0)
            return r;
        for (;;) {
            _cleanup_json_ json_t *now = NULL;
            struct error why = ERROR_INIT;

            r = kube_get(api, path, &now, &why);
            if (r == 0)
                r = addon_health(now, &why);
            if (r == 0)
                break;
            if (!local_error_passes(r) && r != -ENOENT)
                return error_set(e, r, "%s %s: %s", kind, strrchr(path, '/') + 1, why.message);
            waited_s = (clock_monotonic_ms() - began_ms) / 1000;
            if (waited_s > (uint64_t)timeout_s)
                return error_set(e, -ETIMEDOUT,
                                 "%s %s does not run after %llu s (seed_addon_timeout): %s", kind,
                                 strrchr(path, '/') + 1, (unsigned long long)waited_s, why.message);
            step_progress(c, -1, "%s: waiting for %s %s, %s, %llu s", name, kind,
                          strrchr(path, '/') + 1, why.message, (unsigned long long)waited_s);
            step_wait(c, POLL_MS);
        }
    }
    return 0;
}

static int apply_addon(struct context *c, struct kube_api *api, const json_t *addon,
                       struct error *e)
{
    const json_t *object;
    const char *name;
    json_t *objects;
    size_t i;
    int r;

    if ((r = json_get_string(addon, "name", &name, e)) < 0 ||
        (r = json_get_array(addon, "objects", &objects, e)) < 0)
        return r;
    step_progress(c, -1, "applying %s", name);
    json_array_foreach(objects, i, object)
    {
        _cleanup_json_ json_t *marked = addon_mark(object, name);

        r = marked ? apply_object(c, api, marked, e) : error_oom(e);
        if (r < 0)
            return error_wrap(e, "%s", name);
    }
    step_note(c, "%s: applied %zu objects", name, json_array_size(objects));
    return 0;
}

static int await_addon(struct context *c, struct kube_api *api, const json_t *addon,
                       struct error *e)
{
    const json_t *wait = json_object_get(addon, "wait"), *health = json_object_get(addon, "health");
    const char *name;
    int r;

    if (!json_is_object(wait) && !json_is_object(health))
        return 0;
    r = json_get_string(addon, "name", &name, e);
    if (r < 0)
        return r;
    if (json_is_object(wait))
        r = wait_for(c, api, name, wait, e);
    if (r == 0 && json_is_object(health))
        r = await_health(c, api, name, addon, health, e);
    if (r < 0)
        return error_wrap(e, "%s", name);
    step_note(c, "%s: runs", name);
    return 0;
}

/* Those from *from up to before end. */
static int await_addons(struct context *c, struct kube_api *api, const json_t *addons, size_t *from,
                        size_t end, struct error *e)
{
    int r;

    for (; *from < end; (*from)++) {
        r = await_addon(c, api, json_array_get(addons, *from), e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int renew_record(struct context *c, struct kube_api *api, const json_t *addons,
                        struct error *e)
{
    uint64_t began_ms = clock_monotonic_ms();

    for (;;) {
        struct error why = ERROR_INIT;
        int r = addon_record_renew(c, api, addons, &why);

        if (r == 0)
            return 0;
        if (!local_error_passes(r) || clock_monotonic_ms() - began_ms > APPLY_MS)
            return error_set(e, r, "what is not wanted any more: %s", why.message);
        step_note(c, "%s, trying again", why.message);
        step_wait(c, POLL_MS);
    }
}

int addons_run(struct context *c, struct error *e)
{
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    struct control_plane cp;
    const json_t *addon;
    json_t *addons;
    size_t i, awaited = 0;
    int r;

    if ((r = control_plane_read(c, &cp, e)) < 0 ||
        (r = json_get_array(c->config, "addons", &addons, e)) < 0 ||
        (r = kube_api_open_kubeconfig(c, cp.api, cp.admin, &api, e)) < 0)
        return r;
    /* What is not wanted any more may stand in the way of what comes, as a port does. */
    r = renew_record(c, &api, addons, e);
    if (r < 0)
        return r;
    /* What a cluster is made of all at once: those pods start beside each other, and none needs
     * another's. A manifest of the administrator's (health) may need what came before it. */
    json_array_foreach(addons, i, addon)
    {
        if (json_is_object(json_object_get(addon, "health")))
            r = await_addons(c, &api, addons, &awaited, i, e);
        if (r == 0)
            r = apply_addon(c, &api, addon, e);
        if (r < 0)
            return r;
    }
    r = await_addons(c, &api, addons, &awaited, json_array_size(addons), e);
    return r < 0 ? r : console_find(c, &api, addons, e);
}
