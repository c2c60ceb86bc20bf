/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* NoCloud's documents for cloud-init (docs: datasources, NoCloud). They go over plain HTTP, so they
 * hold nothing secret: who the machine is, and how it finds and recognises the taskbox. JSON is
 * YAML, and is built as a tree. */

/* cloud-init runs everything anew when the instance-id changes: it stays for the machine's life. */
static json_t *meta_data(const struct plan *p, const char *name)
{
    char id[512];

    (void)snprintf(id, sizeof(id), "nodeseed-%.8s-%s", p->cluster.id, name);
    return json_pack("{s:s, s:s}", "instance-id", id, "local-hostname", name);
}

int plan_render_nocloud(const struct plan *p, const char *name, const char *kind, struct buf *out,
                        struct error *e)
{
    _cleanup_json_ json_t *document = NULL;

    if (strcmp(kind, "vendor-data") == 0) {
        buf_add(out, "", 0); /* cloud-init of 16.04 wants it to be there, and empty */
        return buf_check(out);
    }
    if (strcmp(kind, "meta-data") == 0) {
        document = meta_data(p, name);
        return document ? json_print_pretty(document, out, e) : error_oom(e);
    }
    if (strcmp(kind, "user-data") == 0)
        return plan_render_user_data(p, name, NULL, out, NULL, e);
    return error_set(e, -ENOENT, "NoCloud has no document '%.40s'", kind);
}
