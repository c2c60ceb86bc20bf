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
DEFINE_CLEANUP(X509_REQ *, X509_REQ_free);

/* OpenSSL's reason for the last failure is for whoever debugs; the words are ours. */
static int crypto_failure(struct error *e, int code, const char *words)
{
    unsigned long reason = ERR_get_error();
    const char *text = reason ? ERR_reason_error_string(reason) : NULL;

    ERR_clear_error();
    return text ? error_set(e, code, "%s: %s", words, text) : error_set(e, code, "%s", words);
}

void crypto_begin(void)
{
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL); /* only slower without */
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

struct key {
    EVP_PKEY *key;
    char *pem;
};

struct certificate {
    X509 *x509;
    struct certificate_facts facts;
};

void key_free(struct key *k)
{
    if (!k)
        return;
    EVP_PKEY_free(k->key); /* wipes */
    secret_free(k->pem);
    free(k);
}

const char *key_pem(const struct key *k)
{
    return k->pem;
}

int key_read(const char *pem, struct key **ret, struct error *e)
{
    _cleanup_(key_freep) struct key *k = calloc(1, sizeof(*k));
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new_mem_buf(pem, -1);

    if (!k || !bio)
        return error_oom(e);
    /* The passphrase "" keeps OpenSSL from asking on the terminal for an encrypted key. */
    k->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    if (!k->key)
        return crypto_failure(e, -EINVAL, "not a private key in PEM");
    k->pem = strdup(pem);
    if (!k->pem)
        return error_oom(e);
    *ret = TAKE_PTR(k);
    return 0;
}

int key_make(struct key **ret, struct error *e)
{
    _cleanup_(key_freep) struct key *k = calloc(1, sizeof(*k));
    /* Its memory is wiped when it is freed. */
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new(BIO_s_secmem());
    int r;

    if (!k || !bio)
        return error_oom(e);
    k->key = EVP_EC_gen("P-256");
    if (!k->key)
        return crypto_failure(e, -EIO, "cannot make a key");
    if (PEM_write_bio_PrivateKey(bio, k->key, NULL, NULL, 0, NULL, NULL) != 1)
        return crypto_failure(e, -EIO, "cannot encode a key");
    r = bio_text(bio, &k->pem, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(k);
    return 0;
}

/* Takes over the DER that i2d_* made: len of it, or none. */
static int hash_spki(unsigned char *der, int len, uint8_t ret[SHA256_SIZE], struct error *e)
{
    int r;

    if (len <= 0)
        return crypto_failure(e, -EINVAL, "no usable public key");
    r = sha256_of(der, (size_t)len, ret);
    OPENSSL_free(der);
    return r < 0 ? error_set(e, r, "SHA-256 failed") : 0;
}

int key_spki_sha256(const struct key *k, uint8_t ret[SHA256_SIZE], struct error *e)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(k->key, &der);

    return hash_spki(der, len, ret, e);
}

/* What the certificate says, which needs none of OpenSSL's encoders. */
int certificate_spki_sha256(const struct certificate *c, uint8_t ret[SHA256_SIZE], struct error *e)
{
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &der);

    return hash_spki(der, len, ret, e);
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

int csr_make(const struct key *k, const char *common_name, char **ret_pem,
             uint8_t ret_digest[SHA256_SIZE], struct error *e)
{
    _cleanup_(X509_REQ_freep) X509_REQ *csr = X509_REQ_new();
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new(BIO_s_mem());
    X509_NAME *name;
    int r;

    if (!csr || !bio)
        return error_oom(e);
    name = X509_REQ_get_subject_name(csr);
    if (X509_REQ_set_version(csr, X509_REQ_VERSION_1) != 1 ||
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name,
                                   -1, -1, 0) != 1 ||
        X509_REQ_set_pubkey(csr, k->key) != 1 || X509_REQ_sign(csr, k->key, EVP_sha256()) <= 0)
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

static int read_facts(X509 *x509, struct certificate_facts *ret, struct error *e)
{
    int r = time_read(X509_get0_notBefore(x509), &ret->not_before, e);

    if (r >= 0)
        r = time_read(X509_get0_notAfter(x509), &ret->not_after, e);
    if (r < 0)
        return r;
    /* -1 when there is no such entry: the name stays empty. */
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, ret->common_name,
                                    sizeof(ret->common_name));
    return 0;
}

void certificate_free(struct certificate *c)
{
    if (!c)
        return;
    X509_free(c->x509);
    free(c);
}

const struct certificate_facts *certificate_facts(const struct certificate *c)
{
    return &c->facts;
}

int certificate_read(const char *pem, struct certificate **ret, struct error *e)
{
    _cleanup_(certificate_freep) struct certificate *c = calloc(1, sizeof(*c));
    _cleanup_(BIO_vfreep) BIO *bio = BIO_new_mem_buf(pem, -1);
    int r;

    if (!c || !bio)
        return error_oom(e);
    c->x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    if (!c->x509)
        return crypto_failure(e, -EINVAL, "not a certificate in PEM");
    r = read_facts(c->x509, &c->facts, e);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(c);
    return 0;
}

int certificate_check(const struct certificate *c, const struct key *key,
                      const struct certificate *ca, struct error *e)
{
    if (key && X509_check_private_key(c->x509, key->key) != 1)
        return crypto_failure(e, -EKEYREJECTED, "the certificate is for another key");
    /* Whatever the clock says: dates are the caller's. */
    if (ca && X509_verify(c->x509, X509_get0_pubkey(ca->x509)) != 1)
        return crypto_failure(e, -EKEYREJECTED, "the certificate is not of this CA");
    return 0;
}

static int use_certificates(SSL_CTX *ssl_ctx, const struct tls_use *use)
{
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ssl_ctx), use->ca->x509) != 1)
        return -ENOMEM;
    if (!use->certificate)
        return 0;
    if (SSL_CTX_use_certificate(ssl_ctx, use->certificate->x509) != 1 ||
        SSL_CTX_use_PrivateKey(ssl_ctx, use->key->key) != 1)
        return -EINVAL; /* the key is another's */
    return 0;
}

int tls_set_up(void *ssl_ctx, void *tls_use)
{
    const struct tls_use *use = tls_use;
    X509_VERIFY_PARAM *verify = SSL_CTX_get0_param(ssl_ctx);
    int64_t now_ms = (int64_t)clock_realtime_ms() + (use->offset_ms ? *use->offset_ms : 0);
    int r = use_certificates(ssl_ctx, use);

    if (r < 0) {
        ERR_clear_error();
        return r;
    }
    /* libcurl has every record's buffer freed after use, which suits thousands of idle connections.
     * Ours are three, and the C library gives such a buffer back to the kernel each time. */
    (void)SSL_CTX_clear_mode(ssl_ctx, SSL_MODE_RELEASE_BUFFERS); /* the new mode, as the next */
    /* The rest of our chain is the CA's certificate: the server has it, and we would verify it once
     * more before we send it. */
    (void)SSL_CTX_set_mode(ssl_ctx, SSL_MODE_NO_AUTO_CHAIN);
    if (!use->any_time)
        X509_VERIFY_PARAM_set_time(verify, (time_t)(now_ms / 1000));
    else if (X509_VERIFY_PARAM_set_flags(verify, X509_V_FLAG_NO_CHECK_TIME) != 1)
        return -ENOMEM;
    return 0;
}
