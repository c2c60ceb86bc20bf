/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "route.h"

/* Local volumes whose PersistentVolumes nodeseed makes (plan_makes_volumes): nodes say what they
 * have mounted, the server says what the PersistentVolumes are, the init master makes them with the
 * cluster's administrator's certificate. A node has no right to make any: with one it could point
 * pods at any folder of any host; here it can lie about its own sizes and nothing else.
 *
 * The store's cluster/volumes-made is {"revision"}: the init master has made what was known then;
 * cluster/volumes-seen what it saw of PersistentVolumes, {"at_ms", "volumes": {"HOST\nPATH":
 * {"phase", "claim"}}}; cluster/volumes-asked, when newer, that somebody wants to know it anew.
 *
 * A volume is emptied only when the init master has seen that its claim is gone, and its
 * PersistentVolume is made anew only when the node has emptied it: see volume_record.h.
 */

route_handler handle_volumes_told, handle_volumes_wanted, handle_volumes_made;
route_handler handle_admin_volumes, handle_volumes_look, handle_volume_release;

/* Has the node that asks something to do about volumes: empty one, or as the init master make some?
 */
bool volumes_due(struct server *s, const struct http_request *r);
