/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "secret.h"
#include "seed-server/plan/plan.h"
#include "sha256.h"

/* Keys and certificates; x509.c alone includes GnuTLS. All PEM texts are NUL-terminated
 * and the caller's to free, secret ones with secret_free. */

/* A new CA: EC P-256, ten years, subject CN=name. */
int x509_make_ca(const char *name, uint64_t now_ms, char **ret_certificate, char **ret_key,
                 struct error *e) _must_check_;

/* An RSA-2048 pair as kubeadm's sa.key and sa.pub. */
int x509_make_rsa_pair(char **ret_key, char **ret_public, struct error *e) _must_check_;

/* A CA that can sign, from its two PEM texts; they must belong together. Any thread may sign. */
struct x509_ca;
int x509_ca_load(const char *certificate, const char *key, struct x509_ca **ret,
                 struct error *e) _must_check_;
void x509_ca_free(struct x509_ca *ca); /* NULL ok */
DEFINE_CLEANUP(struct x509_ca *, x509_ca_free);
/* SHA-256 over the CA's subjectPublicKeyInfo in DER: what nodes pin. */
const uint8_t *x509_ca_spki(const struct x509_ca *ca);

/* A request (RFC 2986) as one block of PEM, with nothing else around it, of at most
 * PROTOCOL_CSR_MAX bytes. Only its public key is used: EC P-256, or RSA of 2048 to 4096 bits with
 * an exponent of at least 65537 that fits 32 bits; and the request must be signed with it, by one
 * of SHA-2. -EINVAL otherwise. */
struct x509_csr {
    void *request;               /* GnuTLS's */
    uint8_t spki[SHA256_SIZE];   /* SHA-256 of the public key */
    uint8_t digest[SHA256_SIZE]; /* SHA-256 of the request in DER */
};
int x509_csr_parse(const char *pem, size_t len, struct x509_csr **ret,
                   struct error *e) _must_check_;
void x509_csr_free(struct x509_csr *csr); /* NULL ok */
DEFINE_CLEANUP(struct x509_csr *, x509_csr_free);

/* A certificate for the request's key that says what the profile says: subject, SANs and usage are
 * ours, validity begins 24 h back (a fresh certificate must not be refused by a machine whose clock
 * is behind), the serial is 128 random bits. */
int x509_sign(struct x509_ca *ca, const struct x509_csr *csr, const struct cert_profile *profile,
              uint64_t now_ms, char **ret_certificate, struct error *e) _must_check_;

/* The same for a new EC P-256 key made here: the server's own and the administrator's. */
int x509_sign_new(struct x509_ca *ca, const struct cert_profile *profile, uint64_t now_ms,
                  char **ret_certificate, char **ret_key, struct error *e) _must_check_;

/* Whether a certificate is for this key. */
bool x509_is_pair(const char *certificate, const char *key);

/* Whether a certificate was issued by ca, is valid for another margin_ms and names all that the
 * profile does. */
bool x509_still_good(const char *certificate, struct x509_ca *ca,
                     const struct cert_profile *profile, uint64_t now_ms, uint64_t margin_ms);

/* Who is at the other end of a TLS session (GnuTLS's, as libmicrohttpd hands it out): 0; -ENODATA
 * when no certificate came; -EKEYREJECTED when it is not a valid client certificate of the CA that
 * the session trusts. */
struct x509_peer {
    char common_name[254];
    uint8_t spki[SHA256_SIZE];
    int64_t ends_s; /* notAfter, since 1970: the last second in which it is valid */
};
int x509_peer(void *session, struct x509_peer *ret, struct error *e) _must_check_;

/* A TLS session reads and writes by these two instead of by its socket; see transport.h. */
struct iovec;
void x509_set_transport(void *session, void *transport,
                        ssize_t (*pull)(void *transport, void *data, size_t len),
                        ssize_t (*push)(void *transport, const struct iovec *pieces, int n));
