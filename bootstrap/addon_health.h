/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/json.h"

/* Does what a manifest started run? By the objects' own status, as `kubectl rollout status` and
 * `kubectl wait` read it. Pure. */

/* Is it an object with something to wait for: Deployment, DaemonSet, StatefulSet, Job? */
bool addon_is_workload(const json_t *object);

/* now is the object as the API server has it. 0 when all of it is available; -EAGAIN with what is
 * missing ("2 of 3 pods"); -ECANCELED when it has failed for good, with why. */
int addon_health(const json_t *now, struct error *e) _must_check_;
