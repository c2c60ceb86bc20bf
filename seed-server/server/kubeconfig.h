/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "ca.h"
#include "common/json.h"
#include "seed-server/plan/plan.h"

/* A kubeconfig (JSON, which is YAML) of a cluster administrator: a certificate of group
 * system:masters from the kubernetes CA, for a key made here, one year. New reference; secret. */
int kubeconfig_make(const struct plan *plan, struct ca *ca, uint64_t now_ms, json_t **ret,
                    struct error *e) _must_check_;

/* RFC 4648, padded. free() it; NULL without memory. */
char *base64_encode(const void *data, size_t len);
