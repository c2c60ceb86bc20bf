/* SPDX-License-Identifier: Apache-2.0 */
#include "cert_life.h"

#include "common/protocol.h"

int64_t cert_life_s(const struct certificate_facts *facts)
{
    int64_t whole = facts->not_after - facts->not_before;

    /* One that is shorter than that was made by somebody else. */
    return whole > CERTIFICATE_BACKDATE_S ? whole - CERTIFICATE_BACKDATE_S : whole;
}

int64_t cert_renew_at(const struct certificate_facts *facts, uint32_t spread)
{
    int64_t life = cert_life_s(facts);
    int64_t early = (int64_t)((double)life / 12 * ((double)spread / UINT32_MAX));

    return facts->not_after - life / 3 - early;
}

int64_t cert_kubeadm_renew_at(const struct certificate_facts *facts, int64_t life_s,
                              uint32_t spread)
{
    int64_t made = facts->not_after - CERT_KUBEADM_LIFE_S;
    int64_t used_s = life_s < CERT_KUBEADM_LIFE_S ? life_s : CERT_KUBEADM_LIFE_S;
    const struct certificate_facts as_ours = {.not_before = made - CERTIFICATE_BACKDATE_S,
                                              .not_after = made + used_s};

    return cert_renew_at(&as_ours, spread);
}

int64_t cert_rescue_at(const struct certificate_facts *facts)
{
    return facts->not_after - cert_life_s(facts) / 20;
}
