/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate request: 'd' and its DER, or 'p' and the text as it comes. What is taken can be
 * signed, and the certificate says what the profile says and nothing that the request asked for. */
#include "common/clock.h"
#include "seed-server/server/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct x509_ca *ca;

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Once: the target is about requests. */
static void make_ca(void)
{
    char *certificate = NULL, *key = NULL;
    struct error e = ERROR_INIT;

    must(x509_make_ca("fuzz", clock_realtime_ms(), &certificate, &key, &e) == 0 &&
         x509_ca_load(certificate, key, &ca, &e) == 0);
    free(certificate);
    secret_free(key);
}

static void add_pem(struct buf *out, const uint8_t *der, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    buf_add_str(out, "-----BEGIN CERTIFICATE REQUEST-----\n");
    for (size_t i = 0; i < len; i += 3) {
        unsigned bits = (unsigned)der[i] << 16 | (i + 1 < len ? (unsigned)der[i + 1] << 8 : 0) |
                        (i + 2 < len ? der[i + 2] : 0);
        char four[4] = {digits[bits >> 18], digits[bits >> 12 & 63],
                        i + 1 < len ? digits[bits >> 6 & 63] : '=',
                        i + 2 < len ? digits[bits & 63] : '='};

        buf_add(out, four, sizeof(four));
        if (i % 48 == 45 || i + 3 >= len)
            buf_add_str(out, "\n");
    }
    buf_add_str(out, "-----END CERTIFICATE REQUEST-----\n");
    must(buf_check(out) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cert_profile profile = {.common_name = "node1", .dns = {"node1"}, .life_s = 86400};
    _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
    _cleanup_buf_ struct buf text = BUF_INIT(1 << 20);
    _cleanup_free_ char *certificate = NULL, *exact = NULL;
    struct error e = ERROR_INIT;
    int r;

    if (!ca)
        make_ca();
    if (size == 0 || (data[0] != 'd' && data[0] != 'p'))
        return 0;
    if (data[0] == 'd')
        add_pem(&text, data + 1, size - 1);
    else
        buf_add(&text, data + 1, size - 1);
    exact = malloc(text.len + 1); /* one byte past its end is seen when there is none */
    must(exact != NULL);
    if (text.len)
        memcpy(exact + 1, text.data, text.len);
    r = x509_csr_parse(exact + 1, text.len, &csr, &e);
    if (r < 0) {
        must(r == -EINVAL && e.message[0]);
        return 0;
    }
    must(x509_sign(ca, csr, &profile, clock_realtime_ms(), &certificate, &e) == 0 &&
         x509_still_good(certificate, ca, &profile, clock_realtime_ms(), 0));
    return 0;
}
