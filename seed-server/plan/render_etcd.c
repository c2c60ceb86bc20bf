/* SPDX-License-Identifier: Apache-2.0 */
#include "render.h"
#include "templates.h"

/* etcd's options as its --config-file (etcd 3.3 and newer read YAML, so JSON too; the names are
 * those of etcd.conf.yml.sample). The first cluster is static: all members at once, each with all
 * names. */

#define CLIENT_PORT 2379
#define PEER_PORT 2380
#define CLUSTER_TOKEN "k8s_etcd" /* kubespray's */

static json_t *transport_security(const char *pair)
{
    char cert[64], key[64];

    (void)snprintf(cert, sizeof(cert), ETCD_PKI "/%s.crt", pair);
    (void)snprintf(key, sizeof(key), ETCD_PKI "/%s.key", pair);
    return json_pack("{s:s, s:s, s:s, s:b}", "cert-file", cert, "key-file", key, "trusted-ca-file",
                     ETCD_PKI "/ca.crt", "client-cert-auth", true);
}

static json_t *certificate(const char *purpose, const char *pair)
{
    char cert[64], key[64];

    (void)snprintf(cert, sizeof(cert), ETCD_PKI "/%s.crt", pair);
    (void)snprintf(key, sizeof(key), ETCD_PKI "/%s.key", pair);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "purpose", purpose, "key", key, "cert", cert,
                     "ca", ETCD_PKI "/ca.crt", "owner", "etcd");
}

int render_etcd_shared(struct plan *p, struct error *e)
{
    const struct role_list *list = role_hosts(p, ROLE_ETCD);
    const struct cluster *c = &p->cluster;
    const char *values[] = {"etcd", plan_program(p, "etcd", "/usr/bin/etcd"), "data_dir",
                            c->etcd_data_dir, NULL};
    _cleanup_buf_ struct buf members = BUF_INIT(65536), unit = BUF_INIT(16384);
    struct shared *s = &p->shared;
    size_t i;
    int r;

    for (i = 0; i < list->n; i++)
        buf_addf(&members, "%s%s=https://%s:%d", i ? "," : "",
                 p->hosts[list->hosts[i]].pub.etcd_member, p->hosts[list->hosts[i]].pub.ip,
                 PEER_PORT);
    if (buf_check(&members) < 0)
        return error_oom(e);
    r = template_fill(TEMPLATE_ETCD_SERVICE, values, &unit, e);
    if (r < 0)
        return r;

    s->etcd_config = json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:s, s:s, s:s, s:o, s:o}", "data-dir",
        c->etcd_data_dir, "initial-cluster", members.data, "initial-cluster-state", "new",
        "initial-cluster-token", CLUSTER_TOKEN, "strict-reconfig-check", true, "heartbeat-interval",
        (int)c->etcd_heartbeat, "election-timeout", (int)c->etcd_election, "auto-compaction-mode",
        "periodic", "auto-compaction-retention", "8h", "listen-metrics-urls",
        "http://127.0.0.1:2381", "client-transport-security", transport_security("server"),
        "peer-transport-security", transport_security("peer"));
    s->etcd_files =
        json_pack("[o]", file_text("/etc/systemd/system/etcd.service", "0644", unit.data));
    s->etcd_certificates =
        json_pack("[o, o, o]", certificate("etcd-server", "server"),
                  certificate("etcd-peer", "peer"), certificate("etcd-client", "client"));
    s->etcd_health = json_pack("{s:s, s:s, s:s, s:s}", "url", "https://127.0.0.1:2379/health", "ca",
                               ETCD_PKI "/ca.crt", "cert", ETCD_PKI "/client.crt", "key",
                               ETCD_PKI "/client.key");
    s->etcd_user = json_pack("{s:s, s:s}", "name", "etcd", "home", c->etcd_data_dir);
    if (!s->etcd_config || !s->etcd_files || !s->etcd_certificates || !s->etcd_health ||
        !s->etcd_user)
        return error_oom(e);
    return 0;
}

/* What is one member's own. */
static json_t *member_config(const struct plan *p, const struct host *h)
{
    char client[64], peer[64], listen[128];
    json_t *config = json_copy(p->shared.etcd_config);

    (void)snprintf(client, sizeof(client), "https://%s:%d", h->pub.ip, CLIENT_PORT);
    (void)snprintf(peer, sizeof(peer), "https://%s:%d", h->pub.ip, PEER_PORT);
    (void)snprintf(listen, sizeof(listen), "%s,https://127.0.0.1:%d", client, CLIENT_PORT);
    if (!config || json_object_set_new(config, "name", json_string(h->pub.etcd_member)) < 0 ||
        json_object_set_new(config, "listen-client-urls", json_string(listen)) < 0 ||
        json_object_set_new(config, "advertise-client-urls", json_string(client)) < 0 ||
        json_object_set_new(config, "listen-peer-urls", json_string(peer)) < 0 ||
        json_object_set_new(config, "initial-advertise-peer-urls", json_string(peer)) < 0) {
        json_decref(config);
        return NULL;
    }
    return config;
}

json_t *render_etcd(const struct plan *p, const struct host *h)
{
    const struct shared *s = &p->shared;
    json_t *files = json_copy(s->etcd_files);

    if (files && json_array_append_new(
                     files, file_json("/etc/etcd/etcd.json", "0644", member_config(p, h))) < 0) {
        json_decref(files);
        files = NULL;
    }
    return json_pack("{s:s, s:o, s:O, s:s, s:s, s:O, s:O}", "member", h->pub.etcd_member, "files",
                     files, "certificates", s->etcd_certificates, "unit", "etcd.service",
                     "data_dir", p->cluster.etcd_data_dir, "user", s->etcd_user, "health",
                     s->etcd_health);
}
