/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto.h"

#include <time.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "common/clock.h"

DEFINE_CLEANUP(BIO *, BIO_vfree);
DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free);
DEFINE_CLEANUP(X509 *, X509_free);
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free);

/* OpenSSL's reason for the last failure is for whoever debugs; the words are ours. */
static int crypto_failure(struct error *e, int code, const char *words)
{
    unsigned long reason = ERR_get_error();
    const char *text = reason ? ERR_reason_error_string(reason) : NULL;

    ERR_clear_error();
    return text ? error_set(e, code, "%s: %s", words, text) : error_set(e, code, "%s", words);
}

struct sha256 {
    EVP_MD_CTX *md;
};

struct sha256 *sha256_new(void)
{
    struct sha256 *s = malloc(sizeof(*s));

    if (!s)
        return NULL;
    s->md = EVP_MD_CTX_new();
    if (!s->md || EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) != 1) {
        sha256_free(s);
        return NULL;
    }
    return s;
}

void sha256_free(struct sha256 *s)
{
    if (!s)
        return;
    EVP_MD_CTX_free(s->md);
    free(s);
}

int sha256_add(struct sha256 *s, const void *data, size_t len)
{
    return EVP_DigestUpdate(s->md, data, len) == 1 ? 0 : -EIO;
}

int sha256_end(struct sha256 *s, uint8_t ret[SHA256_SIZE])
{
    return EVP_DigestFinal_ex(s->md, ret, NULL) == 1 ? 0 : -EIO;
}

int sha256_of(const void *data, size_t len, uint8_t ret[SHA256_SIZE])
{
    return EVP_Digest(data, len, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

int hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                uint8_t ret[SHA256_SIZE])
{
    size_t n;

    if (!EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len, data, len, ret, SHA256_SIZE,
                   &n))
        return -EIO;
    return n == SHA256_SIZE ? 0 : -EIO;
}

void secret_free(char *text)
{
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    free(text);
}

/* The content of a memory BIO as a text of its own. */
static int bio_text(BIO *bio, char **ret, struct error *e)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    char *text = len > 0 ? strndup(data, (size_t)len) : NULL;

    if (!text)
        return error_oom(e);
    *ret = text;
    return 0;
}

static int key_parse(const char *pem, EVP_PKEY **ret, struct error *e)
{
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key;

    if (!bio)
        return error_oom(e);
    /* The passphrase "" keeps OpenSSL from asking on the terminal for an encrypted key. */
    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    if (!key)
        return crypto_failure(e, -EINVAL, "not a private key in PEM");
    *ret = key;
    return 0;
}

static int certificate_parse(const char *pem, X509 **ret, struct error *e)
{
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate;

    if (!bio)
        return error_oom(e);
    certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (!certificate)
        return crypto_failure(e, -EINVAL, "not a certificate in PEM");
    *ret = certificate;
    return 0;
}

int key_make(char **ret_pem, struct error *e)
{
    _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = EVP_EC_gen("P-256");
    /* Its memory is wiped when it is freed. */
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new(BIO_s_secmem());

    if (!key || !bio)
        return crypto_failure(e, -EIO, "cannot make a key");
    if (PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return crypto_failure(e, -EIO, "cannot encode a key");
    return bio_text(bio, ret_pem, e);
}

static int spki_sha256(EVP_PKEY *key, uint8_t ret[SHA256_SIZE], struct error *e)
{
    unsigned char *der = NULL;
    int len = key ? i2d_PUBKEY(key, &der) : -1;
    int r;

    if (len <= 0)
        return crypto_failure(e, -EINVAL, "no usable public key");
    r = sha256_of(der, (size_t)len, ret);
    OPENSSL_free(der);
    return r < 0 ? error_set(e, r, "SHA-256 failed") : 0;
}

int key_spki_sha256(const char *key_pem, uint8_t ret[SHA256_SIZE], struct error *e)
{
    _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
    int r = key_parse(key_pem, &key, e);

    return r < 0 ? r : spki_sha256(key, ret, e);
}

int certificate_spki_sha256(const char *certificate_pem, uint8_t ret[SHA256_SIZE], struct error *e)
{
    _cleanup_(X509_freep) X509 *certificate = NULL;
    int r = certificate_parse(certificate_pem, &certificate, e);

    return r < 0 ? r : spki_sha256(X509_get0_pubkey(certificate), ret, e);
}

static int csr_digest(X509_REQ *csr, uint8_t ret[SHA256_SIZE], struct error *e)
{
    unsigned char *der = NULL;
    int len = i2d_X509_REQ(csr, &der);
    int r;

    if (len <= 0)
        return crypto_failure(e, -EIO, "cannot encode a certificate request");
    r = sha256_of(der, (size_t)len, ret);
    OPENSSL_free(der);
    return r < 0 ? error_set(e, r, "SHA-256 failed") : 0;
}

int csr_make(const char *key_pem, const char *common_name, char **ret_pem,
             uint8_t ret_digest[SHA256_SIZE], struct error *e)
{
    _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
    _cleanup_(X509_REQ_freep) X509_REQ *csr = X509_REQ_new();
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME *name;
    int r;

    if (!csr || !bio)
        return error_oom(e);
    r = key_parse(key_pem, &key, e);
    if (r < 0)
        return r;
    name = X509_REQ_get_subject_name(csr);
    if (X509_REQ_set_version(csr, X509_REQ_VERSION_1) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                   -1, -1, 0) != 1 ||
        X509_REQ_set_pubkey(csr, key) != 1 || X509_REQ_sign(csr, key, EVP_sha256()) <= 0)
        return crypto_failure(e, -EIO, "cannot make a certificate request");
    if (ret_digest) {
        r = csr_digest(csr, ret_digest, e);
        if (r < 0)
            return r;
    }
    if (PEM_write_bio_X509_REQ(bio, csr) != 1)
        return crypto_failure(e, -EIO, "cannot encode a certificate request");
    return bio_text(bio, ret_pem, e);
}

static int time_read(const ASN1_TIME *t, int64_t *ret, struct error *e)
{
    struct tm tm;

    if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
        return crypto_failure(e, -EINVAL, "a certificate with an unreadable date");
    *ret = timegm(&tm);
    return 0;
}

static int read_facts(X509 *certificate, struct certificate_facts *ret, struct error *e)
{
    struct certificate_facts facts = {0};
    int r = time_read(X509_get0_notBefore(certificate), &facts.not_before, e);

    if (r >= 0)
        r = time_read(X509_get0_notAfter(certificate), &facts.not_after, e);
    if (r < 0)
        return r;
    /* -1 when there is no such entry: the name stays empty. */
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                    facts.common_name, sizeof(facts.common_name));
    *ret = facts;
    return 0;
}

int certificate_read(const char *certificate_pem, struct certificate_facts *ret, struct error *e)
{
    _cleanup_(X509_freep) X509 *certificate = NULL;
    int r = certificate_parse(certificate_pem, &certificate, e);

    return r < 0 ? r : read_facts(certificate, ret, e);
}

int certificate_check(const char *certificate_pem, const char *key_pem, const char *ca_pem,
                      struct certificate_facts *ret_facts, struct error *e)
{
    _cleanup_(X509_freep) X509 *certificate = NULL, *ca = NULL;
    _cleanup_(EVP_PKEY_freep) EVP_PKEY *key = NULL;
    int r = certificate_parse(certificate_pem, &certificate, e);

    if (r >= 0)
        r = key_parse(key_pem, &key, e);
    if (r >= 0 && ca_pem)
        r = certificate_parse(ca_pem, &ca, e);
    if (r < 0)
        return r;
    if (X509_check_private_key(certificate, key) != 1)
        return crypto_failure(e, -EKEYREJECTED, "the certificate is for another key");
    /* Whatever the clock says: dates are the caller's. */
    if (ca && X509_verify(certificate, X509_get0_pubkey(ca)) != 1)
        return crypto_failure(e, -EKEYREJECTED, "the certificate is not of this CA");
    return ret_facts ? read_facts(certificate, ret_facts, e) : 0;
}

/* libcurl has every record's buffer freed after use, which suits thousands of idle connections.
 * Ours are three, and the C library gives such a buffer back to the kernel each time. */
static void keep_buffers(SSL_CTX *ssl_ctx)
{
    (void)SSL_CTX_clear_mode(ssl_ctx, SSL_MODE_RELEASE_BUFFERS); /* the new mode */
}

int tls_verify_at_offset(void *ssl_ctx, void *offset_ms)
{
    int64_t now_ms = (int64_t)clock_realtime_ms() + *(const int64_t *)offset_ms;

    keep_buffers(ssl_ctx);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ssl_ctx), (time_t)(now_ms / 1000));
    return 0;
}

int tls_ignore_validity(void *ssl_ctx, void *unused)
{
    (void)unused;
    if (X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ssl_ctx), X509_V_FLAG_NO_CHECK_TIME) != 1)
        return -ENOMEM;
    return 0;
}
