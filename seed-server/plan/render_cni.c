/* SPDX-License-Identifier: Apache-2.0 */
#include "render.h"

/* The bridge plugin's network (CNI specification 0.3.1; plugins bridge, host-local, portmap): every
 * pod has an address of the host's own pod network, and no address is ever translated between pods.
 * The way to other nodes' pods is the one route in system.routes. */
json_t *render_cni(const struct plan *p, const struct host *h)
{
    (void)p;
    return file_json(
        "/etc/cni/net.d/10-nodeseed.conflist", "0644",
        json_pack(
            "{s:s, s:s, s:[{s:s, s:s, s:b, s:b, s:{s:s, s:[[{s:s}]], s:[{s:s}]}}, {s:s, s:{s:b}}]}",
            "cniVersion", "0.3.1", "name", "nodeseed", "plugins", "type", "bridge", "bridge",
            "cni0", "isGateway", true, "hairpinMode", true, "ipam", "type", "host-local", "ranges",
            "subnet", h->pub.pod_cidr, "routes", "dst", "0.0.0.0/0", "type", "portmap",
            "capabilities", "portMappings", true));
}
