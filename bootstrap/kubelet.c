/* SPDX-License-Identifier: Apache-2.0 */
#include "kubelet.h"

#include "certs.h"
#include "claim.h"
#include "files.h"
#include "service.h"
#include "unit.h"

#define START_MS 180000

struct kubelet {
    json_t *files, *certificates;
    const char *unit, *runtime_unit, *runtime_config;
};

static int kubelet_read(struct context *c, struct kubelet *ret, struct error *e)
{
    json_t *kubelet, *runtime;
    int r;

    if ((r = json_get_object(c->config, "kubelet", &kubelet, e)) < 0 ||
        (r = json_get_array(kubelet, "files", &ret->files, e)) < 0 ||
        (r = json_get_array(kubelet, "certificates", &ret->certificates, e)) < 0 ||
        (r = json_get_string(kubelet, "unit", &ret->unit, e)) < 0 ||
        (r = json_get_object(kubelet, "runtime", &runtime, e)) < 0 ||
        (r = json_get_string(runtime, "unit", &ret->runtime_unit, e)) < 0 ||
        (r = json_get_string(runtime, "config", &ret->runtime_config, e)) < 0)
        return error_wrap(e, "node config: kubelet");
    return 0;
}

int kubelet_claim(struct context *c, struct error *e)
{
    static const char *const evidence[] = {
        "/etc/kubernetes/admin.conf",
        "/etc/kubernetes/kubelet.conf",
        "/etc/kubernetes/controller-manager.conf",
        "/etc/kubernetes/scheduler.conf",
        "/etc/kubernetes/pki/ca.crt",
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/var/lib/kubelet/pki/kubelet-client-current.pem",
        NULL,
    };

    return claim_area(c, "kubernetes", evidence, e);
}

/* The runtime's configuration or its unit. */
static bool is_of_runtime(const struct kubelet *k, const json_t *file, bool *ret_unit)
{
    const char *path = json_string_value(json_object_get(file, "path"));
    const char *slash = path ? strrchr(path, '/') : NULL;

    *ret_unit = slash && !strcmp(slash + 1, k->runtime_unit);
    return *ret_unit || (path && !strcmp(path, k->runtime_config));
}

/* The runtime's own files apart from the others, for only those make a restart of it necessary. */
static int split_files(const struct kubelet *k, json_t *runtime, json_t *rest, struct error *e)
{
    json_t *file;
    size_t i;

    json_array_foreach(k->files, i, file)
    {
        bool is_unit;

        if (json_array_append(is_of_runtime(k, file, &is_unit) ? runtime : rest, file) < 0)
            return error_oom(e);
    }
    return 0;
}

static bool brings_runtime(const struct kubelet *k)
{
    bool is_unit = false;
    json_t *file;
    size_t i;

    json_array_foreach(k->files, i, file)
    {
        if (is_of_runtime(k, file, &is_unit) && is_unit)
            return true;
    }
    return false;
}

int kubelet_brings_runtime(struct context *c, bool *ret, struct error *e)
{
    struct kubelet k;
    int r;

    *ret = false;
    if (!json_object_get(c->config, "kubelet"))
        return 0;
    r = kubelet_read(c, &k, e);
    if (r == 0)
        *ret = brings_runtime(&k);
    return r;
}

/* Images keep their runtime off until it is configured, so it is enabled here as well. */
static int run_runtime(struct context *c, const struct kubelet *k, json_t *files, struct error *e)
{
    bool restart = false, active = false;
    int r = unit_configure(c, k->runtime_unit, files, NULL, &restart, e);

    if (r < 0 || (!restart && (r = service_is_active(c, k->runtime_unit, &active, e)) < 0) ||
        active)
        return r;
    step_progress(c, -1, "starting %s", k->runtime_unit);
    if ((brings_runtime(k) && (r = service_daemon_reload(c, e)) < 0) ||
        (r = service_enable(c, k->runtime_unit, e)) < 0 ||
        (r = service_restart(c, k->runtime_unit, START_MS, e)) < 0)
        return r;
    return unit_restarted(c, k->runtime_unit, e);
}

int kubelet_runtime_bring_up(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *runtime = json_array(), *rest = json_array();
    bool exists;
    struct kubelet k;
    int r;

    if (!runtime || !rest)
        return error_oom(e);
    if (!json_object_get(c->config, "kubelet"))
        return 0;
    r = kubelet_read(c, &k, e);
    if (r < 0)
        return r;
    exists = brings_runtime(&k);
    if ((!exists && (r = service_exists(c, k.runtime_unit, &exists, e)) < 0) || !exists ||
        (r = split_files(&k, runtime, rest, e)) < 0)
        return r;
    return run_runtime(c, &k, runtime, e);
}

int kubelet_bring_up(struct context *c, struct error *e)
{
    _cleanup_json_ json_t *runtime = json_array(), *rest = json_array();
    bool restart = false, active = false;
    struct kubelet k;
    int r = kubelet_read(c, &k, e);

    if (r < 0)
        return r;
    if (!runtime || !rest)
        return error_oom(e);
    step_progress(c, -1, "setting up the kubelet");
    if ((r = split_files(&k, runtime, rest, e)) < 0 || (r = run_runtime(c, &k, runtime, e)) < 0 ||
        (r = unit_configure(c, k.unit, rest, k.certificates, &restart, e)) < 0)
        return r;
    if (!restart && (r = service_is_active(c, k.unit, &active, e)) < 0)
        return r;
    if (active)
        return 0;
    step_progress(c, -1, "starting the kubelet");
    if ((r = service_daemon_reload(c, e)) < 0 || (r = service_enable(c, k.unit, e)) < 0 ||
        (r = service_restart(c, k.unit, START_MS, e)) < 0)
        return r;
    return unit_restarted(c, k.unit, e);
}

int kubelet_check(struct context *c, bool *ret, struct error *e)
{
    struct kubelet k;
    int r;

    if ((r = kubelet_read(c, &k, e)) < 0 || (r = files_check(c, k.files, ret, e)) < 0 || !*ret ||
        (r = certs_check(c, k.certificates, ret, e)) < 0 || !*ret)
        return r;
    *ret = !unit_is_to_restart(c, k.unit) && !unit_is_to_restart(c, k.runtime_unit);
    if (!*ret)
        return 0;
    return service_is_active(c, k.unit, ret, e);
}
