/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* What a host's addresses have to do with each other and with the cluster's networks. where is that
 * of its ip. */
void addresses_check_host(struct reader *r, const struct host *h, struct inventory_origin where);
/* What is before the API servers. After hosts_read and roles_list. */
void addresses_check_loadbalancer(struct reader *r);
