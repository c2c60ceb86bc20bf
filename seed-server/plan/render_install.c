/* SPDX-License-Identifier: Apache-2.0 */
#include "render.h"

/* What an installer is told. It is asked for once an installation and costs microseconds, so it is
 * built anew each time. */

/* A UUID that is the same each time this incarnation is installed, so that a second try after a
 * power cut knows its own work. */
static int name_uuid(const struct plan *p, const struct host *h, const char *what,
                     unsigned incarnation, char ret[UUID_TEXT_SIZE], struct error *e)
{
    char name[320];

    (void)snprintf(name, sizeof(name), "%s/%s/%u", what, h->pub.name, incarnation); /* fits */
    return uuid_of_name(p->cluster.id, name, ret, e);
}

int plan_install_root(const struct plan *p, size_t host, unsigned incarnation,
                      char ret[UUID_TEXT_SIZE], struct error *e)
{
    if (host >= p->n_hosts)
        return error_set(e, -ENOENT, "no host of that number");
    return name_uuid(p, &p->hosts[host], "root", incarnation, ret, e);
}

static json_t *image(const struct plan *p, const struct artifact *a)
{
    char url[512];

    (void)snprintf(url, sizeof(url), "%s/artifacts/%s", p->server_url ? p->server_url : "",
                   a->name); /* as in render_shared.c */
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:I}", "name", a->name, "url", url, "sha256",
                     a->sha256, "size", (json_int_t)a->size, "compression", a->compression,
                     "raw_size", (json_int_t)a->raw_size);
}

int plan_render_install(const struct plan *p, size_t host, unsigned incarnation, struct buf *out,
                        struct error *e)
{
    const struct host *h = host < p->n_hosts ? &p->hosts[host] : NULL;
    char digest[DIGEST_TEXT_SIZE], root[UUID_TEXT_SIZE], disk[UUID_TEXT_SIZE];
    _cleanup_json_ json_t *config = NULL;
    int r;

    if (!h || !h->install.image)
        return error_set(e, -ENOENT, "no host that is installed by PXE");
    r = host_digest(p, h, digest, e);
    if (r == 0)
        r = name_uuid(p, h, "root", incarnation, root, e);
    if (r == 0)
        r = name_uuid(p, h, "disk-guid", incarnation, disk, e);
    if (r < 0)
        return r;
    config = json_pack(
        "{s:i, s:s, s:{s:s}, s:{s:s, s:s}, s:i, s:s, s:s, s:b, s:{s:{s:s}}, s:o, s:{s:i, s:[]}, "
        "s:o, s:{s:s*, s:s*, s:s*, s:s}}",
        "version", 1, "plan", digest, "cluster", "id", p->cluster.id, "host", "name", h->pub.name,
        "ip", h->pub.ip, "incarnation", (int)incarnation, "root_uuid", root, "disk_guid", disk,
        "reinstall", incarnation > 1, "disk", "match", h->install.match_kind, h->install.match_id,
        "image", image(p, h->install.image), "preflight", "memory_mb",
        (int)render_memory(p, h->pub.roles), "modules", "network", render_network(h), "seed",
        "server", p->server_tls_url, "plain", p->server_url, "pin", p->ca_pin, "host", h->pub.name);
    return config ? json_print(config, out, e) : error_oom(e);
}
