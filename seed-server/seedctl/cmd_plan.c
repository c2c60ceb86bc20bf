/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "offline.h"
#include "text.h"

#define OUTPUT_MAX (256 * 1024 * 1024)

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void add_roles(const json_t *host, char *out, size_t size)
{
    const json_t *roles = json_object_get(host, "roles"), *role;
    size_t i, len = 0;

    out[0] = '\0';
    json_array_foreach(roles, i, role)
    {
        (void)snprintf(out + len, size - len, "%s%s", i ? "," : "", json_string_value(role));
        len = strlen(out);
    }
}

/* One line a host: what it is and what it is allotted. */
static void print_table(const json_t *plan, struct buf *out)
{
    const json_t *hosts = json_object_get(plan, "hosts"), *host;
    size_t i, width = 4;
    char roles[64];

    json_array_foreach(hosts, i, host) if (text_width(text_of(host, "name")) > width) width =
        text_width(text_of(host, "name"));
    text_add_left(out, "HOST", width + 2);
    buf_addf(out, "%-18s%-17s%-20s%-12s%-11s%s\n", "ROLES", "IP", "PODS", "ETCD", "TRUST", "BOOT");
    json_array_foreach(hosts, i, host)
    {
        add_roles(host, roles, sizeof(roles));
        text_add_left(out, text_of(host, "name"), width + 2);
        buf_addf(out, "%-18s%-17s%-20s%-12s%-11s%s\n", roles, text_of(host, "ip"),
                 text_of(host, "pod_cidr"), text_of(host, "etcd_member"), text_of(host, "trust"),
                 text_of(host, "boot"));
    }
    buf_addf(out, "\ncluster %s, plan %.12s\n", text_of(json_object_get(plan, "cluster"), "id"),
             text_of(plan, "id"));
}

int command_plan(int argc, char *argv[], struct error *e)
{
    _cleanup_(plan_unrefp) struct plan *plan = NULL;
    _cleanup_buf_ struct buf out = BUF_INIT(OUTPUT_MAX);
    _cleanup_json_ json_t *tree = NULL;
    struct offline_options o;
    int r, first;

    r = offline_options_read(argc, argv, "json", &o, &first);
    if (r != 0 || first != argc)
        return COMMAND_USAGE;
    r = offline_plan(&o, &plan, e);
    if (r != 0)
        return r;
    r = plan_export(plan, &tree, e);
    if (r < 0)
        return r;
    if (o.json)
        r = json_print_pretty(tree, &out, e);
    else
        print_table(tree, &out);
    if (r < 0 || buf_check(&out) < 0)
        return r < 0 ? r : error_oom(e);
    fputs(out.data, stdout);
    return 0;
}
