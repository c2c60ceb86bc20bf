/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

static const char *trust_name(enum trust trust)
{
    return trust == TRUST_APPROVE ? "approve" : trust == TRUST_TOKEN ? "token" : "first-use";
}

static json_t *export_host(const struct plan *p, const struct host *h)
{
    const struct plan_host *x = &h->pub;

    return json_pack("{s:s, s:O, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s, s:s, s:b}", "name",
                     x->name, "roles", p->shared.role_names[x->roles], "ip", x->ip, "etcd_member",
                     x->etcd_member, "pod_cidr", x->pod_cidr, "mac", x->mac, "uuid", x->uuid,
                     "serial", x->serial, "trust", trust_name(x->trust), "boot",
                     boot_way_name(x->boot), "init_master", x->init_master);
}

static json_t *export_hosts(const struct plan *p)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; list && i < p->n_hosts; i++)
        if (json_array_append_new(list, export_host(p, &p->hosts[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *export_allotments(const struct plan *p)
{
    json_t *all = json_object();
    size_t i;

    for (i = 0; all && i < p->n_allotments; i++)
        if (json_object_set_new(all, p->allotments[i].key, json_string(p->allotments[i].value)) <
            0) {
            json_decref(all);
            return NULL;
        }
    if (p->etcd_formed && json_object_set_new(all, "cluster/etcd-formed", json_string("yes")) < 0) {
        json_decref(all);
        return NULL;
    }
    return all;
}

int plan_export(const struct plan *p, json_t **ret, struct error *e)
{
    const struct cluster *c = &p->cluster;
    json_t *root = json_pack(
        "{s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}, s:{s:s*, s:s*, s:s*}, s:o, s:o}",
        "id", p->id, "cluster", "id", c->id, "kubernetes_version", c->version, "api_endpoint",
        p->settings.api_endpoint, "api_address", p->settings.api_address, "pods", c->pods_text,
        "services", c->services_text, "network_plugin", c->is_bridge ? "bridge" : "calico",
        "domain", c->dns_domain, "dns", p->settings.has_dns, "server", "url", p->server_url,
        "tls_url", p->server_tls_url, "pin", p->ca_pin, "hosts", export_hosts(p), "allotments",
        export_allotments(p));

    if (!root)
        return error_oom(e);
    *ret = root;
    return 0;
}
