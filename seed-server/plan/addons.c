/* SPDX-License-Identifier: Apache-2.0 */
#include "addons.h"

#include <ctype.h>

#include "render.h"

#define NAME_MAX_TEXT 253

/* Where an object was written, for whoever has to change it. */
struct place {
    struct reader *r;
    struct inventory_origin where;
    json_t *objects; /* of the manifest */
    json_t *seen;    /* of all manifests: what is there already, and where */
};

/* Objects' names are DNS names; those of RBAC may have colons and capitals as well. */
static bool is_object_name(const char *name)
{
    const char *c;

    for (c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr(".-_:", *c))
            return false;
    return c != name && c - name <= NAME_MAX_TEXT;
}

/* "v1", "apps/v1", "installer.kubesphere.io/v1alpha1": it becomes a part of a path. */
static bool is_api_version(const char *api)
{
    const char *slash = strchr(api, '/'), *c;

    for (c = api; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && !strchr("./-", *c))
            return false;
    return islower((unsigned char)*api) && c - api <= NAME_MAX_TEXT &&
           (!slash || (islower((unsigned char)slash[1]) && !strchr(slash + 1, '/')));
}

static bool is_kind(const char *kind)
{
    const char *c;

    for (c = kind; *c; c++)
        if (!isalnum((unsigned char)*c))
            return false;
    return c != kind && c - kind <= 63;
}

/* What Kubernetes tells an object by: not its version, which may be another one of the same. */
static void object_key(const char *api, const char *kind, const char *ns, const char *name,
                       char *ret, size_t size)
{
    const char *slash = strchr(api, '/');

    (void)snprintf(ret, size, "%.*s %s %s %s", slash ? (int)(slash - api) : 0, api, kind, ns,
                   name); /* each has its limit */
}

/* What nodeseed makes itself is there already, and was written nowhere: "". */
static int see_own(struct reader *r, json_t *seen, const json_t *object)
{
    const json_t *metadata = json_object_get(object, "metadata");
    const char *ns = json_string_value(json_object_get(metadata, "namespace"));
    const char *name = json_string_value(json_object_get(metadata, "name"));
    const char *kind = json_string_value(json_object_get(object, "kind"));
    char key[1024];

    object_key(json_string_value(json_object_get(object, "apiVersion")), kind, ns ? ns : "", name,
               key, sizeof(key));
    if (json_object_get(seen, key)) /* StorageClasses were looked at; there is one name more */
        reader_refuse(r, reader_where(r, VAR_GLUSTER_SECRET_NAME),
                      "glusterfs_provisioner_secretName: %s %s is nodeseed's for something else: "
                      "give it another name",
                      kind, name);
    return json_object_set_new(seen, key, json_string(""));
}

/* Where a variable was refused, names may be missing: what is made of them is looked at once that
 * is mended. */
static int see_all_own(struct reader *r, json_t *seen, struct error *e)
{
    const json_t *addon, *object;
    size_t i, k;

    if (r->problems->fatal)
        return 0;
    r->plan->shared.own_addons = render_own_addons(r->plan, e);
    if (!r->plan->shared.own_addons)
        return e && e->code ? e->code : error_oom(e);
    json_array_foreach(r->plan->shared.own_addons, i, addon)
    {
        json_array_foreach(json_object_get(addon, "objects"), k, object)
        {
            if (see_own(r, seen, object) < 0)
                return error_oom(e);
        }
    }
    return 0;
}

/* The same object twice would be applied twice, and the second one would win. */
static void check_once(struct place *p, const char *api, const char *kind, const char *ns,
                       const char *name)
{
    char key[1024], words[1100];
    const char *before;

    object_key(api, kind, ns, name, key, sizeof(key));
    before = json_string_value(json_object_get(p->seen, key));
    if (before && !before[0]) {
        reader_refuse(p->r, p->where,
                      "nodeseed makes %s %s itself, from the variables: take it out, or give it "
                      "another name",
                      kind, name);
        return;
    }
    if (before) {
        reader_refuse(p->r, p->where, "%s %s is in %s as well: take one of them out", kind, name,
                      before);
        return;
    }
    (void)snprintf(words, sizeof(words), "%.900s:%u", p->where.file, p->where.line);
    if (json_object_set_new(p->seen, key, json_string(words)) < 0)
        p->r->failed = true;
}

/* ---- ports ----------------------------------------------------------------------------------- */

/* A port's protocol is a part of its key in the list, so server-side apply refuses a port without
 * one: before Kubernetes 1.21 in Services, before 1.20 in containers
 * (https://github.com/kubernetes-sigs/structured-merge-diff/issues/130 and 183). Manifests leave it
 * out nevertheless, since it is TCP then. */
static void fill_ports(struct place *p, const json_t *ports)
{
    json_t *port;
    size_t i;

    json_array_foreach(ports, i, port)
    {
        if (json_is_object(port) && !json_object_get(port, "protocol") &&
            json_object_set_new(port, "protocol", json_string("TCP")) < 0)
            p->r->failed = true;
    }
}

/* Where a Pod, or what makes Pods, says what they are: spec, spec.template.spec, or a CronJob's. */
static json_t *pod_spec(const json_t *object)
{
    json_t *spec = json_object_get(object, "spec");
    json_t *job = json_object_get(json_object_get(spec, "jobTemplate"), "spec");
    json_t *pod = json_object_get(json_object_get(job ? job : spec, "template"), "spec");

    return pod ? pod : spec;
}

static void fill_object(struct place *p, const char *api, const char *kind, const json_t *object)
{
    static const char *const lists[] = {"containers", "initContainers"};
    const json_t *pod = pod_spec(object), *container;
    size_t i, k;

    if (strchr(api, '.')) /* another's kind, with rules of its own */
        return;
    if (strcmp(kind, "Service") == 0)
        fill_ports(p, json_object_get(json_object_get(object, "spec"), "ports"));
    for (i = 0; i < ARRAY_SIZE(lists); i++) {
        json_array_foreach(json_object_get(pod, lists[i]), k, container)
        {
            fill_ports(p, json_object_get(container, "ports"));
        }
    }
}

/* ---- objects --------------------------------------------------------------------------------- */

static void take_object(struct place *p, const json_t *written)
{
    _cleanup_json_ json_t *object = json_deep_copy(written);
    const char *api = json_string_value(json_object_get(object, "apiVersion"));
    const char *kind = json_string_value(json_object_get(object, "kind"));
    const json_t *metadata = json_object_get(object, "metadata"),
                 *ns = json_object_get(metadata, "namespace");
    const char *name = json_string_value(json_object_get(metadata, "name"));

    if (!object) {
        p->r->failed = true;
        return;
    }
    if (!api || !kind || !is_api_version(api) || !is_kind(kind)) {
        reader_refuse(p->r, p->where,
                      "no Kubernetes object: expected apiVersion and kind, such as apps/v1 and "
                      "Deployment");
        return;
    }
    if (!name || !is_object_name(name)) {
        reader_refuse(p->r, p->where, "%s: expected metadata.name, %s", kind,
                      json_object_get(metadata, "generateName")
                          ? "generateName makes a new one each time"
                          : "letters, digits and .-_:");
        return;
    }
    if (ns && (!json_is_string(ns) || !is_dns_name(json_string_value(ns)))) {
        reader_refuse(p->r, p->where, "%s %s: metadata.namespace is not a name", kind, name);
        return;
    }
    check_once(p, api, kind, ns ? json_string_value(ns) : "", name);
    fill_object(p, api, kind, object);
    if (json_array_append(p->objects, object) < 0)
        p->r->failed = true;
}

static void take_document(struct place *p, const json_t *value)
{
    const char *kind = json_string_value(json_object_get(value, "kind"));
    json_t *items = json_object_get(value, "items"), *item;
    size_t i;

    if (!kind || strcmp(kind, "List") != 0) {
        take_object(p, value);
        return;
    }
    if (!json_is_array(items))
        reader_refuse(p->r, p->where, "List: expected items, a list of objects");
    json_array_foreach(items, i, item) take_object(p, item);
}

static int read_manifest(struct reader *r, const json_t *manifest, json_t *seen, struct error *e)
{
    const json_t *documents = json_object_get(manifest, "documents"), *document;
    const char *file = json_string_value(json_object_get(manifest, "file"));
    struct place p = {.r = r, .seen = seen, .objects = json_array()};
    size_t i;

    if (!p.objects)
        return error_oom(e);
    json_array_foreach(documents, i, document)
    {
        p.where = (struct inventory_origin){
            file, (unsigned)json_integer_value(json_object_get(document, "line"))};
        take_document(&p, json_object_get(document, "value"));
    }
    if (!json_array_size(documents))
        reader_warn(r, (struct inventory_origin){file, 0}, "there is no object in it, ignoring");
    return json_array_append_new(r->plan->manifests,
                                 json_pack("{s:O, s:o}", "name", json_object_get(manifest, "name"),
                                           "objects", p.objects)) < 0
               ? error_oom(e)
               : 0;
}

int addons_read(struct reader *r, struct error *e)
{
    const json_t *manifests = inventory_addons(r->inv), *manifest;
    _cleanup_buf_ struct buf text = BUF_INIT(ADDONS_MAX);
    _cleanup_json_ json_t *seen = json_object();
    size_t i;
    int ret;

    r->plan->manifests = json_array();
    if (!seen || !r->plan->manifests)
        return error_oom(e);
    ret = see_all_own(r, seen, e);
    if (ret < 0)
        return ret;
    json_array_foreach(manifests, i, manifest)
    {
        const char *skipped = json_string_value(json_object_get(manifest, "skipped"));

        if (skipped) {
            reader_warn(
                r,
                (struct inventory_origin){json_string_value(json_object_get(manifest, "file")), 0},
                "%s, ignoring", skipped);
            continue;
        }
        ret = read_manifest(r, manifest, seen, e);
        if (ret < 0)
            return ret;
    }
    ret = json_print(r->plan->manifests, &text, e);
    if (ret == -E2BIG) {
        reader_refuse(r, reader_origin(r), "addons/: more than %zu KiB of objects",
                      ADDONS_MAX / 1024);
        ret = 0;
    }
    return ret;
}
