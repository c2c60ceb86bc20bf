/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "reader.h"

/* Refuses names that no node can have, and a kube_override_hostname. */
void host_name_check(struct reader *r, const struct host *h);
/* Refuses a name of the API that /etc/hosts has for something else. After hosts_read and allot. */
void host_names_check_endpoint(struct reader *r);
