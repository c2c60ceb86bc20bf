/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include "common/clock.h"
#include "control_plane.h"
#include "seed_client.h"

#define SERVICE "/api/v1/namespaces/kubesphere-system/services/ks-console"
#define INSTALLER "ks-installer"
#define POLL_MS 2000
#define TELL_MS 30000

int64_t console_port(const json_t *service)
{
    const json_t *spec = json_object_get(service, "spec"), *port;
    const char *type = json_string_value(json_object_get(spec, "type"));
    size_t i;

    if (!type || strcmp(type, "NodePort") != 0)
        return 0;
    json_array_foreach(json_object_get(spec, "ports"), i, port)
    {
        int64_t number = json_integer_value(json_object_get(port, "nodePort"));

        if (number > 0 && number < 65536)
            return number;
    }
    return 0;
}

/* How long to wait for it: 0 where no addon installs KubeSphere. */
static int64_t installer_timeout_s(const json_t *addons)
{
    const json_t *addon, *object;
    size_t i, j;

    json_array_foreach(addons, i, addon)
    {
        const json_t *health = json_object_get(addon, "health");

        json_array_foreach(json_object_get(addon, "objects"), j, object)
        {
            const char *kind = json_string_value(json_object_get(object, "kind"));
            const char *name =
                json_string_value(json_object_get(json_object_get(object, "metadata"), "name"));

            if (health && kind && name && !strcmp(kind, "Deployment") && !strcmp(name, INSTALLER))
                return json_integer_value(json_object_get(health, "timeout_s"));
        }
    }
    return 0;
}

static int look(struct kube_api *api, int64_t *ret_port, struct error *e)
{
    _cleanup_json_ json_t *service = NULL;
    int r = kube_get(api, SERVICE, &service, e);

    *ret_port = 0;
    if (r == -ENOENT)
        return 0;
    if (r == 0)
        *ret_port = console_port(service);
    return r;
}

int console_find(struct context *c, struct kube_api *api, const json_t *addons, struct error *e)
{
    int64_t timeout_s = installer_timeout_s(addons), port;
    uint64_t began_ms = clock_monotonic_ms();
    char body[64];
    int r;

    for (;;) {
        struct error why = ERROR_INIT;
        uint64_t waited_s;

        r = look(api, &port, &why);
        if (r < 0 && !local_error_passes(r))
            return error_set(e, r, "%s", why.message);
        if (r == 0 && (port || !timeout_s))
            break;
        waited_s = (clock_monotonic_ms() - began_ms) / 1000;
        if (waited_s > (uint64_t)timeout_s)
            return error_set(e, -ETIMEDOUT,
                             "KubeSphere's console (Service ks-console in kubesphere-system) is "
                             "not there after %llu s: kubectl -n kubesphere-system logs deploy/" //
                             INSTALLER " says what its installer does",
                             (unsigned long long)waited_s);
        step_progress(c, -1, "waiting for KubeSphere's console, %llu s",
                      (unsigned long long)waited_s);
        step_wait(c, POLL_MS);
    }
    if (!port)
        return 0;
    (void)snprintf(body, sizeof(body), "{\"port\":%lld}", (long long)port); /* one number */
    return seed_client_post(c->client, "/v1/console", "application/json", body, strlen(body), NULL,
                            e);
}

int console_attend(struct context *c, int64_t *told, bool *ret_mine, struct error *e)
{
    _cleanup_kube_api_ struct kube_api api = {.server = NULL};
    _cleanup_seed_answer_ struct seed_answer answer = {0};
    struct control_plane cp;
    char body[64];
    int64_t port;
    json_t *host;
    int r;

    *ret_mine = false;
    if ((r = json_get_object(c->config, "host", &host, e)) < 0 ||
        (r = json_get_bool_or(host, "init_master", false, ret_mine, e)) < 0 || !*ret_mine)
        return r;
    if ((r = control_plane_read(c, &cp, e)) < 0 ||
        (r = kube_api_open_kubeconfig(c, cp.api, cp.admin, &api, e)) < 0 ||
        (r = look(&api, &port, e)) < 0)
        return error_wrap(e, "looking for KubeSphere's console");
    if (!port || port == *told)
        return 0;
    (void)snprintf(body, sizeof(body), "{\"port\":%lld}", (long long)port); /* one number */
    r = seed_client_call(c->client,
                         &(struct seed_call){.plane = SEED_NODE,
                                             .method = "POST",
                                             .path = "/v1/console",
                                             .content_type = "application/json",
                                             .body = body,
                                             .body_len = strlen(body),
                                             .timeout_ms = TELL_MS,
                                             .attempts = 1},
                         &answer, e);
    if (r == 0 && answer.status != 204)
        r = seed_answer_error(&answer, "/v1/console", e);
    if (r == 0)
        *told = port;
    return r;
}
