/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model.h"

/* What lies in a configuration folder as if it were read, and is not. To Ansible that is nothing to
 * talk about; here it is a file whose variables an administrator believes in. After the folder was
 * loaded. -EINVAL for vars.yaml and vars.json where there is no vars.yml; warnings for what in
 * group_vars/ and host_vars/ belongs to no group or host or is passed by, and where nothing at all
 * says anything of the cluster. */
int unread_check(struct inventory *inv, const char *folder, struct error *e) _must_check_;
