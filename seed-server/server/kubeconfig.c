/* SPDX-License-Identifier: Apache-2.0 */
#include "kubeconfig.h"

#include <stdio.h>

#define ADMIN_DAYS 365

char *base64_encode(const void *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = data;
    char *text = malloc((len + 2) / 3 * 4 + 1), *out = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t a = in[i], b = i + 1 < len ? in[i + 1] : 0, c = i + 2 < len ? in[i + 2] : 0;
        uint32_t bits = a << 16 | b << 8 | c;

        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
        *out++ = i + 2 < len ? digits[bits & 63] : '=';
    }
    *out = '\0';
    return text;
}

/* By address, so that it works where the endpoint's name does not resolve. */
static char *server_url(const struct plan_settings *settings)
{
    char *url;

    return asprintf(&url, strchr(settings->api_address, ':') ? "https://[%s]:%u" : "https://%s:%u",
                    settings->api_address, settings->api_port) < 0
               ? NULL
               : url;
}

int kubeconfig_make(const struct plan *plan, struct ca *ca, uint64_t now_ms, json_t **ret,
                    struct error *e)
{
    struct cert_profile profile = {.ca = "kubernetes",
                                   .common_name = "kubernetes-admin",
                                   .organization = "system:masters",
                                   .client_auth = true,
                                   .life_s = ADMIN_DAYS * UINT64_C(86400)};
    const char *ca_pem = ca_certificate(ca, CA_KUBERNETES);
    _cleanup_secret_ char *key = NULL, *key_data = NULL;
    _cleanup_free_ char *certificate = NULL, *certificate_data = NULL, *ca_data = NULL, *url = NULL;
    int r = x509_sign_new(ca_signer(ca, CA_KUBERNETES), &profile, now_ms, &certificate, &key, e);

    if (r < 0)
        return r;
    url = server_url(plan_settings(plan));
    ca_data = base64_encode(ca_pem, strlen(ca_pem));
    certificate_data = base64_encode(certificate, strlen(certificate));
    key_data = base64_encode(key, strlen(key));
    if (!url || !ca_data || !certificate_data || !key_data)
        return error_oom(e);
    *ret = json_pack("{s:s, s:s, s:[{s:s, s:{s:s, s:s}}], s:[{s:s, s:{s:s, s:s}}],"
                     " s:[{s:s, s:{s:s, s:s}}], s:s}",
                     "apiVersion", "v1", "kind", "Config", "clusters", "name", "kubernetes",
                     "cluster", "server", url, "certificate-authority-data", ca_data, "users",
                     "name", "kubernetes-admin", "user", "client-certificate-data",
                     certificate_data, "client-key-data", key_data, "contexts", "name",
                     "kubernetes-admin@kubernetes", "context", "cluster", "kubernetes", "user",
                     "kubernetes-admin", "current-context", "kubernetes-admin@kubernetes");
    return *ret ? 0 : error_oom(e);
}
