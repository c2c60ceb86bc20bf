/* SPDX-License-Identifier: Apache-2.0 */
#include "x509.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "common/protocol.h"
#include "pem.h"

#define CA_LIFE_S (36500 * UINT64_C(86400)) /* nothing renews a CA */
#define SERIAL_SIZE 16
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096 /* verifying a larger one is a stranger's way to burn our time */
#define RSA_EXPONENT_MIN 65537
#define RSA_EXPONENT_MAX UINT32_MAX /* as above */
#define REQUEST_LABEL "CERTIFICATE REQUEST"

struct x509_ca {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
    uint8_t spki[SHA256_SIZE];
    pthread_mutex_t lock; /* one signature at a time: GnuTLS promises no more for one key object */
};

/* 0 for a code of GnuTLS that is no error. */
static int tls_error(struct error *e, int code, const char *doing)
{
    return code >= 0 ? 0
                     : error_set(e, code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EIO, "%s: %s", doing,
                                 gnutls_strerror(code));
}

/* Copies what GnuTLS allocated into the C library's memory and wipes the first copy. */
static int take_datum(gnutls_datum_t *d, char **ret)
{
    char *text = strndup((const char *)d->data, d->size);

    gnutls_memset(d->data, 0, d->size);
    gnutls_free(d->data);
    if (!text)
        return -ENOMEM;
    *ret = text;
    return 0;
}

static int key_text(gnutls_x509_privkey_t key, char **ret, struct error *e)
{
    gnutls_datum_t d;
    int r =
        gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &d);

    if (r < 0)
        return tls_error(e, r, "writing a key");
    return take_datum(&d, ret) < 0 ? error_oom(e) : 0;
}

static int certificate_text(gnutls_x509_crt_t certificate, char **ret, struct error *e)
{
    gnutls_datum_t d;
    int r = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &d);

    if (r < 0)
        return tls_error(e, r, "writing a certificate");
    return take_datum(&d, ret) < 0 ? error_oom(e) : 0;
}

static int spki_of(gnutls_pubkey_t key, uint8_t ret[SHA256_SIZE], struct error *e)
{
    gnutls_datum_t d;
    int r = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &d);

    if (r < 0)
        return tls_error(e, r, "reading a public key");
    r = sha256(d.data, d.size, ret, e);
    gnutls_free(d.data);
    return r;
}

static int spki_of_certificate(gnutls_x509_crt_t certificate, uint8_t ret[SHA256_SIZE],
                               struct error *e)
{
    gnutls_pubkey_t key;
    int r = gnutls_pubkey_init(&key);

    if (r < 0)
        return tls_error(e, r, "reading a public key");
    r = gnutls_pubkey_import_x509(key, certificate, 0);
    r = r < 0 ? tls_error(e, r, "reading a public key") : spki_of(key, ret, e);
    gnutls_pubkey_deinit(key);
    return r;
}

static int make_key(gnutls_pk_algorithm_t algorithm, unsigned bits, gnutls_x509_privkey_t *ret,
                    struct error *e)
{
    gnutls_x509_privkey_t key;
    int r = gnutls_x509_privkey_init(&key);

    if (r < 0)
        return tls_error(e, r, "making a key");
    r = gnutls_x509_privkey_generate(key, algorithm, bits, 0);
    if (r < 0) {
        gnutls_x509_privkey_deinit(key);
        return tls_error(e, r, "making a key");
    }
    *ret = key;
    return 0;
}

static int make_ec_key(gnutls_x509_privkey_t *ret, struct error *e)
{
    return make_key(GNUTLS_PK_EC, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), ret, e);
}

/* What every certificate has: version, random serial, validity. */
static int set_common(gnutls_x509_crt_t c, uint64_t now_ms, uint64_t life_s)
{
    time_t now = (time_t)(now_ms / 1000);
    uint8_t serial[SERIAL_SIZE];
    int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

    serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40); /* positive, and always of full length */
    if (r >= 0)
        r = gnutls_x509_crt_set_version(c, 3);
    if (r >= 0)
        r = gnutls_x509_crt_set_serial(c, serial, sizeof(serial));
    if (r >= 0)
        r = gnutls_x509_crt_set_activation_time(c, now - CERTIFICATE_BACKDATE_S);
    if (r >= 0)
        r = gnutls_x509_crt_set_expiration_time(c, now + (time_t)life_s);
    return r;
}

static int set_key_id(gnutls_x509_crt_t c)
{
    uint8_t id[64];
    size_t len = sizeof(id);
    int r = gnutls_x509_crt_get_key_id(c, GNUTLS_KEYID_USE_SHA1, id, &len);

    return r < 0 ? r : gnutls_x509_crt_set_subject_key_id(c, id, len);
}

static int set_common_name(gnutls_x509_crt_t c, const char *name)
{
    return gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                         (unsigned)strlen(name));
}

int x509_make_ca(const char *name, uint64_t now_ms, char **ret_certificate, char **ret_key,
                 struct error *e)
{
    _cleanup_secret_ char *key_pem = NULL;
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t c;
    int r = make_ec_key(&key, e);

    if (r < 0)
        return r;
    r = gnutls_x509_crt_init(&c);
    if (r < 0) {
        gnutls_x509_privkey_deinit(key);
        return tls_error(e, r, "making a CA");
    }
    r = set_common(c, now_ms, CA_LIFE_S);
    if (r >= 0)
        r = set_common_name(c, name);
    if (r >= 0)
        r = gnutls_x509_crt_set_key(c, key);
    if (r >= 0)
        r = gnutls_x509_crt_set_basic_constraints(c, 1, -1);
    if (r >= 0)
        r = gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN |
                                                 GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (r >= 0)
        r = set_key_id(c);
    if (r >= 0)
        r = gnutls_x509_crt_sign2(c, c, key, GNUTLS_DIG_SHA256, 0);
    r = r < 0 ? tls_error(e, r, "making a CA") : key_text(key, &key_pem, e);
    if (r == 0)
        r = certificate_text(c, ret_certificate, e);
    if (r == 0)
        *ret_key = TAKE_PTR(key_pem);
    gnutls_x509_crt_deinit(c);
    gnutls_x509_privkey_deinit(key);
    return r;
}

int x509_make_rsa_pair(char **ret_key, char **ret_public, struct error *e)
{
    _cleanup_secret_ char *key_pem = NULL;
    gnutls_privkey_t abstract = NULL;
    gnutls_pubkey_t public = NULL;
    gnutls_x509_privkey_t key;
    gnutls_datum_t d;
    int r = make_key(GNUTLS_PK_RSA, RSA_BITS_MIN, &key, e);

    if (r < 0)
        return r;
    r = gnutls_privkey_init(&abstract);
    if (r >= 0)
        r = gnutls_privkey_import_x509(abstract, key, 0);
    if (r >= 0)
        r = gnutls_pubkey_init(&public);
    if (r >= 0)
        r = gnutls_pubkey_import_privkey(public, abstract, 0, 0);
    if (r >= 0)
        r = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_PEM, &d);
    r = r < 0 ? tls_error(e, r, "making a key pair") : key_text(key, &key_pem, e);
    if (r == 0)
        r = take_datum(&d, ret_public) < 0 ? error_oom(e) : 0;
    if (r == 0)
        *ret_key = TAKE_PTR(key_pem);
    if (public)
        gnutls_pubkey_deinit(public);
    if (abstract)
        gnutls_privkey_deinit(abstract);
    gnutls_x509_privkey_deinit(key);
    return r;
}

static bool belong_together(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
    uint8_t a[64], b[64];
    size_t a_len = sizeof(a), b_len = sizeof(b);

    return gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, a, &a_len) >= 0 &&
           gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, b, &b_len) >= 0 &&
           a_len == b_len && memcmp(a, b, a_len) == 0;
}

int x509_ca_load(const char *certificate, const char *key, struct x509_ca **ret, struct error *e)
{
    gnutls_datum_t certificate_pem = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
    gnutls_datum_t key_pem = {(unsigned char *)key, (unsigned)strlen(key)};
    _cleanup_(x509_ca_freep) struct x509_ca *ca = calloc(1, sizeof(*ca));
    int r;

    if (!ca)
        return error_oom(e);
    (void)pthread_mutex_init(&ca->lock, NULL); /* default attributes: cannot fail on Linux */
    r = gnutls_x509_crt_init(&ca->certificate);
    if (r >= 0)
        r = gnutls_x509_privkey_init(&ca->key);
    if (r >= 0)
        r = gnutls_x509_crt_import(ca->certificate, &certificate_pem, GNUTLS_X509_FMT_PEM);
    if (r >= 0)
        r = gnutls_x509_privkey_import2(ca->key, &key_pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (r < 0)
        return tls_error(e, r, "reading a CA");
    if (!belong_together(ca->certificate, ca->key))
        return error_set(e, -EINVAL, "the CA's certificate and its key do not belong together");
    r = spki_of_certificate(ca->certificate, ca->spki, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(ca);
    return 0;
}

bool x509_is_pair(const char *certificate, const char *key)
{
    _cleanup_(x509_ca_freep) struct x509_ca *pair = NULL;

    return x509_ca_load(certificate, key, &pair, NULL) == 0;
}

void x509_ca_free(struct x509_ca *ca)
{
    if (!ca)
        return;
    if (ca->certificate)
        gnutls_x509_crt_deinit(ca->certificate);
    if (ca->key)
        gnutls_x509_privkey_deinit(ca->key); /* wipes the key */
    (void)pthread_mutex_destroy(&ca->lock);
    free(ca);
}

const uint8_t *x509_ca_spki(const struct x509_ca *ca)
{
    return ca->spki;
}

/* An exponent of 1 signs nothing; a long one lets each handshake cost us what it likes. */
static bool is_sane_rsa(gnutls_pubkey_t key)
{
    gnutls_datum_t modulus, exponent;
    uint64_t value = 0;
    bool sane;

    if (gnutls_pubkey_export_rsa_raw(key, &modulus, &exponent) < 0)
        return false;
    for (unsigned i = 0; i < exponent.size && value <= RSA_EXPONENT_MAX; i++)
        value = value << 8 | exponent.data[i];
    sane = value >= RSA_EXPONENT_MIN && value <= RSA_EXPONENT_MAX && value % 2 == 1;
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    return sane;
}

static int check_request_key(gnutls_pubkey_t key, struct error *e)
{
    gnutls_ecc_curve_t curve;
    unsigned bits = 0;
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);

    if (algorithm == GNUTLS_PK_RSA && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX) {
        if (is_sane_rsa(key))
            return 0;
        return error_set(e, -EINVAL,
                         "the request's RSA key is not one with an exponent of 65537 to 2^32 - 1");
    }
    if (algorithm == GNUTLS_PK_EC && gnutls_pubkey_export_ecc_raw(key, &curve, NULL, NULL) >= 0 &&
        curve == GNUTLS_ECC_CURVE_SECP256R1)
        return 0;
    return error_set(e, -EINVAL,
                     "the request's key is neither EC P-256 nor RSA of 2048 to 4096 bits");
}

/* GnuTLS would take SHA-1 still. */
static bool is_sane_signature(gnutls_x509_crq_t request)
{
    int hash = gnutls_sign_get_hash_algorithm(
        (gnutls_sign_algorithm_t)gnutls_x509_crq_get_signature_algorithm(request));

    return hash == GNUTLS_DIG_SHA256 || hash == GNUTLS_DIG_SHA384 || hash == GNUTLS_DIG_SHA512;
}

/* In strict DER: GnuTLS takes BER as well, of which there are many for one request. */
static int import_request(gnutls_x509_crq_t request, const char *pem, size_t len,
                          struct x509_csr *csr, struct error *e)
{
    gnutls_datum_t text = {(unsigned char *)pem, (unsigned)len}, der, again;
    bool same;
    int r;

    if (!pem_is_one_block(pem, len, REQUEST_LABEL) ||
        gnutls_pem_base64_decode2(REQUEST_LABEL, &text, &der) < 0)
        return error_set(e, -EINVAL, "not a certificate request in PEM, and nothing else");
    r = gnutls_x509_crq_import(request, &der, GNUTLS_X509_FMT_DER);
    if (r >= 0)
        r = gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &again);
    same = r >= 0 && again.size == der.size && memcmp(again.data, der.data, der.size) == 0;
    if (r >= 0)
        gnutls_free(again.data);
    r = same ? sha256(der.data, der.size, csr->digest, e)
             : error_set(e, -EINVAL, "not a certificate request in DER");
    gnutls_free(der.data);
    return r;
}

static int read_request(struct x509_csr *csr, const char *pem, size_t len, struct error *e)
{
    gnutls_x509_crq_t request;
    gnutls_pubkey_t key;
    int r = gnutls_x509_crq_init(&request);

    if (r < 0)
        return tls_error(e, r, "reading a certificate request");
    csr->request = request;
    r = import_request(request, pem, len, csr, e);
    if (r < 0)
        return r;
    r = gnutls_pubkey_init(&key);
    if (r < 0)
        return tls_error(e, r, "reading a certificate request");
    if (gnutls_pubkey_import_x509_crq(key, request, 0) < 0)
        r = error_set(e, -EINVAL, "the certificate request has no public key that can be read");
    else
        r = check_request_key(key, e);
    if (r == 0 && (!is_sane_signature(request) || gnutls_x509_crq_verify(request, 0) < 0))
        r = error_set(
            e, -EINVAL,
            "the certificate request is not signed with its own key and SHA-256, 384 or 512");
    if (r == 0)
        r = spki_of(key, csr->spki, e);
    gnutls_pubkey_deinit(key);
    return r;
}

int x509_csr_parse(const char *pem, size_t len, struct x509_csr **ret, struct error *e)
{
    _cleanup_(x509_csr_freep) struct x509_csr *csr = NULL;
    int r;

    if (len == 0 || len > PROTOCOL_CSR_MAX)
        return error_set(e, -EINVAL, "a certificate request has 1 to %d bytes", PROTOCOL_CSR_MAX);
    csr = calloc(1, sizeof(*csr));
    if (!csr)
        return error_oom(e);
    r = read_request(csr, pem, len, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(csr);
    return 0;
}

void x509_csr_free(struct x509_csr *csr)
{
    if (!csr)
        return;
    if (csr->request)
        gnutls_x509_crq_deinit(csr->request);
    free(csr);
}

static int set_names(gnutls_x509_crt_t c, const struct cert_profile *profile)
{
    int r = 0;

    for (size_t i = 0; i < CERT_NAMES_MAX && profile->dns[i] && r >= 0; i++)
        r = gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_DNSNAME, profile->dns[i],
                                                 (unsigned)strlen(profile->dns[i]),
                                                 GNUTLS_FSAN_APPEND);
    for (size_t i = 0; i < CERT_NAMES_MAX && profile->ips[i] && r >= 0; i++) {
        struct ip_address a;

        if (parse_ip(profile->ips[i], &a, NULL) < 0)
            return GNUTLS_E_INVALID_REQUEST;
        r = gnutls_x509_crt_set_subject_alt_name(c, GNUTLS_SAN_IPADDRESS, a.bytes,
                                                 a.family == AF_INET ? 4 : 16, GNUTLS_FSAN_APPEND);
    }
    return r;
}

static int set_profile(gnutls_x509_crt_t c, struct x509_ca *ca, const struct cert_profile *profile)
{
    uint8_t id[64];
    size_t len = sizeof(id);
    int r = 0;

    if (profile->organization)
        r = gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                          profile->organization,
                                          (unsigned)strlen(profile->organization));
    if (r >= 0)
        r = set_common_name(c, profile->common_name);
    if (r >= 0)
        r = set_names(c, profile);
    if (r >= 0)
        r = gnutls_x509_crt_set_basic_constraints(c, 0, -1);
    if (r >= 0)
        r = gnutls_x509_crt_set_key_usage(c, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                 GNUTLS_KEY_KEY_ENCIPHERMENT);
    if (r >= 0 && profile->server_auth)
        r = gnutls_x509_crt_set_key_purpose_oid(c, GNUTLS_KP_TLS_WWW_SERVER, 0);
    if (r >= 0 && profile->client_auth)
        r = gnutls_x509_crt_set_key_purpose_oid(c, GNUTLS_KP_TLS_WWW_CLIENT, 0);
    if (r >= 0)
        r = set_key_id(c);
    if (r >= 0)
        r = gnutls_x509_crt_get_subject_key_id(ca->certificate, id, &len, NULL);
    if (r >= 0)
        r = gnutls_x509_crt_set_authority_key_id(c, id, len);
    return r;
}

/* The public key comes from one of request and key. */
static int sign(struct x509_ca *ca, gnutls_x509_crq_t request, gnutls_x509_privkey_t key,
                const struct cert_profile *profile, uint64_t now_ms, char **ret, struct error *e)
{
    gnutls_pubkey_t public = NULL;
    gnutls_x509_crt_t c = NULL;
    int r = gnutls_x509_crt_init(&c);

    if (r >= 0)
        r = set_common(c, now_ms, profile->life_s);
    if (r >= 0 && request) {
        r = gnutls_pubkey_init(&public);
        if (r >= 0)
            r = gnutls_pubkey_import_x509_crq(public, request, 0);
        if (r >= 0)
            r = gnutls_x509_crt_set_pubkey(c, public);
    } else if (r >= 0) {
        r = gnutls_x509_crt_set_key(c, key);
    }
    (void)pthread_mutex_lock(&ca->lock);
    if (r >= 0)
        r = set_profile(c, ca, profile);
    if (r >= 0)
        r = gnutls_x509_crt_sign2(c, ca->certificate, ca->key, GNUTLS_DIG_SHA256, 0);
    (void)pthread_mutex_unlock(&ca->lock);
    r = r < 0 ? tls_error(e, r, "signing a certificate") : certificate_text(c, ret, e);
    if (public)
        gnutls_pubkey_deinit(public);
    if (c)
        gnutls_x509_crt_deinit(c);
    return r;
}

int x509_sign(struct x509_ca *ca, const struct x509_csr *csr, const struct cert_profile *profile,
              uint64_t now_ms, char **ret_certificate, struct error *e)
{
    return sign(ca, csr->request, NULL, profile, now_ms, ret_certificate, e);
}

int x509_sign_new(struct x509_ca *ca, const struct cert_profile *profile, uint64_t now_ms,
                  char **ret_certificate, char **ret_key, struct error *e)
{
    _cleanup_secret_ char *key_pem = NULL;
    gnutls_x509_privkey_t key;
    int r = make_ec_key(&key, e);

    if (r < 0)
        return r;
    r = key_text(key, &key_pem, e);
    if (r == 0)
        r = sign(ca, NULL, key, profile, now_ms, ret_certificate, e);
    if (r == 0)
        *ret_key = TAKE_PTR(key_pem);
    gnutls_x509_privkey_deinit(key);
    return r;
}

static bool names_all(gnutls_x509_crt_t c, const struct cert_profile *profile)
{
    for (size_t i = 0; i < CERT_NAMES_MAX && profile->dns[i]; i++)
        if (!gnutls_x509_crt_check_hostname(c, profile->dns[i]))
            return false;
    for (size_t i = 0; i < CERT_NAMES_MAX && profile->ips[i]; i++) {
        struct ip_address a;

        if (parse_ip(profile->ips[i], &a, NULL) < 0 ||
            !gnutls_x509_crt_check_ip(c, a.bytes, a.family == AF_INET ? 4 : 16, 0))
            return false;
    }
    return true;
}

bool x509_still_good(const char *certificate, struct x509_ca *ca,
                     const struct cert_profile *profile, uint64_t now_ms, uint64_t margin_ms)
{
    gnutls_datum_t pem = {(unsigned char *)certificate, (unsigned)strlen(certificate)};
    gnutls_x509_crt_t c;
    unsigned status = 0;
    bool good;

    if (gnutls_x509_crt_init(&c) < 0)
        return false;
    good = gnutls_x509_crt_import(c, &pem, GNUTLS_X509_FMT_PEM) >= 0 &&
           gnutls_x509_crt_verify(c, &ca->certificate, 1, 0, &status) >= 0 && status == 0 &&
           (uint64_t)gnutls_x509_crt_get_expiration_time(c) > (now_ms + margin_ms) / 1000 &&
           names_all(c, profile);
    gnutls_x509_crt_deinit(c);
    return good;
}

static int read_peer(const gnutls_datum_t *der, struct x509_peer *ret, struct error *e)
{
    size_t len = sizeof(ret->common_name);
    gnutls_x509_crt_t c;
    int r = gnutls_x509_crt_init(&c);

    if (r < 0)
        return tls_error(e, r, "reading the client certificate");
    if (gnutls_x509_crt_import(c, der, GNUTLS_X509_FMT_DER) < 0 ||
        gnutls_x509_crt_get_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, 0, ret->common_name,
                                      &len) < 0 ||
        strlen(ret->common_name) != len)
        r = error_set(e, -EKEYREJECTED, "the client certificate names no host");
    else
        r = spki_of_certificate(c, ret->spki, e);
    ret->ends_s = gnutls_x509_crt_get_expiration_time(c); /* -1 for none: has ended */
    gnutls_x509_crt_deinit(c);
    return r;
}

int x509_peer(void *session, struct x509_peer *ret, struct error *e)
{
    gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID,
                                     (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
    const gnutls_datum_t *chain;
    unsigned status = 0, n = 0;

    chain = gnutls_certificate_get_peers(session, &n);
    if (!chain || n == 0)
        return error_set(e, -ENODATA, "no client certificate");
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0)
        return error_set(e, -EKEYREJECTED, "the client certificate could not be verified");
    if (status & GNUTLS_CERT_EXPIRED)
        return error_set(e, -EKEYREJECTED, "the client certificate has expired");
    if (status != 0)
        return error_set(e, -EKEYREJECTED, "the client certificate is not one of this cluster's");
    return read_peer(&chain[0], ret, e);
}

void x509_set_transport(void *session, void *transport,
                        ssize_t (*pull)(void *transport, void *data, size_t len),
                        ssize_t (*push)(void *transport, const struct iovec *pieces, int n))
{
    gnutls_transport_set_ptr(session, transport);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_vec_push_function(session, push);
}
