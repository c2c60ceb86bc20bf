/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "route.h"

/* Local volumes whose PersistentVolumes nodeseed makes (plan_makes_volumes): nodes say what they
 * have mounted, the server says what the PersistentVolumes are, the init master makes them with the
 * cluster's administrator's certificate. A node has no right to make any: with one it could point
 * pods at any folder of any host; here it can lie about its own sizes and nothing else.
 *
 * The store's cluster/volumes-made is {"revision"}: the init master has made what was known then.
 */

route_handler handle_volumes_told, handle_volumes_wanted, handle_volumes_made;
route_handler handle_admin_volumes, handle_volume_release;

/* Has the node that asks something to do about volumes: empty one, or as the init master make some?
 */
bool volumes_due(struct server *s, const struct http_request *r);
