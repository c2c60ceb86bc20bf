/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crypto.h"

/* When a certificate is to be replaced by a newer one. Pure. Times are seconds since 1970. */

/* From the moment it was made, which is CERTIFICATE_BACKDATE_S after it begins where the taskbox
 * made it, until it ends. */
int64_t cert_life_s(const struct certificate_facts *facts);

/* At two thirds of its life, or up to a twelfth of it earlier: spread (any number that differs from
 * certificate to certificate and stays the same for one) says how much, so that machines that
 * enrolled together do not renew together. */
int64_t cert_renew_at(const struct certificate_facts *facts, uint32_t spread);

/* The same of one that kubeadm made. Those live CERT_KUBEADM_LIFE_S and are said to begin when
 * their CA did (kubeadm, pkiutil.NewSignedCert), so that only their end tells when they were made.
 * life_s: how much of that they are to be used for at most. */
#define CERT_KUBEADM_LIFE_S (INT64_C(365) * 24 * 3600)
int64_t cert_kubeadm_renew_at(const struct certificate_facts *facts, int64_t life_s,
                              uint32_t spread);

/* For one that its user renews by itself: when that has clearly not worked, at 19/20 of its life.
 */
int64_t cert_rescue_at(const struct certificate_facts *facts);
