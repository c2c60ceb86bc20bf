/* SPDX-License-Identifier: Apache-2.0 */
#include "route.h"

#include "applied.h"
#include "common/protocol.h"
#include "enrolment.h"
#include "gates.h"
#include "handlers.h"
#include "install_state.h"
#include "installs.h"
#include "marks.h"
#include "metrics.h"
#include "server.h"
#include "volumes.h"
#include "wipe_grant.h"

#define PUBLIC (PLANE_PLAIN | PLANE_TLS)
#define ADMIN_BODY_MAX 4096
#define NODES_BODY_MAX 1024
#define APPLY_BODY_MAX (32 * 1024 * 1024) /* 100,000 hosts by their names */

const struct route routes[] = {
    {HTTP_GET,  "/healthz",                   PUBLIC | PLANE_CONTROL, IDENTITY_NONE,      0,           0,                   handle_healthz        },
    {HTTP_GET,  "/metrics",                   PUBLIC | PLANE_CONTROL, IDENTITY_NONE,      0,           0,                   handle_metrics        },
    {HTTP_GET,  "/ca.pem",                    PUBLIC,                 IDENTITY_NONE,      0,           0,                   handle_ca             },
    {HTTP_GET,  "/artifacts/sha256/{digest}", PUBLIC,                 IDENTITY_NONE,      0,           0,                   handle_artifact_digest},
    {HTTP_GET,  "/artifacts/{name}",          PUBLIC,                 IDENTITY_NONE,      0,           0,                   handle_artifact       },
    {HTTP_GET,  "/nocloud/{host}/{document}", PLANE_PLAIN,            IDENTITY_NONE,      0,           0,                   handle_nocloud        },
    {HTTP_GET,  "/boot.ipxe",                 PLANE_PLAIN,            IDENTITY_NONE,      0,           0,                   handle_boot_script    },
    {HTTP_GET,  "/ipxe",                      PLANE_PLAIN,            IDENTITY_NONE,      0,           0,                   handle_machine_script },
    {HTTP_GET,  "/v1/nonce",                  PLANE_TLS,              IDENTITY_NONE,      0,           0,                   handle_nonce          },
    {HTTP_POST, "/v1/enrol",                  PLANE_TLS,              IDENTITY_NONE,      0,           ENROL_BODY_MAX,      handle_enrol          },
    {HTTP_GET,  "/v1/config",                 PLANE_TLS,              IDENTITY_NODE,      0,           0,                   handle_config         },
    {HTTP_GET,  "/v1/gates/{step}",           PLANE_TLS,              IDENTITY_NODE,      0,           0,                   handle_gate           },
    {HTTP_GET,  "/v1/attend",                 PLANE_TLS,              IDENTITY_NODE,      0,           0,                   handle_attend         },
    {HTTP_POST, "/v1/reports",                PLANE_TLS,              IDENTITY_NODE,      0,           PROTOCOL_REPORT_MAX, handle_report         },
    {HTTP_POST, "/v1/logs/{step}",            PLANE_TLS,              IDENTITY_NODE,      0,           PROTOCOL_LOG_MAX,    handle_log            },
    {HTTP_POST, "/v1/certificates/{purpose}", PLANE_TLS,              IDENTITY_NODE,      0,           PROTOCOL_CSR_MAX,
     handle_certificate                                                                                                                           },
    {HTTP_GET,  "/v1/secrets/control-plane",  PLANE_TLS,              IDENTITY_NODE,      ROLE_MASTER, 0,
     handle_secrets                                                                                                                               },
    {HTTP_POST, "/v1/console",                PLANE_TLS,              IDENTITY_NODE,      ROLE_MASTER, ADMIN_BODY_MAX,
     handle_console                                                                                                                               },
    {HTTP_GET,  "/v1/volumes",                PLANE_TLS,              IDENTITY_NODE,      ROLE_MASTER, 0,                   handle_volumes_wanted },
    {HTTP_POST, "/v1/volumes",                PLANE_TLS,              IDENTITY_NODE,      0,           PROTOCOL_VOLUME_MAX,
     handle_volumes_told                                                                                                                          },
    {HTTP_POST, "/v1/volumes/made",           PLANE_TLS,              IDENTITY_NODE,      ROLE_MASTER,
     PROTOCOL_VOLUMES_SEEN_MAX,                                                                                             handle_volumes_made   },
    {HTTP_GET,  "/v1/nodes",                  PLANE_TLS,              IDENTITY_NODE,      ROLE_MASTER, 0,                   handle_nodes          },
    {HTTP_POST, "/v1/nodes/made",             PLANE_TLS,              IDENTITY_NODE,      ROLE_MASTER, NODES_BODY_MAX,
     handle_nodes_made                                                                                                                            },
    {HTTP_POST, "/v1/ssh-keys",               PLANE_TLS,              IDENTITY_NODE,      0,           PROTOCOL_SSH_MAX,    handle_ssh_keys       },
    {HTTP_GET,  "/v1/disks/grants",           PLANE_TLS,              IDENTITY_NODE,      0,           0,                   handle_disk_grants    },
    {HTTP_POST, "/v1/disks/wipe",             PLANE_TLS,              IDENTITY_NODE,      0,           WIPE_BODY_MAX,       handle_disk_wipe      },
    {HTTP_GET,  "/v1/install",                PLANE_TLS,              IDENTITY_INSTALLER, 0,           0,                   handle_install        },
    {HTTP_POST, "/v1/install/reports",        PLANE_TLS,              IDENTITY_INSTALLER, 0,           PROTOCOL_REPORT_MAX,
     handle_install_report                                                                                                                        },
    {HTTP_POST, "/v1/install/log",            PLANE_TLS,              IDENTITY_INSTALLER, 0,           PROTOCOL_LOG_MAX,
     handle_install_log                                                                                                                           },
    {HTTP_POST, "/v1/install/handover",       PLANE_TLS,              IDENTITY_INSTALLER, 0,           INSTALL_BODY_MAX,
     handle_install_handover                                                                                                                      },
    {HTTP_POST, "/v1/install/done",           PLANE_TLS,              IDENTITY_INSTALLER, 0,           INSTALL_BODY_MAX,
     handle_install_done                                                                                                                          },
    {HTTP_GET,  "/admin/status",              PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_status         },
    {HTTP_GET,  "/admin/logs/{host}",         PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_logs           },
    {HTTP_GET,  "/admin/kubeconfig",          PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_kubeconfig     },
    {HTTP_GET,  "/admin/render/{host}",       PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_render         },
    {HTTP_GET,  "/admin/plan",                PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_plan           },
    {HTTP_POST, "/admin/approve/{host}",      PLANE_CONTROL,          IDENTITY_ADMIN,     0,           ADMIN_BODY_MAX,
     handle_approve                                                                                                                               },
    {HTTP_POST, "/admin/rearm/{host}",        PLANE_CONTROL,          IDENTITY_ADMIN,     0,           ADMIN_BODY_MAX,
     handle_rearm                                                                                                                                 },
    {HTTP_POST, "/admin/remove/{host}",       PLANE_CONTROL,          IDENTITY_ADMIN,     0,           ADMIN_BODY_MAX,
     handle_remove                                                                                                                                },
    {HTTP_GET,  "/admin/apply",               PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_apply_show     },
    {HTTP_POST, "/admin/apply",               PLANE_CONTROL,          IDENTITY_ADMIN,     0,           APPLY_BODY_MAX,      handle_apply          },
    {HTTP_GET,  "/admin/volumes",             PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_admin_volumes  },
    {HTTP_POST, "/admin/volumes",             PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_volumes_look   },
    {HTTP_POST, "/admin/volumes/{host}",      PLANE_CONTROL,          IDENTITY_ADMIN,     0,           ADMIN_BODY_MAX,
     handle_volume_release                                                                                                                        },
    {HTTP_POST, "/admin/token/{host}",        PLANE_CONTROL,          IDENTITY_ADMIN,     0,           ADMIN_BODY_MAX,
     handle_token                                                                                                                                 },
    {HTTP_GET,  "/admin/pending",             PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_pending        },
    {HTTP_GET,  "/admin/known-hosts",         PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_known_hosts    },
    {HTTP_GET,  "/admin/ca",                  PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_admin_ca       },
    {HTTP_GET,  "/admin/events",              PLANE_CONTROL,          IDENTITY_ADMIN,     0,           0,                   handle_events         },
};
const size_t routes_n = ARRAY_SIZE(routes);

/* Whether path fits pattern, whose "{name}" segments take any one segment. */
static bool fits(const char *pattern, const char *path, struct http_span params[HTTP_PARAMS_MAX])
{
    size_t n = 0;

    while (*pattern) {
        if (*pattern == '{' && n < HTTP_PARAMS_MAX) {
            params[n].at = path;
            params[n].len = strcspn(path, "/");
            if (params[n].len == 0)
                return false;
            path += params[n++].len;
            pattern += strcspn(pattern, "/");
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

const struct route *route_find(unsigned planes, enum http_method method, const char *path,
                               struct http_span params[HTTP_PARAMS_MAX], unsigned *ret_methods)
{
    unsigned methods = 0;

    for (size_t i = 0; i < routes_n; i++) {
        if (!(routes[i].planes & planes) || !fits(routes[i].path, path, params))
            continue;
        if (routes[i].method == method)
            return &routes[i];
        methods |= routes[i].method;
    }
    *ret_methods = methods;
    return NULL;
}

static const char *method_name(enum http_method method)
{
    return method == HTTP_GET ? "GET" : "POST";
}

void routes_print(FILE *out)
{
    static const char *const identities[] = {
        [IDENTITY_NONE] = "none",
        [IDENTITY_NODE] = "node",
        [IDENTITY_INSTALLER] = "installer",
        [IDENTITY_ADMIN] = "admin",
    };

    for (size_t i = 0; i < routes_n; i++) {
        const struct route *r = &routes[i];

        fprintf(out, "%s %s %s%s%s %s %s%s%s\n", method_name(r->method), r->path,
                r->planes & PLANE_PLAIN ? "plain," : "", r->planes & PLANE_TLS ? "tls," : "",
                r->planes & PLANE_CONTROL ? "control," : "", identities[r->identity],
                r->roles & ROLE_ETCD ? "etcd," : "", r->roles & ROLE_MASTER ? "master," : "",
                r->roles ? "" : "any");
    }
}

/* Who a node or its installer is, by its certificate: a host of the plan whose stored key this is.
 * Answers the request when it is not. */
static bool identify(struct http_request *r)
{
    const struct x509_peer *peer;
    struct error e = ERROR_INIT;
    int result = http_peer(r, &peer, &e);
    size_t host;

    if (result < 0) {
        http_send_error(r, result == -ENODATA ? 401 : 403, "%s", e.message);
        return false;
    }
    host = plan_find_host(r->serving->plan, peer->common_name);
    if (host == SIZE_MAX) {
        http_send_error(r, 403, "the inventory has no such host");
        return false;
    }
    result = (r->route->identity == IDENTITY_INSTALLER
                  ? cluster_check_installer
                  : cluster_check_identity)(r->serving->cluster, host, peer->spki, &e);
    if (result < 0) {
        http_send_error(r, result == -ENOKEY ? 401 : 403, "%s", e.message);
        return false;
    }
    if (r->route->roles && !(plan_host(r->serving->plan, host)->roles & r->route->roles)) {
        http_send_error(r, 403, "%s's roles do not include this", peer->common_name);
        return false;
    }
    r->host = host;
    return true;
}

void route_begin(struct http_request *r, void *userdata)
{
    struct server *s = userdata;
    const char *lease;
    unsigned methods;

    r->route = route_find(r->plane, r->method, r->path, r->params, &methods);
    if (!r->route) {
        if (!methods)
            http_send_error(r, 404, "there is nothing at this address");
        else
            http_send_method_not_allowed(r, methods);
        return;
    }
    r->body_max = r->route->body_max;
    r->serving = server_serving(s);
    if (r->route->identity != IDENTITY_NODE && r->route->identity != IDENTITY_INSTALLER)
        return; /* the control socket's permissions are the administrator's identity */
    if (!identify(r))
        return;
    if (r->route->identity == IDENTITY_INSTALLER) {
        installs_seen(s->installs, r);
        return;
    }
    lease = http_header(r, LEASE_HEADER);
    if (lease)
        gates_lease_seen(s->gates, plan_host(r->serving->plan, r->host)->name, lease);
}

void route_handle(struct http_request *r, void *userdata)
{
    r->route->handle(userdata, r);
}

void route_end(struct http_request *r, void *userdata)
{
    (void)userdata;
    serving_unref(r->serving);
    r->serving = NULL;
}

void route_seen(const struct http_request *r, unsigned status, void *userdata)
{
    struct server *s = userdata;

    metrics_request(s->metrics, r->route ? (size_t)(r->route - routes) : routes_n, status);
}
