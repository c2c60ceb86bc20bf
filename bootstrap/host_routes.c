/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"
#include "route.h"

/* One route for the pod network, mostly. It is put back at each boot, because this step's reality
 * is checked then; it needs no help from whoever manages the addresses. */
int host_routes(struct context *c, bool apply, bool *ret_same, struct error *e)
{
    json_t *routes = json_object_get(json_object_get(c->config, "system"), "routes"), *entry;
    size_t i;

    *ret_same = true;
    json_array_foreach(routes, i, entry)
    {
        const char *to_text, *via_text;
        struct ip_network to;
        struct ip_address via;
        bool there;
        int r = json_get_string(entry, "to", &to_text, e);

        if (r >= 0)
            r = json_get_string(entry, "via", &via_text, e);
        if (r >= 0)
            r = parse_network(to_text, &to, e);
        if (r >= 0)
            r = parse_ip(via_text, &via, e);
        if (r < 0)
            return error_wrap(e, "system.routes");
        if (c->root[0])
            continue; /* the tree of another machine */
        r = route_exists(&to, &via, &there, e);
        if (r < 0)
            return r;
        *ret_same = *ret_same && there;
        if (there || !apply)
            continue;
        step_note(c, "route to %s by %s", to_text, via_text);
        r = route_add(&to, &via, e);
        if (r < 0)
            return r;
    }
    return 0;
}
