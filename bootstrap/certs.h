/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto.h"
#include "step.h"

/* CERT entries of the node config: {"purpose", "key", "cert", "ca" (optional), "owner" (optional),
 * "bundle" (optional: certificate and key in one file)}. Keys are made here, EC P-256, and never
 * leave the machine. */

/* Obtains each certificate of the array that is missing, does not fit its key, or is due to be
 * renewed (cert_life.h): makes the key (synced before anything is sent), posts a CSR to
 * /v1/certificates/PURPOSE, stores certificate, CA and bundle. *ret_changed as in files_write. */
int certs_obtain(struct context *c, json_t *certs, bool *ret_changed, struct error *e) _must_check_;

/* Milliseconds until the first of them is to be obtained, 0: now, UINT64_MAX: there is none. */
int certs_due_ms(struct context *c, json_t *certs, uint64_t *ret, struct error *e) _must_check_;
/* The same of one certificate, by its own life. */
uint64_t certificate_due_ms(const struct certificate *certificate);
/* The same of one that kubeadm made, which is to be used for life_s at most. */
uint64_t certificate_kubeadm_due_ms(const struct certificate *certificate, int64_t life_s);

/* *ret: is each of them there, fitting its key and its CA, and valid for now? */
int certs_check(struct context *c, json_t *certs, bool *ret, struct error *e) _must_check_;
