/* SPDX-License-Identifier: Apache-2.0 */
#include "enrol.h"

#include <strings.h>

enum enrol_verdict enrol_decide(const struct enrol_facts *facts, const char **ret_reason)
{
    *ret_reason = "";
    if (!facts->known) {
        *ret_reason = "unknown machine";
        return ENROL_REFUSE;
    }
    if (facts->removed) {
        *ret_reason = "the host was removed: rearm it";
        return ENROL_REFUSE;
    }
    if (facts->quarantined) {
        *ret_reason = "the host is quarantined: rearm it";
        return ENROL_CONFLICT;
    }
    if (facts->has_identity && facts->same_key)
        return ENROL_REPEAT;
    if (facts->has_identity) {
        /* Where a token is needed, a stranger without one has claimed nothing. */
        if (facts->trust == TRUST_TOKEN && !facts->proven) {
            *ret_reason = "another key without the host's token";
            return ENROL_REFUSE;
        }
        *ret_reason = "another key for a host that has enrolled";
        return ENROL_CONFLICT;
    }
    if (!facts->armed) {
        *ret_reason = "the window for enrolling is over: rearm the host";
        return ENROL_REFUSE;
    }
    if (facts->trust == TRUST_FIRST_USE || facts->proven || facts->approved)
        return ENROL_SIGN;
    if (facts->trust == TRUST_APPROVE) {
        *ret_reason = "waiting for approval";
        return ENROL_WAIT;
    }
    *ret_reason = "no valid proof of the host's token";
    return ENROL_REFUSE;
}

static int read_macs(const json_t *body, struct enrol_claim *ret, struct error *e)
{
    json_t *macs = json_object_get(body, "macs"), *item;
    size_t i;

    if (!macs || json_is_null(macs))
        return 0;
    if (!json_is_array(macs) || json_array_size(macs) > ENROL_MACS_MAX)
        return error_set(e, -EINVAL, "\"macs\" is a list of at most %d", ENROL_MACS_MAX);
    json_array_foreach(macs, i, item)
    {
        if (!json_is_string(item))
            return error_set(e, -EINVAL, "\"macs\" is a list of texts");
        if (parse_mac(json_string_value(item), ret->macs[ret->macs_n], NULL) == 0)
            ret->macs_n++;
    }
    return 0;
}

int enrol_claim_read(const json_t *body, struct enrol_claim *ret, struct error *e)
{
    const char *host, *uuid, *serial;
    int r = json_get_string_or(body, "host", NULL, &host, e);

    *ret = (struct enrol_claim){.host = host};
    if (r == 0)
        r = json_get_string_or(body, "uuid", "", &uuid, e);
    if (r == 0)
        r = json_get_string_or(body, "serial", "", &serial, e);
    if (r == 0)
        r = read_macs(body, ret, e);
    if (r < 0)
        return r;
    if (host && !is_dns_name(host) && strlen(host) > 253)
        return error_set(e, -EINVAL, "\"host\" is not a host's name");
    if (!identifier_is_placeholder(uuid) && parse_uuid(uuid, ret->uuid, NULL) < 0)
        ret->uuid[0] = '\0';
    if (strlen(serial) < sizeof(ret->serial) && !identifier_is_placeholder(serial))
        memcpy(ret->serial, serial, strlen(serial) + 1);
    return 0;
}

/* Adds a host that some identifier points to; false when another one was found before. */
static bool agree(size_t *host, size_t found)
{
    if (found == SIZE_MAX)
        return true;
    if (*host != SIZE_MAX && *host != found)
        return false;
    *host = found;
    return true;
}

size_t enrol_find_host(const struct plan *plan, const struct enrol_claim *claim,
                       const char **ret_reason)
{
    size_t named = claim->host ? plan_find_host(plan, claim->host) : SIZE_MAX, found = SIZE_MAX;
    const struct plan_host *h;
    bool one = true;

    if (claim->host && named == SIZE_MAX) {
        *ret_reason = "the inventory has no host of this name";
        return SIZE_MAX;
    }
    for (size_t i = 0; i < claim->macs_n; i++)
        one = agree(&found, plan_find_by_mac(plan, claim->macs[i])) && one;
    if (*claim->uuid)
        one = agree(&found, plan_find_by_uuid(plan, claim->uuid)) && one;
    if (*claim->serial)
        one = agree(&found, plan_find_by_serial(plan, claim->serial)) && one;
    if (!one || !agree(&found, named)) {
        *ret_reason = "its name and identifiers belong to different hosts";
        return SIZE_MAX;
    }
    if (found == SIZE_MAX) {
        *ret_reason = "neither a name nor an identifier of the inventory";
        return SIZE_MAX;
    }
    h = plan_host(plan, found);
    if (named != SIZE_MAX && plan_host_is_identified(h)) {
        bool seen = (h->uuid && strcmp(h->uuid, claim->uuid) == 0) ||
                    (h->serial && strcmp(h->serial, claim->serial) == 0);

        for (size_t i = 0; i < claim->macs_n; i++)
            seen = seen || plan_host_has_mac(h, claim->macs[i]);
        if (!seen) {
            *ret_reason = "it has none of the identifiers that the inventory gives this host";
            return SIZE_MAX;
        }
    }
    return found;
}
