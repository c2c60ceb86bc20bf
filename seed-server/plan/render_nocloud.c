/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* NoCloud's documents for cloud-init (docs: datasources, NoCloud). They go over plain HTTP, so they
 * hold nothing secret: who the machine is, and how it finds and recognises the taskbox. JSON is
 * YAML, and is built as a tree. */

#define DOCUMENT_MAX 65536

/* cloud-init runs everything anew when the instance-id changes: it stays for the machine's life. */
static json_t *meta_data(const struct plan *p, const struct host *h)
{
    char id[512];

    (void)snprintf(id, sizeof(id), "nodeseed-%.8s-%s", p->cluster.id, h->pub.name);
    return json_pack("{s:s, s:s}", "instance-id", id, "local-hostname", h->pub.name);
}

/* /etc/nodeseed/seed.yml, which seed-bootstrap reads. */
static char *seed_settings(const struct plan *p, const struct host *h, struct error *e)
{
    _cleanup_json_ json_t *settings =
        json_pack("{s:s*, s:s*, s:s*, s:s}", "server", p->server_tls_url, "plain", p->server_url,
                  "pin", p->ca_pin, "host", h->pub.name);
    struct buf out = BUF_INIT(DOCUMENT_MAX);

    if (!settings || json_print_pretty(settings, &out, e) < 0) {
        buf_done(&out);
        return NULL;
    }
    return buf_take(&out, NULL);
}

/* The unit is started without waiting for it: it is not ordered after cloud-init, nor may
 * cloud-init wait for a whole first boot. */
static json_t *user_data(const struct plan *p, const struct host *h, struct error *e)
{
    _cleanup_free_ char *settings = seed_settings(p, h, e);

    if (!settings)
        return NULL;
    return json_pack("{s:b, s:s, s:[{s:s, s:s, s:s}], s:[[s, s, s, s]]}", "preserve_hostname",
                     false, "hostname", h->pub.name, "write_files", "path",
                     "/etc/nodeseed/seed.yml", "permissions", "0600", "content", settings, "runcmd",
                     "systemctl", "--no-block", "start", "seed-bootstrap.service");
}

int plan_render_nocloud(const struct plan *p, size_t host, const char *kind, struct buf *out,
                        struct error *e)
{
    _cleanup_json_ json_t *document = NULL;

    if (host >= p->n_hosts)
        return error_set(e, -ENOENT, "no host of that number");
    if (strcmp(kind, "vendor-data") == 0) {
        buf_add(out, "", 0); /* cloud-init of 16.04 wants it to be there, and empty */
        return buf_check(out);
    }
    if (strcmp(kind, "meta-data") == 0) {
        document = meta_data(p, &p->hosts[host]);
    } else if (strcmp(kind, "user-data") == 0) {
        document = user_data(p, &p->hosts[host], e);
        buf_add_str(out, "#cloud-config\n");
    } else {
        return error_set(e, -ENOENT, "NoCloud has no document '%.40s'", kind);
    }
    return document ? json_print_pretty(document, out, e) : error_oom(e);
}
